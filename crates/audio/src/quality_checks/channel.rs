//! Statistics of a single channel: peak, energy, offset, clipping.

use super::{Finding, Measurement, Severity};
use crate::StreamInfo;

/// The highest value of 16 bits, minus a margin for the rounding of decoders.
const FULL_SCALE: f32 = 32_767.0 / 32_768.0 - 1e-6;
/// A wave that touches full scale has one or two samples there; more are a flat top.
pub const FLAT_TOP_SAMPLES: usize = 3;

#[derive(Clone, Default)]
pub struct Channel {
    frames: u64,
    sum: f64,
    energy: f64,
    pub peak: f32,
    /// Consecutive samples at full scale up to now.
    run: usize,
    pub flat_tops: u64,
    /// In samples.
    longest: usize,
    /// Frame of the first flat top.
    first: u64,
}

impl Channel {
    pub fn add(&mut self, samples: impl Iterator<Item = f32>) {
        let (mut sum, mut energy) = (0.0_f64, 0.0_f64);
        for sample in samples {
            sum += f64::from(sample);
            energy += f64::from(sample * sample);
            let height = sample.abs();
            self.peak = self.peak.max(height);
            if height >= FULL_SCALE {
                self.touch();
            } else {
                self.run = 0;
            }
            self.frames += 1;
        }
        self.sum += sum;
        self.energy += energy;
    }

    fn touch(&mut self) {
        self.run += 1;
        if self.run == FLAT_TOP_SAMPLES {
            if self.flat_tops == 0 {
                self.first = (self.frames + 1).saturating_sub(FLAT_TOP_SAMPLES as u64);
            }
            self.flat_tops += 1;
        }
        self.longest = self.longest.max(self.run);
    }

    /// Mean over all samples, of full scale.
    fn offset(&self) -> f64 {
        self.sum / self.frames.max(1) as f64
    }

    /// Mean of the squares.
    pub fn power(&self) -> f64 {
        self.energy / self.frames.max(1) as f64
    }
}

/// A loud master has a few inaudible flat tops, and decoding lossy files adds some. The thresholds are our own choice.
pub fn clipping(channels: &[Channel], facts: &StreamInfo) -> Finding {
    const WARN_PER_MINUTE: f64 = 30.0;
    const WARN_PER_MINUTE_LOSSY: f64 = 300.0;
    let rate = f64::from(facts.sample_rate_hz);
    let flat_tops: u64 = channels.iter().map(|channel| channel.flat_tops).sum();
    let clipped = channels.iter().filter(|channel| channel.flat_tops > 0);
    let first = clipped.map(|channel| channel.first).min();
    let frames = channels.iter().map(|channel| channel.frames).max();
    let minutes = frames.unwrap_or_default() as f64 / rate / 60.0;
    let longest = channels.iter().map(|channel| channel.longest).max();
    let limit = if facts.is_lossless() {
        WARN_PER_MINUTE
    } else {
        WARN_PER_MINUTE_LOSSY
    };
    let is_ok = flat_tops == 0 || (flat_tops as f64) < limit * minutes;
    let severity = if is_ok {
        Severity::Ok
    } else {
        Severity::Warning
    };
    Finding::new(
        severity,
        Measurement::Clipping {
            flat_tops,
            longest_ms: longest.unwrap_or_default() as f64 / rate * 1000.0,
            first_seconds: first.map(|first| first as f64 / rate),
            is_lossless: facts.is_lossless(),
        },
    )
}

/// The mean of a sound wave is 0; an offset of 1 % of full scale (-40 dB) costs headroom and clicks at every cut. Our own
/// choice: one of 70 excerpts of ten genres exceeds it.
pub fn offset(channels: &[Channel]) -> Finding {
    const WARN_ABOVE: f64 = 0.01;
    let offsets: Vec<f64> = channels.iter().map(Channel::offset).collect();
    let is_ok = offsets.iter().all(|offset| offset.abs() < WARN_ABOVE);
    let severity = if is_ok {
        Severity::Ok
    } else {
        Severity::Warning
    };
    Finding::new(severity, Measurement::DcOffset { offsets })
}
