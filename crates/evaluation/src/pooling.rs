//! From the windows of a song to one score a playlist.

use serde::{Deserialize, Serialize};

use super::bootstrap::Bootstrap;
use super::ranking::ranking_scores;
use super::{RankingScores, ScoredLabels, sigmoid};
use neighbours::mean_rows;

/// How much each window of a song counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pooling {
    /// All windows alike: the mean of their logits.
    #[default]
    Mean,
    /// Each window votes for its best playlist (the studies vote over 20 random chunks of 30 s; here every window
    /// votes, so that the same song always gets the same answer).
    Majority,
    /// As much as the network's attention gives it (Ilse et al. 2018): the mean of the logits so weighed.
    Attention,
}

/// Keeps the log-odds of certainty finite.
const MIN_PROBABILITY: f64 = 1e-12;

impl Pooling {
    pub const ALL: [Self; 3] = [Self::Mean, Self::Majority, Self::Attention];

    pub fn name(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Majority => "majority",
            Self::Attention => "attention",
        }
    }

    /// For serde: what was stored before there was a choice keeps its hash.
    pub fn is_mean(&self) -> bool {
        *self == Self::Mean
    }

    /// Logits `[windows, playlists]` and, where the network has an attention, the exponent of each window's weight
    /// `[windows]`, to scores `[playlists]` that can be calibrated as logits can.
    ///
    /// Without an attention all windows count alike. Of one window, mean and attention give its own logits.
    pub fn scores(self, logits: &[f32], attention: &[f32], playlists: usize) -> Vec<f32> {
        match self {
            Self::Mean => mean_rows(logits, playlists),
            Self::Majority => majority(logits, playlists),
            Self::Attention if attention.is_empty() => mean_rows(logits, playlists),
            Self::Attention => weighted(logits, &softmax(attention), playlists),
        }
    }
}

/// Votes first, then the mean confidence (sigmoid) over all windows: log-odds of (votes + confidence) / (windows + 1).
/// A confidence is below 1, so it decides between equal votes alone; it is also what keeps a list without a vote apart
/// from the others. Of equal logits in a window the earlier list gets the vote.
fn majority(logits: &[f32], playlists: usize) -> Vec<f32> {
    let mut votes = vec![0.0_f64; playlists];
    let mut confidence = vec![0.0_f64; playlists];
    let mut windows = 0.0;
    for window in logits.chunks_exact(playlists.max(1)) {
        windows += 1.0;
        for (confidence, &logit) in confidence.iter_mut().zip(window) {
            *confidence += sigmoid(f64::from(logit));
        }
        let better = |best: usize, (playlist, &logit): (usize, &f32)| {
            if logit > window[best] { playlist } else { best }
        };
        let best = window.iter().enumerate().fold(0, better);
        if let Some(votes) = votes.get_mut(best) {
            *votes += 1.0;
        }
    }
    let log_odds = |(votes, confidence): (&f64, &f64)| {
        let share = (votes + confidence / f64::max(windows, 1.0)) / (windows + 1.0);
        let share = share.clamp(MIN_PROBABILITY, 1.0 - MIN_PROBABILITY);
        (share / (1.0 - share)).ln() as f32
    };
    votes.iter().zip(&confidence).map(log_odds).collect()
}

fn softmax(exponents: &[f32]) -> Vec<f32> {
    let most = exponents
        .iter()
        .fold(f32::MIN, |most, &exponent| most.max(exponent));
    let powers: Vec<f32> = exponents
        .iter()
        .map(|exponent| (exponent - most).exp())
        .collect();
    let sum: f32 = powers.iter().sum();
    powers.iter().map(|power| power / sum).collect()
}

fn weighted(rows: &[f32], weights: &[f32], width: usize) -> Vec<f32> {
    let mut mean = vec![0.0; width];
    for (row, weight) in rows.chunks_exact(width.max(1)).zip(weights) {
        mean.iter_mut()
            .zip(row)
            .for_each(|(mean, value)| *mean += weight * value);
    }
    mean
}

/// How well one way from windows to song ranks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct PooledScores {
    /// As [`Pooling::name`].
    pub name: String,
    #[serde(flatten)]
    pub scores: RankingScores,
}

impl PooledScores {
    /// `scored` holds the scores that this pooling gave; `bootstrap` are of its artists.
    pub(super) fn new(pooling: Pooling, scored: &ScoredLabels, bootstrap: &Bootstrap) -> Self {
        Self {
            name: pooling.name().into(),
            scores: ranking_scores(scored, bootstrap),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Playlists, best first.
    fn ranked(scores: &[f32]) -> Vec<usize> {
        let mut order: Vec<usize> = (0..scores.len()).collect();
        order.sort_by(|&left, &right| scores[right].total_cmp(&scores[left]));
        order
    }

    #[test]
    fn two_windows_that_disagree_meet_in_the_middle_or_leave_it_to_confidence_or_attention() {
        // The first window is sure of list 0, the second leans to list 1; list 2 is nobody's.
        let logits = [3.0, -2.0, -4.0, -1.0, 0.5, -4.0];
        assert_eq!(Pooling::Mean.scores(&logits, &[], 3), [1.0, -0.75, -4.0]);
        let voted = Pooling::Majority.scores(&logits, &[], 3);
        assert_eq!(ranked(&voted), [0, 1, 2]);
        let second = Pooling::Attention.scores(&logits, &[-9.0, 9.0], 3);
        assert_eq!(ranked(&second), [1, 0, 2]);
        assert!((second[1] - 0.5).abs() < 1e-4);
    }

    #[test]
    fn one_loud_window_moves_the_mean_but_not_the_majority() {
        let quiet = [1.0, 0.0];
        let logits = [&quiet[..], &quiet, &quiet, &quiet, &[-20.0, 30.0]].concat();
        assert_eq!(ranked(&Pooling::Mean.scores(&logits, &[], 2)), [1, 0]);
        assert_eq!(ranked(&Pooling::Majority.scores(&logits, &[], 2)), [0, 1]);
        let attention = [0.0, 0.0, 0.0, 0.0, -30.0];
        assert_eq!(
            ranked(&Pooling::Attention.scores(&logits, &attention, 2)),
            [0, 1]
        );
    }

    #[test]
    fn a_vote_more_beats_any_confidence_and_confidence_orders_the_rest() {
        // List 0 has two votes of three by a hair, list 1 one vote with certainty and much confidence besides.
        let logits = [
            0.1, 0.0, -1.0, -3.0, 0.1, 0.0, -1.0, -3.0, -9.0, 60.0, -1.0, -3.0,
        ];
        let scores = Pooling::Majority.scores(&logits, &[], 4);
        assert_eq!(ranked(&scores), [0, 1, 2, 3]);
        assert!(scores.iter().all(|score| score.is_finite()));
        // All votes and all confidence, or none of either, stay finite too.
        let certain = Pooling::Majority.scores(&[400.0, -400.0].repeat(3), &[], 2);
        assert!(certain[0] > 20.0 && certain[1] < -20.0 && certain.iter().all(|s| s.is_finite()));
    }

    #[test]
    fn one_window_is_its_own_mean_and_windows_that_count_alike_are_the_mean() {
        let logits = [0.3, -1.7, 2.9];
        for pooling in [Pooling::Mean, Pooling::Attention] {
            assert_eq!(pooling.scores(&logits, &[], 3), logits);
        }
        let two = [0.3, -1.7, 2.9, 1.3, 0.3, 0.9];
        let mean = Pooling::Mean.scores(&two, &[], 3);
        let alike = Pooling::Attention.scores(&two, &[5.0, 5.0], 3);
        assert!(
            mean.iter()
                .zip(&alike)
                .all(|(left, right)| (left - right).abs() < 1e-6)
        );
    }

    #[test]
    fn a_song_without_windows_or_a_bundle_without_lists_is_no_panic() {
        for pooling in Pooling::ALL {
            assert_eq!(pooling.scores(&[], &[], 0), [0.0_f32; 0]);
            assert_eq!(pooling.scores(&[], &[], 2).len(), 2);
        }
    }
}
