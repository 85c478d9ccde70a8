//! Synthetic datasets.
//!
//! Input: the real graph of playlists, tracks and artists of a catalogue. Output: a catalogue with synthesised audio, and
//! the Bayes-optimal bound of its accuracy.
//!
//! ```text
//! dataset     which playlists and tracks of a catalogue -> SyntheticDataset
//! style       a latent style each                       -> [playlists] and [tracks] x 13 numbers
//! sound       a style in musical units                  -> tempo in BPM, cutoff in Hz, …
//! synthesis   a sound -> samples                        mono, about ±1
//! clips       all tracks into the clip store            in parallel, resumable
//! catalogue   the dataset as a catalogue                anonymous, source `simulated`
//! bayes_bound styles and truth -> top-k                 the Bayes-optimal ranking
//! simulation  description of the dataset                JSON
//! ```
//!
//! Everything depends only on the seed and the ids of playlists, artists and tracks; the number of threads changes no
//! sample. Figures on such a dataset measure the training and say nothing about real music; so every row, name and figure
//! is marked as simulated.
//!
//! Invariants: writes no catalogue and prints nothing.

mod bayes_bound;
mod catalogue;
mod clips;
mod dataset;
mod randomness;
mod simulation;
mod sound;
mod style;
mod synthesis;
#[cfg(test)]
mod tests;

pub use bayes_bound::{BayesBound, BoundScores};
pub use clips::SyntheticClips;
pub use dataset::{SyntheticDataset, SyntheticDatasetError, SyntheticTrack};
pub use simulation::{PUBLISHED, Simulation, SimulationError};
pub use sound::Sound;
pub use style::{LATENTS, Style, Styles};
pub use synthesis::synthesise;

use serde::{Deserialize, Serialize};

/// Parameters of a dataset; the same settings on the same catalogue give the same dataset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SimulationSettings {
    /// Seed of all random numbers.
    pub seed: u64,
    /// Most playlists.
    pub lists: usize,
    /// Most tracks.
    pub tracks: usize,
    /// Standard deviation of an artist's own style; that of the playlists' styles is 1.
    pub artist_effect: f64,
    /// Standard deviation of each track's own style.
    pub track_noise: f64,
    /// Length of a clip in seconds.
    pub seconds: f64,
}

impl Default for SimulationSettings {
    /// As many playlists and tracks as the published study; effect and noise such that the Bayes-optimal top-1 is about
    /// one half.
    fn default() -> Self {
        Self {
            seed: 1,
            lists: 82,
            tracks: 13_979,
            artist_effect: 0.6,
            track_noise: 0.9,
            seconds: 30.0,
        }
    }
}
