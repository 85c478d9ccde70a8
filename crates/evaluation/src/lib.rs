//! Evaluation of scores `[tracks, playlists]`: top-1/3/5 and mean average precision, compared with chance, the popularity
//! prior and nearest neighbours, each with its sample size and a bootstrap interval. Also calibration, risk control,
//! out-of-distribution thresholds and splits.
//!
//! Invariants: no network, audio file or store; the input is `f32` slices and artist names.

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
use metrics::ranking_scores;
use ranking::confusion;

/// Version of the JSON of `evaluate`. Raised when a field changes its meaning or is removed.
pub const SCHEMA_VERSION: u32 = 1;
const ECE_BINS: usize = 10;

/// A measured value with its 95 % bootstrap interval over artists.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Estimate {
    /// The point estimate.
    pub value: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
    /// Number of tracks that it was measured on.
    pub n: usize,
}

/// One ranking's quality. A hit is when any true playlist is among the k best.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RankingScores {
    /// Fraction of tracks with a true playlist ranked first.
    pub top_1: Estimate,
    /// The same among the best three.
    pub top_3: Estimate,
    /// The same among the best five.
    pub top_5: Estimate,
    /// Mean over playlists of the average precision with which each ranks its own tracks first.
    pub mean_average_precision: Estimate,
}

/// The evaluation of one playlist.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlaylistScores {
    /// The name of the playlist.
    pub name: String,
    /// The number of evaluated tracks on the playlist.
    pub n: usize,
    /// Fraction of these with this playlist among their best k.
    pub top_1: f64,
    /// The same for k = 3.
    pub top_3: f64,
    /// The same for k = 5.
    pub top_5: f64,
    /// `None` if no evaluated track is on the playlist, or all are; the same for the next two.
    pub average_precision: Option<f64>,
    /// Area under the ROC curve, 0.5 by chance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roc_auc: Option<f64>,
    /// Fraction of its own tracks among its best n.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r_precision: Option<f64>,
    /// Brier score: mean squared difference of fit and truth over all evaluated tracks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brier: Option<f64>,
    /// Expected calibration error over all evaluated tracks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ece: Option<f64>,
}

/// The multi-label ranking metrics of scikit-learn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Metrics {
    /// Mean over playlists, each with the same weight.
    #[serde(rename = "macro")]
    pub macro_averages: Averages,
    /// Over all (track, playlist) pairs.
    #[serde(rename = "micro")]
    pub micro_averages: Averages,
    /// Normalised discounted cumulative gain, mean over tracks.
    pub ndcg: Estimate,
    /// `sklearn.metrics.label_ranking_average_precision_score`.
    pub label_ranking_average_precision: Estimate,
    /// `sklearn.metrics.coverage_error`: mean rank of the worst true playlist.
    pub coverage_error: Estimate,
}

/// Metrics averaged over playlists or over pairs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Averages {
    /// Fraction of true placements among the best playlist of their track.
    pub recall_1: Estimate,
    /// The same for the best three.
    pub recall_3: Estimate,
    /// The same for the best five.
    pub recall_5: Estimate,
    /// Precision at the number of true placements.
    pub r_precision: Estimate,
    /// Average precision.
    pub average_precision: Estimate,
    /// Area under the ROC curve.
    pub roc_auc: Estimate,
    /// Mean squared difference of fit and truth.
    pub brier: Estimate,
    /// Expected calibration error.
    pub ece: Estimate,
}

/// Detects test tracks that share an artist or recording with the training set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LeakCheck {
    /// Whether any test track does.
    #[serde(rename = "rings")]
    pub leaks: bool,
    /// The number of such test tracks.
    pub tracks: usize,
    /// Stored by bundles of older programs and part of their id; empty in new ones.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sentence: String,
}

/// Reliability diagram: fits compared with the observed rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reliability {
    /// Such as `before calibration`.
    pub name: String,
    /// Expected calibration error.
    pub ece: Estimate,
    /// Mean squared difference of fit and truth.
    pub brier: Estimate,
    /// Of equal mass, the lowest fits first.
    pub bins: Vec<ReliabilityBin>,
}

/// A bin of the reliability diagram.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReliabilityBin {
    /// Mean fit of the bin's pairs of track and playlist.
    pub fit: f64,
    /// Fraction of them that are true placements.
    pub rate: f64,
    /// Number of pairs in the bin.
    pub pairs: usize,
}

/// Risk control measured on artists that it was not fitted to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RiskControlScores {
    /// The target error rate.
    pub risk: f64,
    /// The measured error rate.
    pub measured: Estimate,
    /// Mean number of selected playlists.
    pub playlists: f64,
    /// Fraction of tracks without a selected playlist.
    pub empty: f64,
    /// Whether the measured error is within the binomial interval of the target, or below.
    pub holds: bool,
}

/// The ranking scores of a group of tracks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GroupScores {
    /// The grouping, such as `length`.
    pub by: String,
    /// Such as `under 2 minutes`.
    pub name: String,
    /// The scores of the group.
    pub scores: RankingScores,
}

/// The complete evaluation of a bundle. The JSON of `evaluate`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Evaluation {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// A sentence on how it was measured.
    pub method: String,
    /// Number of evaluated tracks.
    pub tracks: usize,
    /// Number of artist components.
    pub artists: usize,
    /// Mean over tracks.
    #[serde(flatten)]
    pub model: RankingScores,
    /// Top-1 averaged over playlists, each with the same weight.
    pub macro_top_1: f64,
    /// Top-3, the same.
    pub macro_top_3: f64,
    /// Top-5, the same.
    pub macro_top_5: f64,
    /// Expected calibration error over ten equal-mass bins of fit.
    pub ece: Estimate,
    /// A random order.
    pub chance: RankingScores,
    /// The playlists ordered by size.
    pub popularity: RankingScores,
    /// The nearest training track of each playlist.
    pub knn: RankingScores,
    /// Nearest centroid: the mean embedding of each playlist's training tracks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub centroid: Option<RankingScores>,
    /// The playlists of training tracks that share an artist or the recording: far above the popularity prior only if the
    /// split leaks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artist_majority: Option<RankingScores>,
    /// `None` if it was not checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leak: Option<LeakCheck>,
    /// `None` in the JSON of old versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metrics: Option<Metrics>,
    /// Before and after calibration.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reliability: Vec<Reliability>,
    /// `None` without risk control.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(rename = "promise")]
    pub risk_control: Option<RiskControlScores>,
    /// Grouped by length and by popularity.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupScores>,
    /// Confusion matrix `[playlists][playlists]`: fraction of the tracks of the row with the column as best playlist.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub confusion: Vec<Vec<f64>>,
    /// The same network with each pooling. Empty if they were not compared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pooling: Vec<PooledScores>,
    /// In the order of the bundle.
    pub playlists: Vec<PlaylistScores>,
}

impl Evaluation {
    /// Evaluates held-out scores and their baselines. `fits` `[tracks, playlists]` are the calibrated probabilities, each
    /// from a calibration that was not fitted to the track's artist. Playlists are ranked by fit, as for a song.
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
