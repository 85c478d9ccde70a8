//! The settings from the flags.

use anyhow::ensure;

use super::Simulate;
use simulate::SimulationSettings;

impl Simulate {
    /// # Errors
    /// If a value is out of its range.
    pub fn settings(&self) -> anyhow::Result<SimulationSettings> {
        let sane = |value: f64, from: f64, to: f64| (from..=to).contains(&value);
        ensure!(
            sane(self.seconds, 1.0, 600.0),
            "--seconds {}: must be 1 to 600",
            self.seconds
        );
        for (flag, value) in [
            ("--artist-effect", self.artist_effect),
            ("--track-noise", self.track_noise),
        ] {
            ensure!(sane(value, 0.0, 100.0), "{flag} {value}: must be 0 to 100");
        }
        Ok(SimulationSettings {
            seed: self.seed,
            lists: self.lists,
            tracks: self.tracks,
            artist_effect: self.artist_effect,
            track_noise: self.track_noise,
            seconds: self.seconds,
        })
    }
}
