//! The multi-label ranking metrics and calibration errors of scikit-learn, with bootstrap intervals.
//!
//! Input: scores, fits and truth (`[tracks, playlists]`). Each playlist is sorted once. A bootstrap sample reuses that
//! order with a count per track, in time linear in the number of (track, playlist) pairs.

mod by_track;
mod calibration_error;
mod order;
mod recall;

use rayon::prelude::*;

use super::bootstrap::{Bootstrap, Counts, LANES, share, total};
use super::ranking::top_hits;
use super::{Averages, Estimate, Metrics, PlaylistScores, RankingScores, ScoredLabels};
use by_track::TrackScores;
use calibration_error::{CalibrationError, Errors};
use order::{Order, Scores};
use recall::Recall;

impl Metrics {
    /// Ranking metrics of `scored` and calibration errors of `fits` `[tracks, playlists]`. `bootstrap` resamples the artists.
    pub(super) fn new(scored: &ScoredLabels, fits: &[f32], bootstrap: &Bootstrap) -> Self {
        let recall = Recall::new(scored);
        let recalls = bootstrap.estimate(|counts| recall.shares(counts));
        let [recall_1, recall_3, recall_5, micro_1, micro_3, micro_5] = recalls;
        let of_tracks: Vec<[f64; 3]> = (0..scored.truth.len())
            .map(|track| {
                let scores = TrackScores::new(scored.row(track), &scored.truth[track]);
                let TrackScores {
                    ndcg,
                    label_ranking_average_precision,
                    coverage_error,
                } = scores;
                [ndcg, label_ranking_average_precision, coverage_error]
            })
            .collect();
        let [ndcg, label_ranking_average_precision, coverage_error] = bootstrap.mean(&of_tracks);
        let averages = |recall: [Estimate; 3], ranked: Vec<Pairs>, [brier, ece]: [Estimate; 2]| {
            let [average_precision, roc_auc, r_precision] = order_scores(ranked, scored, bootstrap);
            let [recall_1, recall_3, recall_5] = recall;
            Averages {
                recall_1,
                recall_3,
                recall_5,
                r_precision,
                average_precision,
                roc_auc,
                brier,
                ece,
            }
        };
        Self {
            macro_averages: averages(
                [recall_1, recall_3, recall_5],
                playlist_columns(scored.scores, scored),
                errors(playlist_columns(fits, scored), scored, bootstrap),
            ),
            micro_averages: averages(
                [micro_1, micro_3, micro_5],
                vec![all_pairs(scored.scores, scored)],
                brier_and_ece(fits, scored, bootstrap),
            ),
            ndcg,
            label_ranking_average_precision,
            coverage_error,
        }
    }
}

/// The Brier score and the calibration error of fits over all pairs of track and playlist.
pub(super) fn brier_and_ece(
    fits: &[f32],
    scored: &ScoredLabels,
    bootstrap: &Bootstrap,
) -> [Estimate; 2] {
    errors(vec![all_pairs(fits, scored)], scored, bootstrap)
}

/// Scores, their tracks, and whether each is a placement.
type Pairs = Vec<(f32, u32, bool)>;

fn column(values: &[f32], scored: &ScoredLabels, playlist: usize) -> Pairs {
    (0..scored.truth.len())
        .map(|track| {
            let value = values[track * scored.playlists + playlist];
            (value, track as u32, scored.truth[track].contains(&playlist))
        })
        .collect()
}

fn playlist_columns(values: &[f32], scored: &ScoredLabels) -> Vec<Pairs> {
    let playlists = (0..scored.playlists).into_par_iter();
    playlists
        .map(|playlist| column(values, scored, playlist))
        .collect()
}

fn all_pairs(values: &[f32], scored: &ScoredLabels) -> Pairs {
    playlist_columns(values, scored).concat()
}

/// Average precision, ROC-AUC and R-precision, averaged over those of `lists` that hold placements and others.
fn order_scores(lists: Vec<Pairs>, scored: &ScoredLabels, bootstrap: &Bootstrap) -> [Estimate; 3] {
    let pairs_a_track = (scored.playlists / lists.len().max(1)) as u32;
    let orders: Vec<Order> = lists.into_par_iter().map(Order::new).collect();
    let numbers = |scores: Scores| [scores.average_precision, scores.roc_auc, scores.r_precision];
    averaged(bootstrap, &orders, |order, counts, tracks| {
        let pairs = tracks.map(|tracks| tracks * pairs_a_track);
        order
            .scores(counts, &pairs)
            .map(|scores| scores.map(numbers))
    })
}

/// Brier score and calibration error, averaged over those of `lists` that hold placements and others.
fn errors(lists: Vec<Pairs>, scored: &ScoredLabels, bootstrap: &Bootstrap) -> [Estimate; 2] {
    let pairs_a_track = (scored.playlists / lists.len().max(1)) as u32;
    let lists: Vec<CalibrationError> = lists.into_par_iter().map(CalibrationError::new).collect();
    let numbers = |errors: Errors| errors.mixed.then_some([errors.brier, errors.ece]);
    averaged(bootstrap, &lists, |list, counts, tracks| {
        let pairs = tracks.map(|tracks| tracks * pairs_a_track);
        list.errors(counts, &pairs).map(numbers)
    })
}

/// The mean of `numbers` over `lists`, per bootstrap sample. `numbers` gets the count of each track and their sum, and
/// returns `None` for samples without a value.
fn averaged<T: Sync, const N: usize>(
    bootstrap: &Bootstrap,
    lists: &[T],
    numbers: impl Fn(&T, &[Counts], &Counts) -> [Option<[f64; N]>; LANES] + Sync,
) -> [Estimate; N] {
    bootstrap.estimate(|counts| {
        let tracks = total(counts);
        let (mut sums, mut defined) = ([[0.0; LANES]; N], [0.0; LANES]);
        for list in lists {
            let numbers = numbers(list, counts, &tracks);
            for (lane, numbers) in numbers.iter().enumerate() {
                let Some(numbers) = numbers else { continue };
                defined[lane] += 1.0;
                for (sum, number) in sums.iter_mut().zip(numbers) {
                    sum[lane] += number;
                }
            }
        }
        sums.map(|sum| share(sum, defined))
    })
}

/// Mean over the playlists of the average precision of each playlist. Playlists without a track, and those that hold
/// all tracks, are excluded.
pub fn mean_average_precision(scored: &ScoredLabels) -> f64 {
    let columns = playlist_columns(scored.scores, scored).into_par_iter();
    let scores: Vec<Option<Scores>> = columns
        .map(|column| once(&Order::new(column), scored))
        .collect();
    super::mean(
        scores
            .into_iter()
            .flatten()
            .map(|scores| scores.average_precision),
    )
}

/// Top-k and mean average precision with intervals. `bootstrap` resamples the artists of `scored`.
pub(super) fn ranking_scores(scored: &ScoredLabels, bootstrap: &Bootstrap) -> RankingScores {
    let [top_1, top_3, top_5] = bootstrap.mean(&top_hits(scored));
    let [mean_average_precision, _, _] = ranked_scores(scored, bootstrap);
    RankingScores {
        top_1,
        top_3,
        top_5,
        mean_average_precision,
    }
}

/// Average precision, ROC-AUC and R-precision, averaged over the playlists, with their intervals.
pub(super) fn ranked_scores(scored: &ScoredLabels, bootstrap: &Bootstrap) -> [Estimate; 3] {
    order_scores(playlist_columns(scored.scores, scored), scored, bootstrap)
}

/// How well each playlist does, in the order of `names`.
pub(super) fn playlist_scores(
    names: &[String],
    scored: &ScoredLabels,
    fits: &[f32],
) -> Vec<PlaylistScores> {
    let recall = Recall::new(scored);
    let of = |(playlist, name): (usize, &String)| {
        let [top_1, top_3, top_5] = recall.of(playlist);
        let scores = once(&Order::new(column(scored.scores, scored, playlist)), scored);
        let counts = ones(scored);
        let calibration_error = CalibrationError::new(column(fits, scored, playlist));
        let errors = calibration_error.errors(&counts, &total(&counts))[0];
        let any = !counts.is_empty();
        PlaylistScores {
            name: name.clone(),
            n: recall.placements(playlist),
            top_1,
            top_3,
            top_5,
            average_precision: scores.map(|scores| scores.average_precision),
            roc_auc: scores.map(|scores| scores.roc_auc),
            r_precision: scores.map(|scores| scores.r_precision),
            brier: any.then_some(errors.brier),
            ece: any.then_some(errors.ece),
        }
    };
    names.par_iter().enumerate().map(of).collect()
}

/// Each track counts once.
fn ones(scored: &ScoredLabels) -> Vec<Counts> {
    vec![[1; LANES]; scored.truth.len()]
}

fn once(order: &Order, scored: &ScoredLabels) -> Option<Scores> {
    let counts = ones(scored);
    order.scores(&counts, &total(&counts))[0]
}

#[cfg(test)]
mod tests;
