//! A simulated editorial world: a catalogue's real graph of lists, tracks and artists comes in, another catalogue with
//! synthesised audio goes out, and with it what the best possible judge of that world could reach.
//!
//! ```text
//! dataset       which lists and tracks of a catalogue   -> SyntheticDataset
//! style       a latent style each                     -> [lists] and [tracks] x 13 numbers
//! sound       a style in musical units                -> tempo in beats a minute, cutoff in hertz, …
//! synthesis   a sound -> samples                      mono, about ±1
//! clips       all tracks into the clip store          in parallel, resumable
//! catalogue   the dataset as a catalogue                anonymous, source `simulated`
//! ceiling     styles and truth -> top-k               the judge who knows the dataset
//! simulation  all that is known of the dataset          JSON
//! ```
//!
//! Everything follows from the seed and the ids of the lists, artists and tracks: neither the order of work nor the
//! number of threads changes a sample. What is measured on such a world says how well a training works, and nothing of
//! real music; so every row, name and figure says that it is simulated.
//!
//! Must not: write a catalogue or print.

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

/// What makes a world; the same settings on the same catalogue give the same world.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SimulationSettings {
    pub seed: u64,
    /// At most so many lists.
    pub lists: usize,
    /// At most so many tracks.
    pub tracks: usize,
    /// Standard deviation of an artist's own style, where that of the lists' styles is 1.
    pub artist_effect: f64,
    /// The same for what is each track's own.
    pub track_noise: f64,
    /// Length of a clip.
    pub seconds: f64,
}

impl Default for SimulationSettings {
    /// Lists and tracks as many as the playlist study had; effect and noise such that a judge who knows the world is
    /// right about every second time.
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
