//! A list that a network was not trained on, learned from the embeddings of its tracks: unit embeddings of the list's
//! tracks and of others come in (`[tracks, width]`), a direction in that space with its own calibration goes out, and
//! how well it told artists apart from the rest whom it did not learn from.
//!
//! Must not: know where embeddings come from. That the others are not on the list is a missing label, not a proof: all
//! of them together count as much as the list's own tracks.

mod logistic;
#[cfg(test)]
mod tests;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use self::logistic::{Example, LogisticModel, softplus};
use super::bootstrap::Bootstrap;
use super::metrics::ranked_scores;
use super::{Estimate, ScoredLabels, folds_of_artists, sigmoid};

/// With fewer there is nothing to learn from, or nobody to test on.
pub const MIN_TRACKS: usize = 10;
pub const MIN_ARTISTS: usize = 5;

const FOLDS: usize = 5;
const SEED: u64 = 5_007;
/// Tried in this order, as parts of the embeddings' mean squared distance from their centre; of equals the first wins,
/// which leans on the embeddings' own directions least.
const PENALTIES: [f64; 4] = [0.1, 0.01, 0.001, 0.0001];
/// Holds the slope of the calibration back towards the same fit for every song.
const CALIBRATION_PENALTY: f64 = 1.0;
/// ROC-AUC intervals above this are better than chance, above [`CLEAR`] clearly so.
const COIN: f64 = 0.5;
const CLEAR: f64 = 0.75;

/// Tracks on one side, in the same order.
#[derive(Clone, Copy, Debug)]
pub struct Tracks<'a> {
    /// `[tracks, width]`, each of unit length.
    pub embeddings: &'a [f32],
    /// Who must stay together (an artist component), one a track; a name on both sides is the same artist.
    pub artists: &'a [String],
}

/// A list that was added to a bundle without training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FewShotPlaylist {
    pub name: String,
    /// How many tracks and artists it was learned from.
    pub tracks: usize,
    pub artists: usize,
    /// Tracks among them that name no artist; each counts as an artist of its own.
    pub unknown_artists: usize,
    /// `[width]`: `score = weights . embedding + offset`.
    pub weights: Vec<f32>,
    pub offset: f32,
    /// From score to fit.
    pub calibration: ScoreCalibration,
    pub quality: FewShotQuality,
}

/// `fit = sigmoid(slope * score + offset)`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoreCalibration {
    pub slope: f64,
    pub offset: f64,
}

/// How well a playlist is separated from the others on held-out artists.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct FewShotQuality {
    /// Area under the ROC curve, 0–1.
    pub roc_auc: Estimate,
    /// Average precision, 0–1.
    pub average_precision: Estimate,
    /// Average precision of a random order: the fraction of the tracks that are on the playlist.
    pub chance: f64,
}

/// The quality of a playlist that was added without training, for a report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct FewShotFacts {
    /// Tracks it was learned from.
    pub tracks: usize,
    /// Their artists.
    pub artists: usize,
    /// Tracks among them that name no artist; each counts as an artist of its own.
    pub unknown_artists: usize,
    /// Measured on held-out artists.
    pub quality: FewShotQuality,
}

/// How far the fit of a playlist added without training can be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FewShotReliability {
    /// Perhaps no better than chance.
    Chance,
    /// Better than chance.
    RoughGuess,
    /// Clearly better than chance.
    Guess,
}

/// Why a list cannot be learned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{tracks} tracks by {artists} artists can be heard; a list needs at least {MIN_TRACKS} tracks by {MIN_ARTISTS} \
     artists who share no track, so add some"
)]
pub struct TooFewTracks {
    pub tracks: usize,
    pub artists: usize,
}

impl TooFewTracks {
    /// # Errors
    /// Where these are too few.
    pub fn check(tracks: usize, artists: usize) -> Result<(), Self> {
        if tracks < MIN_TRACKS || artists < MIN_ARTISTS {
            Err(Self { tracks, artists })
        } else {
            Ok(())
        }
    }
}

impl FewShotPlaylist {
    /// Log-odds before calibration, of a unit embedding `[width]`.
    pub fn score(&self, embedding: &[f32]) -> f32 {
        let products = self.weights.iter().zip(embedding);
        self.offset + products.map(|(weight, value)| weight * value).sum::<f32>()
    }

    /// The probability that the list holds a song with this unit embedding `[width]`.
    pub fn fit(&self, embedding: &[f32]) -> f64 {
        self.calibration.fit(f64::from(self.score(embedding)))
    }

    /// What a report says of it.
    pub fn facts(&self) -> FewShotFacts {
        FewShotFacts {
            tracks: self.tracks,
            artists: self.artists,
            unknown_artists: self.unknown_artists,
            quality: self.quality,
        }
    }
}

impl FewShotQuality {
    /// How far a fit can be relied on, by the lower end of the interval of the ROC-AUC.
    pub fn reliability(&self) -> FewShotReliability {
        if self.roc_auc.low <= COIN {
            FewShotReliability::Chance
        } else if self.roc_auc.low < CLEAR {
            FewShotReliability::RoughGuess
        } else {
            FewShotReliability::Guess
        }
    }
}

impl ScoreCalibration {
    pub fn fit(&self, score: f64) -> f64 {
        sigmoid(self.slope * score + self.offset)
    }

    /// Platt's sigmoid (1999) with his targets, which no number of tracks makes certain, on scores by classifiers that
    /// did not learn from the track's artist. The slope is held back and never falls: where scores tell nothing, every
    /// song gets the list's share of the tracks. Tracks of one artist are no independent evidence, so all count for
    /// less by as much as the list has fewer artists than tracks.
    fn learn(scores: &[f32], on: &[bool], independent: f64) -> Self {
        let listed = on.iter().filter(|on| **on).count() as f64;
        let others = on.len() as f64 - listed;
        let target = |on: bool| {
            if on {
                (listed + 1.0) / (listed + 2.0)
            } else {
                1.0 / (others + 2.0)
            }
        };
        let spread = mean_square(scores, 1).sqrt().max(f64::MIN_POSITIVE);
        let scaled: Vec<[f32; 1]> = scores
            .iter()
            .map(|&score| [(f64::from(score) / spread) as f32])
            .collect();
        let examples: Vec<Example> = scaled
            .iter()
            .zip(on)
            .map(|(row, &on)| Example {
                row,
                target: target(on),
                weight: independent,
            })
            .collect();
        let learned = LogisticModel::fit(&examples, 1, CALIBRATION_PENALTY);
        let slope = learned.weights[0] / spread;
        if slope > 0.0 && slope.is_finite() {
            return Self {
                slope,
                offset: learned.offset,
            };
        }
        Self {
            slope: 0.0,
            offset: (listed / others.max(1.0)).ln(),
        }
    }
}

/// Learns a list from its own tracks beside others, all with embeddings of `width` numbers.
///
/// The direction is that of a ridge-penalised logistic regression; its penalty is the one that does best on artists
/// left out (five folds of whole artists), and from the same scores come its calibration and its quality.
///
/// # Errors
/// Where the list has too few tracks or artists.
pub fn learn_few_shot(
    name: &str,
    own: Tracks,
    others: Tracks,
    width: usize,
) -> Result<FewShotPlaylist, TooFewTracks> {
    let artists: std::collections::HashSet<&String> = own.artists.iter().collect();
    let (tracks, artists) = (own.artists.len(), artists.len());
    TooFewTracks::check(tracks, artists)?;
    let problem = OneVsRest::new(own, others, width);
    let fold_of = problem.folds();
    let held_out = |&penalty: &f64| problem.held_out_scores(&fold_of, penalty);
    let tried: Vec<Vec<f32>> = PENALTIES.par_iter().map(held_out).collect();
    let losses: Vec<f64> = tried.iter().map(|scores| problem.loss(scores)).collect();
    let best = (0..tried.len()).min_by(|&left, &right| losses[left].total_cmp(&losses[right]));
    let best = best.unwrap_or(0);
    let scores = &tried[best];
    let learned = problem.learn(&problem.everyone(), PENALTIES[best]);
    Ok(FewShotPlaylist {
        name: name.to_owned(),
        tracks,
        artists,
        unknown_artists: 0,
        weights: learned
            .weights
            .iter()
            .map(|&weight| weight as f32)
            .collect(),
        offset: learned.offset as f32,
        calibration: ScoreCalibration::learn(scores, &problem.on, artists as f64 / tracks as f64),
        quality: problem.quality(scores),
    })
}

/// The list's own tracks first, then the others.
struct OneVsRest<'a> {
    rows: Vec<&'a [f32]>,
    on: Vec<bool>,
    artists: Vec<String>,
    width: usize,
    /// Mean squared distance of the embeddings from their centre.
    spread: f64,
}

impl<'a> OneVsRest<'a> {
    fn new(own: Tracks<'a>, others: Tracks<'a>, width: usize) -> Self {
        let rows = |side: Tracks<'a>| side.embeddings.chunks_exact(width.max(1));
        let count = own.artists.len() + others.artists.len();
        let rows: Vec<&[f32]> = rows(own).chain(rows(others)).collect();
        Self {
            spread: mean_square(&rows.concat(), width),
            rows,
            on: (0..count).map(|track| track < own.artists.len()).collect(),
            artists: [own.artists, others.artists].concat(),
            width,
        }
    }

    fn everyone(&self) -> Vec<usize> {
        (0..self.on.len()).collect()
    }

    /// As the only playlist, for what judges playlists.
    fn truth(&self) -> Vec<Vec<usize>> {
        let truth = |&on: &bool| if on { vec![0] } else { Vec::new() };
        self.on.iter().map(truth).collect()
    }

    /// Whole artists, the list's own spread as evenly as they allow: `[tracks]`.
    fn folds(&self) -> Vec<usize> {
        folds_of_artists(&self.artists, &self.truth(), 1, FOLDS, SEED)
    }

    /// What a track of the others and one of the list's own count, so that each side counts a half.
    fn weights(&self, among: &[usize]) -> [f64; 2] {
        let own = among.iter().filter(|&&track| self.on[track]).count();
        [among.len() - own, own].map(|tracks| 0.5 / tracks.max(1) as f64)
    }

    fn learn(&self, among: &[usize], penalty: f64) -> LogisticModel {
        let weights = self.weights(among);
        let example = |&track: &usize| Example {
            row: self.rows[track],
            target: f64::from(u8::from(self.on[track])),
            weight: weights[usize::from(self.on[track])],
        };
        let examples: Vec<Example> = among.iter().map(example).collect();
        LogisticModel::fit(&examples, self.width, penalty * self.spread)
    }

    /// Each track's score by who learned from the other folds: `[tracks]`.
    fn held_out_scores(&self, fold_of: &[usize], penalty: f64) -> Vec<f32> {
        let of_fold = |fold: usize| {
            let others = (0..fold_of.len()).filter(|&track| fold_of[track] != fold);
            self.learn(&others.collect::<Vec<_>>(), penalty)
        };
        let learned: Vec<LogisticModel> = (0..FOLDS).into_par_iter().map(of_fold).collect();
        let tracks = fold_of.iter().zip(&self.rows);
        tracks
            .map(|(&fold, row)| learned[fold].score(row) as f32)
            .collect()
    }

    fn loss(&self, scores: &[f32]) -> f64 {
        let weights = self.weights(&self.everyone());
        let loss = |(&score, &on): (&f32, &bool)| {
            let sign = if on { -1.0 } else { 1.0 };
            weights[usize::from(on)] * softplus(sign * f64::from(score))
        };
        scores.iter().zip(&self.on).map(loss).sum()
    }

    fn quality(&self, scores: &[f32]) -> FewShotQuality {
        let truth = self.truth();
        let scored = ScoredLabels {
            scores,
            truth: &truth,
            artists: &self.artists,
            playlists: 1,
        };
        let own = self.on.iter().filter(|on| **on).count();
        let bootstrap = Bootstrap::new(&self.artists);
        let [average_precision, roc_auc, _] = ranked_scores(&scored, &bootstrap);
        FewShotQuality {
            roc_auc,
            average_precision,
            chance: own as f64 / self.on.len().max(1) as f64,
        }
    }
}

/// Mean squared distance of `[rows, width]` from their centre.
fn mean_square(rows: &[f32], width: usize) -> f64 {
    let mean = neighbours::mean_rows(rows, width);
    let count = (rows.len() / width.max(1)).max(1) as f64;
    let squares = rows.chunks_exact(width.max(1)).flat_map(|row| {
        let distances = row.iter().zip(&mean).map(|(value, mean)| value - mean);
        distances.map(|distance| f64::from(distance * distance))
    });
    squares.sum::<f64>() / count
}
