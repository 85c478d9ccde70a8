//! What the two channels of a stereo file have to do with each other.

use super::channel::Channel;
use super::{Finding, Severity, channel_name};

const NAME: &str = "Channels";
/// A channel is dead where it is this far below the other, or never reaches -60 dB of full scale. Ours.
const SILENT_CHANNEL_DB: f64 = 40.0;
const SILENT_PEAK: f32 = 1e-3;
/// As one: what tells them apart is this far below what they share. Ours: the rounding of 16 bits and coding with loss stay
/// below it.
const DUAL_MONO_DB: f64 = 50.0;
/// Opposed: so much of what one does the other does upside down, so that mono speakers cancel it.
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
    /// Takes interleaved frames of two channels.
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
        // Twice the squares of both channels is what sum and difference come to.
        let squares = (self.sum + self.difference) / 2.0;
        let share = left.power() / (left.power() + right.power());
        let correlation = self.product / (squares * (share * (1.0 - share)).sqrt());
        // Silence is like nothing.
        if correlation.is_nan() {
            0.0
        } else {
            correlation
        }
    }
}

pub fn finding(pair: &StereoPair, channels: &[Channel]) -> Finding {
    match channels {
        [_] => Finding::ok(NAME, "one channel, mono".into()),
        [left, right] => two_channel_finding(pair, [left, right]),
        all => Finding::new(
            NAME,
            Severity::Warning,
            format!("{} channels", all.len()),
            "Lists play stereo: send a stereo mix.",
        ),
    }
}

fn two_channel_finding(pair: &StereoPair, channels: [&Channel; 2]) -> Finding {
    if let Some(silent_channel) = silent_channel(channels) {
        return Finding::new(
            NAME,
            Severity::Error,
            format!("the {} channel is dead", channel_name(silent_channel, 2)),
            "Check cables, panning and the export's routing, and export again.",
        );
    }
    let correlation = pair.correlation(channels);
    let measured = format!("stereo, correlation {correlation:.2}").replace('-', "−");
    if correlation < ANTI_PHASE {
        return Finding::new(
            NAME,
            Severity::Error,
            format!("{measured}: the channels are upside down to each other"),
            "On one speaker, such as a phone's, the song all but vanishes: invert the polarity of one channel.",
        );
    }
    if pair.sum > 0.0 && pair.difference <= pair.sum * 10_f64.powf(-DUAL_MONO_DB / 10.0) {
        return Finding::new(
            NAME,
            Severity::Warning,
            "both channels are the same: mono in a stereo file".into(),
            "If the song is meant to be stereo, check the export's settings.",
        );
    }
    if correlation < PARTLY_ANTI_PHASE {
        let advice = "Much of it cancels on one speaker: listen in mono, and look for a track with inverted polarity.";
        return Finding::new(NAME, Severity::Warning, measured, advice);
    }
    Finding::ok(NAME, measured)
}

fn silent_channel(channels: [&Channel; 2]) -> Option<usize> {
    let far = 10_f64.powf(SILENT_CHANNEL_DB / 10.0);
    (0..2).find(|&place| {
        let (own, other) = (channels[place], channels[1 - place]);
        other.peak > SILENT_PEAK && (own.peak < SILENT_PEAK || own.power() * far < other.power())
    })
}
