//! Relation of the two channels of a stereo file.

use super::channel::Channel;
use super::{ChannelProblem, Finding, Measurement, Severity};

/// A channel is silent if it is this far below the other, or never reaches -60 dB of full scale. Our own choice.
const SILENT_CHANNEL_DB: f64 = 40.0;
const SILENT_PEAK: f32 = 1e-3;
/// Dual mono: the difference of the channels is this far below their sum. Our own choice: rounding to 16 bits and lossy
/// coding stay below it.
const DUAL_MONO_DB: f64 = 50.0;
/// Correlation below which mono speakers cancel the song.
const ANTI_PHASE: f64 = -0.9;
const PARTLY_ANTI_PHASE: f64 = -0.3;

/// Left and right over the whole song.
#[derive(Default)]
pub struct StereoPair {
    product: f64,
    sum: f64,
    difference: f64,
}

impl StereoPair {
    /// Adds interleaved frames of two channels.
    pub fn add(&mut self, interleaved: &[f32]) {
        let [mut product, mut sum, mut difference] = [0.0_f64; 3];
        for frame in interleaved.chunks_exact(2) {
            let (left, right) = (frame[0], frame[1]);
            product += f64::from(left * right);
            sum += f64::from((left + right) * (left + right));
            difference += f64::from((left - right) * (left - right));
        }
        self.product += product;
        self.sum += sum;
        self.difference += difference;
    }

    /// -1 to 1, as a correlation meter over the whole song shows it.
    fn correlation(&self, [left, right]: [&Channel; 2]) -> f64 {
        // The squares of sum and difference add up to twice the squares of both channels.
        let squares = (self.sum + self.difference) / 2.0;
        let fraction = left.power() / (left.power() + right.power());
        let correlation = self.product / (squares * (fraction * (1.0 - fraction)).sqrt());
        // Silence correlates with nothing.
        if correlation.is_nan() {
            0.0
        } else {
            correlation
        }
    }
}

/// Relation of the channels of a file.
pub fn finding(pair: &StereoPair, channels: &[Channel]) -> Finding {
    let (severity, correlation, problem) = match channels {
        [_] => (Severity::Ok, None, None),
        [left, right] => two_channels(pair, [left, right]),
        _ => (Severity::Warning, None, Some(ChannelProblem::Multichannel)),
    };
    Finding::new(
        severity,
        Measurement::Channels {
            channels: channels.len(),
            correlation,
            problem,
        },
    )
}

fn two_channels(
    pair: &StereoPair,
    channels: [&Channel; 2],
) -> (Severity, Option<f64>, Option<ChannelProblem>) {
    if let Some(problem) = silent_channel(channels) {
        return (Severity::Error, None, Some(problem));
    }
    let correlation = pair.correlation(channels);
    let found = |severity, problem| (severity, Some(correlation), Some(problem));
    if correlation < ANTI_PHASE {
        found(Severity::Error, ChannelProblem::AntiPhase)
    } else if pair.sum > 0.0 && pair.difference <= pair.sum * 10_f64.powf(-DUAL_MONO_DB / 10.0) {
        found(Severity::Warning, ChannelProblem::DualMono)
    } else if correlation < PARTLY_ANTI_PHASE {
        found(Severity::Warning, ChannelProblem::PartlyAntiPhase)
    } else {
        (Severity::Ok, Some(correlation), None)
    }
}

fn silent_channel(channels: [&Channel; 2]) -> Option<ChannelProblem> {
    let ratio = 10_f64.powf(SILENT_CHANNEL_DB / 10.0);
    let is_silent = |own: &Channel, other: &Channel| {
        other.peak > SILENT_PEAK && (own.peak < SILENT_PEAK || own.power() * ratio < other.power())
    };
    let [left, right] = channels;
    if is_silent(left, right) {
        Some(ChannelProblem::SilentLeft)
    } else if is_silent(right, left) {
        Some(ChannelProblem::SilentRight)
    } else {
        None
    }
}
