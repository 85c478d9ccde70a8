//! Technical checks of an audio file for delivery to a distributor: one [`Finding`] a check, also if nothing is wrong.
//! Input: the song's channels at the file's own rate, block by block (interleaved, about ±1).
//!
//! Invariants: judges the file, not the music. Each threshold is next to its use with its source; those without a source
//! are our own choice.

mod bandwidth;
mod channel;
mod delivery;
mod finding;
mod levels;
mod silence;
mod stereo;

use super::{Loudness, StreamInfo};
use bandwidth::Bandwidth;
use channel::Channel;
use silence::Silence;
use stereo::StereoPair;

pub use channel::FLAT_TOP_SAMPLES;
pub use finding::{ChannelProblem, CutoffCause, Finding, Measurement, Severity};
pub use levels::ADVISED_TRUE_PEAK_DBTP;
pub use silence::{MAX_SILENCE_SECONDS, WARN_LEADING_SECONDS};

/// Accumulates the statistics of all checks while a song is decoded, in constant memory.
pub struct QualityChecks {
    facts: StreamInfo,
    channels: Vec<Channel>,
    pair: StereoPair,
    silence: Silence,
    bandwidth: Bandwidth,
}

impl QualityChecks {
    /// Checks of one stream, before its first sample.
    pub fn new(facts: &StreamInfo) -> Self {
        Self {
            channels: vec![Channel::default(); facts.channels],
            pair: StereoPair::default(),
            silence: Silence::default(),
            bandwidth: Bandwidth::new(facts.sample_rate_hz),
            facts: facts.clone(),
        }
    }

    /// Adds interleaved samples of complete frames.
    pub fn add(&mut self, interleaved: &[f32]) {
        let count = self.channels.len();
        for (index, channel) in self.channels.iter_mut().enumerate() {
            channel.add(interleaved.iter().skip(index).step_by(count).copied());
        }
        if count == 2 {
            self.pair.add(interleaved);
        }
        self.silence.add(interleaved, count);
        self.bandwidth.add(interleaved, count);
    }

    /// One finding a check, in a fixed order. `loudness` is that of the same song.
    pub fn findings(&self, loudness: Option<&Loudness>) -> Vec<Finding> {
        let rate = f64::from(self.facts.sample_rate_hz);
        let delivery = [
            delivery::sample_rate(&self.facts),
            delivery::bit_depth(&self.facts),
            self.bandwidth.finding(&self.facts),
        ];
        let lufs = loudness.and_then(Loudness::integrated_lufs);
        let peak = loudness.and_then(Loudness::true_peak_dbtp);
        let sound = [
            levels::loudness(lufs, peak),
            levels::true_peak(peak, &self.facts),
            channel::clipping(&self.channels, &self.facts),
            channel::offset(&self.channels),
            self.silence.finding(rate),
            stereo::finding(&self.pair, &self.channels),
        ];
        delivery.into_iter().chain(sound).collect()
    }
}

#[cfg(test)]
mod tests;
