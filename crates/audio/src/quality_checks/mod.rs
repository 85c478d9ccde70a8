//! What a distributor or an editor would send a file back for. A song's channels come in at the file's own rate, block
//! by block (interleaved, about ±1), a [`Finding`] for every check goes out, whether there is something to find or not.
//!
//! Must not: judge how a song sounds. Thresholds stand where they are used, each with its source; those without one are
//! called ours.

mod bandwidth;
mod channel;
mod delivery;
mod levels;
mod silence;
mod stereo;

use serde::{Deserialize, Serialize};

use super::{Loudness, StreamInfo};
use bandwidth::Bandwidth;
use channel::Channel;
use silence::Silence;
use stereo::StereoPair;

/// What one check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Of the check, such as `Clipping`.
    pub name: String,
    pub severity: Severity,
    /// In words, with its unit.
    pub measured: String,
    /// What to do; empty where nothing.
    pub advice: String,
}

/// The worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// A distributor takes no such file, or a listener hears at once that something is broken.
    #[serde(rename = "reject")]
    Error,
    /// It may be meant so; look before you send it.
    #[serde(rename = "look")]
    Warning,
    #[serde(rename = "fine")]
    Ok,
}

impl Finding {
    fn ok(name: &str, measured: String) -> Self {
        Self::new(name, Severity::Ok, measured, "")
    }

    fn new(name: &str, severity: Severity, measured: String, advice: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            severity,
            measured,
            advice: advice.into(),
        }
    }
}

/// Everything that is measured while a song streams by, in memory that does not grow with it.
pub struct QualityChecks {
    facts: StreamInfo,
    channels: Vec<Channel>,
    pair: StereoPair,
    silence: Silence,
    bandwidth: Bandwidth,
}

impl QualityChecks {
    pub fn new(facts: &StreamInfo) -> Self {
        Self {
            channels: vec![Channel::default(); facts.channels],
            pair: StereoPair::default(),
            silence: Silence::default(),
            bandwidth: Bandwidth::new(facts.sample_rate_hz),
            facts: facts.clone(),
        }
    }

    /// Takes interleaved samples of whole frames.
    pub fn add(&mut self, interleaved: &[f32]) {
        let count = self.channels.len();
        for (place, channel) in self.channels.iter_mut().enumerate() {
            channel.add(interleaved.iter().skip(place).step_by(count).copied());
        }
        if count == 2 {
            self.pair.add(interleaved);
        }
        self.silence.add(interleaved, count);
        self.bandwidth.add(interleaved, count);
    }

    /// Of every check, in the order in which they are told. `loudness` has heard the same song.
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

/// A channel as people call it.
fn channel_name(place: usize, channels: usize) -> String {
    match (place, channels) {
        (_, 1) => "mono".into(),
        (0, 2) => "left".into(),
        (1, 2) => "right".into(),
        _ => format!("channel {}", place + 1),
    }
}

/// One decimal, with a real minus sign.
fn tenths(value: f64) -> String {
    let rounded = (value * 10.0).round() / 10.0;
    // Adding nothing makes -0 what it means.
    format!("{:.1}", rounded + 0.0).replace('-', "−")
}

#[cfg(test)]
mod tests;
