//! Scores and truth in (`[tracks, playlists]`), metrics out: top-1/3/5 and mean average precision beside
//! chance, the popularity prior and the nearest neighbour, each with its sample size and an interval.
//!
//! Must not: know a network, an audio file or a store; it sees `f32` slices and artist names.

use serde::{Deserialize, Serialize};

/// A measured share with its 95 % bootstrap interval over artists, and how many tracks it stands on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    pub value: f64,
    pub low: f64,
    pub high: f64,
    pub n: usize,
}

/// One ranking's quality. A hit is when any true playlist is among the k best.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RankingScores {
    pub top_1: Measure,
    pub top_3: Measure,
    pub top_5: Measure,
    /// Mean over playlists of the average precision with which each ranks its own tracks first.
    pub mean_average_precision: Measure,
}

/// One playlist's share of the evaluation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlaylistScores {
    pub name: String,
    /// How many of the evaluated tracks are on the list.
    pub n: usize,
    /// Share of these whose own k best playlists hold this list.
    pub top_1: f64,
    pub top_3: f64,
    pub top_5: f64,
    /// None where no evaluated track is on the list, or all are.
    pub average_precision: Option<f64>,
}

/// Everything that is known of how well a bundle does. The JSON of `evaluate`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    pub schema_version: u32,
    /// What was measured on whom, in a sentence.
    pub method: String,
    pub tracks: usize,
    pub artists: usize,
    /// Averaged over tracks.
    #[serde(flatten)]
    pub model: RankingScores,
    /// The same hits averaged over playlists, so that a small list counts as much as a large one.
    pub macro_top_1: f64,
    pub macro_top_3: f64,
    pub macro_top_5: f64,
    /// Expected calibration error over ten equal-mass bins of fit.
    pub ece: Measure,
    pub chance: RankingScores,
    pub popularity: RankingScores,
    pub knn: RankingScores,
    pub playlists: Vec<PlaylistScores>,
}
