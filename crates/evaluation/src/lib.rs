//! Scores and truth in (`[tracks, playlists]`), metrics out: top-1/3/5 and mean average precision beside
//! chance, the popularity prior and the nearest neighbour, each with its sample size and an interval.
//!
//! Must not: know a network, an audio file or a store; it sees `f32` slices and artist names.

mod added;
mod baselines;
mod bootstrap;
mod calibrated;
mod calibration;
mod epochs;
mod groups;
mod held_out_scores;
mod leak;
mod metrics;
mod ood;
mod pooling;
mod ranking;
mod risk_control;
#[cfg(test)]
mod simulated;
mod split;
mod trials;

pub use added::{
    FewShotFacts, FewShotPlaylist, FewShotQuality, FewShotReliability, MIN_ARTISTS, MIN_TRACKS,
    ScoreCalibration, TooFewTracks, Tracks, learn_few_shot,
};
pub use baselines::chance;
pub use calibrated::{Calibrated, calibrate};
pub use calibration::{Calibration, Isotonic, Platt, PlaylistCalibration};
pub use epochs::{EpochRecord, Validation, best_epoch};
pub use held_out_scores::{HeldOutScores, HeldOutTrack, TrainingTracks};
pub use metrics::mean_average_precision;
pub use ood::OodDetector;
pub use pooling::{PooledScores, Pooling};
pub use ranking::{ScoredLabels, top_hits};
pub use risk_control::RiskControl;
pub use split::{
    ArtistLinks, ExcludedFromSplit, FOLDS, Leak, Link, ListShares, NearDuplicate, PartitionCounts,
    Split, SplitAudit, SplitError, SplitInput, SplitOverlap, SplitPlan, SplitSizes, SplitSummary,
    Splits, artist_components, artist_names, connected_components, folds, folds_of_artists,
    group_of,
};
pub use trials::{Importance, Trial, TrialOutcome, best_trials};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use bootstrap::Bootstrap;
use ranking::{confusion, ranking_scores};

/// Raised when a field of the JSON changes its meaning or goes.
pub const SCHEMA_VERSION: u32 = 1;
const ECE_BINS: usize = 10;

/// A measured share with its 95 % bootstrap interval over artists, and how many tracks it stands on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Estimate {
    pub value: f64,
    pub low: f64,
    pub high: f64,
    pub n: usize,
}

/// One ranking's quality. A hit is when any true playlist is among the k best.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RankingScores {
    pub top_1: Estimate,
    pub top_3: Estimate,
    pub top_5: Estimate,
    /// Mean over playlists of the average precision with which each ranks its own tracks first.
    pub mean_average_precision: Estimate,
}

/// One playlist's share of the evaluation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlaylistScores {
    pub name: String,
    /// How many of the evaluated tracks are on the list.
    pub n: usize,
    /// Share of these whose own k best playlists hold this list.
    pub top_1: f64,
    pub top_3: f64,
    pub top_5: f64,
    /// None where no evaluated track is on the list, or all are; so are the next two.
    pub average_precision: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roc_auc: Option<f64>,
    /// Share of the list's own tracks among the n best for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r_precision: Option<f64>,
    /// Mean squared distance between fit and truth, and the calibration error, over all evaluated tracks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brier: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ece: Option<f64>,
}

/// What scikit-learn's measures of multi-label ranking come to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Metrics {
    /// Averaged over playlists, so that a small list counts as much as a large one.
    #[serde(rename = "macro")]
    pub macro_averages: Averages,
    /// Over all pairs of track and playlist.
    #[serde(rename = "micro")]
    pub micro_averages: Averages,
    /// Averaged over tracks.
    pub ndcg: Estimate,
    pub label_ranking_average_precision: Estimate,
    pub coverage_error: Estimate,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Averages {
    /// Share of true placements among the k best playlists of their track.
    pub recall_1: Estimate,
    pub recall_3: Estimate,
    pub recall_5: Estimate,
    pub r_precision: Estimate,
    pub average_precision: Estimate,
    pub roc_auc: Estimate,
    pub brier: Estimate,
    pub ece: Estimate,
}

/// Whether test tracks share artists or recordings with the training set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LeakCheck {
    /// Whether any of them does.
    #[serde(rename = "rings")]
    pub leaks: bool,
    /// Test tracks that share an artist or a recording with the training set.
    pub tracks: usize,
    /// Stored by bundles of older programs and part of their id; empty in new ones.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sentence: String,
}

/// Fits beside what came true.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reliability {
    /// Such as `before calibration`.
    pub name: String,
    pub ece: Estimate,
    pub brier: Estimate,
    /// Of equal mass, the lowest fits first.
    pub bins: Vec<ReliabilityBin>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReliabilityBin {
    /// Mean fit of the bin's pairs of track and playlist.
    pub fit: f64,
    /// Share of them that are true placements.
    pub rate: f64,
    pub pairs: usize,
}

/// How the set of playlists with a promise did on artists that it was not made from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RiskControlScores {
    /// The stated error.
    pub risk: f64,
    /// The error that was measured.
    pub measured: Estimate,
    /// Playlists in the set, on average, and the share of tracks for which it is empty.
    pub playlists: f64,
    pub empty: f64,
    /// Whether the measured error lies within the binomial interval of the stated one, or below.
    pub holds: bool,
}

/// The ranking on some of the tracks only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GroupScores {
    /// By what the tracks were told apart, such as `length`.
    pub by: String,
    /// Such as `under 2 minutes`.
    pub name: String,
    pub scores: RankingScores,
}

/// Everything that is known of how well a bundle does. The JSON of `evaluate`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
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
    pub ece: Estimate,
    pub chance: RankingScores,
    pub popularity: RankingScores,
    pub knn: RankingScores,
    /// By the mean embedding of each playlist's training tracks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub centroid: Option<RankingScores>,
    /// By the playlists of the training tracks that share an artist or the recording: far above the popularity prior
    /// only where it leaks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artist_majority: Option<RankingScores>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leak: Option<LeakCheck>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics: Option<Metrics>,
    /// Before and after calibration.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reliability: Vec<Reliability>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(rename = "promise")]
    pub risk_control: Option<RiskControlScores>,
    /// By length, by popularity.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupScores>,
    /// `[playlists][playlists]`: of the tracks on a list (row), the share whose best playlist is another (column).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub confusion: Vec<Vec<f64>>,
    /// The same network with each way from windows to song, where they were compared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pooling: Vec<PooledScores>,
    pub playlists: Vec<PlaylistScores>,
}

impl Evaluation {
    /// Judges what a network said of tracks that it never heard beside its baselines; `fits` are the calibrated
    /// probabilities `[tracks, playlists]`, each from a calibration that did not see the track's artists, and in their
    /// order playlists are ranked, as for a song.
    pub fn new(method: String, held_out_scores: &HeldOutScores, fits: &[f32]) -> Self {
        let model = &held_out_scores.scored_with(fits);
        let bootstrap = &Bootstrap::new(model.artists);
        let ranked =
            |scores: &[f32]| ranking_scores(&held_out_scores.scored_with(scores), bootstrap);
        let compared = |scores: &[f32]| (!scores.is_empty()).then(|| ranked(scores));
        let metrics = Metrics::new(model, fits, bootstrap);
        let (averages, ece) = (&metrics.macro_averages, metrics.micro_averages.ece);
        let popularity = ranked(&held_out_scores.popularity);
        let artist_majority = compared(&held_out_scores.artist_majority);
        let artists: std::collections::HashSet<&String> = model.artists.iter().collect();
        Self {
            schema_version: SCHEMA_VERSION,
            method,
            tracks: model.truth.len(),
            artists: artists.len(),
            model: ranked(model.scores),
            macro_top_1: averages.recall_1.value,
            macro_top_3: averages.recall_3.value,
            macro_top_5: averages.recall_5.value,
            ece,
            chance: chance(model),
            popularity,
            knn: ranked(&held_out_scores.knn),
            centroid: compared(&held_out_scores.centroid),
            artist_majority,
            leak: artist_majority.and_then(|_| LeakCheck::new(held_out_scores)),
            metrics: Some(metrics),
            reliability: Vec::new(),
            risk_control: None,
            groups: GroupScores::all(held_out_scores, fits),
            confusion: confusion(model),
            pooling: held_out_scores
                .pooled
                .iter()
                .map(|(pooling, scores)| {
                    PooledScores::new(*pooling, &held_out_scores.scored_with(scores), bootstrap)
                })
                .collect(),
            playlists: metrics::playlist_scores(&held_out_scores.playlists, model, fits),
        }
    }
}

fn sigmoid(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0_usize), |(sum, count), value| {
        (sum + value, count + 1)
    });
    sum / count.max(1) as f64
}

#[cfg(test)]
mod tests;
