//! Out-of-distribution detection: a threshold on the OOD score of held-out songs, with its false-alarm rate.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Estimate;
use super::bootstrap::Bootstrap;
use neighbours::Quantiles;

/// Target fraction of in-distribution songs that are flagged.
const FALSE_ALARMS: f64 = 0.05;
/// Below this the threshold cannot be estimated.
const MIN_TRACKS: usize = 40;
const FOLDS: usize = 5;

/// The distribution of [`neighbours::ood_score`] over held-out in-distribution songs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OodDetector {
    /// Quantiles of the scores.
    pub quantiles: Quantiles,
    /// Songs with a larger score are out of distribution.
    pub threshold: f32,
    /// Fraction of songs flagged by thresholds that were fitted on other artists.
    pub false_alarms: Estimate,
}

impl OodDetector {
    /// Fits the threshold to one score per track, in folds grouped by `artists`. Returns `None` below 40 tracks or five artists.
    pub fn learn(ood_score: &[f32], artists: &[String]) -> Option<Self> {
        let names: BTreeSet<&String> = artists.iter().collect();
        if ood_score.len() < MIN_TRACKS || names.len() < FOLDS {
            return None;
        }
        let fold_of: BTreeMap<&String, usize> = names.into_iter().zip((0..FOLDS).cycle()).collect();
        let folds: Vec<usize> = artists.iter().map(|artist| fold_of[artist]).collect();
        let threshold_without = |fold: usize| {
            let others = ood_score
                .iter()
                .zip(&folds)
                .filter(|other| *other.1 != fold);
            threshold(others.map(|other| *other.0).collect())
        };
        let thresholds: Vec<f32> = (0..FOLDS).map(threshold_without).collect();
        let alarms: Vec<[f64; 1]> = ood_score
            .iter()
            .zip(&folds)
            .map(|(&ood_score, &fold)| [f64::from(u8::from(ood_score > thresholds[fold]))])
            .collect();
        let [false_alarms] = Bootstrap::new(artists).mean(&alarms);
        Some(Self {
            quantiles: Quantiles::from_sample(ood_score.to_vec()),
            threshold: threshold(ood_score.to_vec()),
            false_alarms,
        })
    }

    /// Whether a song with this score is out of distribution.
    pub fn is_ood(&self, ood_score: f32) -> bool {
        ood_score > self.threshold
    }
}

/// The conformal quantile that an independent song exceeds with at most the stated probability, or the maximum if there
/// are too few songs.
fn threshold(mut known: Vec<f32>) -> f32 {
    known.sort_unstable_by(f32::total_cmp);
    let below = ((known.len() + 1) as f64 * (1.0 - FALSE_ALARMS)).ceil() as usize;
    let place = below.min(known.len());
    place
        .checked_sub(1)
        .map_or(f32::INFINITY, |place| known[place])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(tracks: usize, artists: usize) -> (Vec<f32>, Vec<String>) {
        let mut random = fastrand::Rng::with_seed(3);
        let ood_score = (0..tracks).map(|_| random.f32()).collect();
        let artists = (0..tracks).map(|n| (n % artists).to_string()).collect();
        (ood_score, artists)
    }

    #[test]
    fn one_song_in_twenty_of_its_own_kind_is_flagged_and_all_of_another_kind() {
        let (ood_score, artists) = data(2000, 400);
        let ood = OodDetector::learn(&ood_score, &artists).unwrap();
        assert!((ood.threshold - 0.95).abs() < 0.02, "{ood:?}");
        let alarms = ood.false_alarms;
        assert!((alarms.value - 0.05).abs() < 0.01, "{alarms:?}");
        assert!(alarms.low < 0.05 && alarms.high > 0.05 && alarms.n == 2000);
        assert!(ood.is_ood(1.2) && !ood.is_ood(0.5));
    }

    #[test]
    fn artists_unlike_all_others_raise_the_measured_rate_over_the_stated_one() {
        // One artist in ten makes something of its own, and is always new to the thresholds of the other folds.
        let (mut ood_score, artists) = data(200, 10);
        for (ood_score, artist) in ood_score.iter_mut().zip(&artists) {
            if artist == "0" {
                *ood_score += 1.0;
            }
        }
        let ood = OodDetector::learn(&ood_score, &artists).unwrap();
        assert!(ood.false_alarms.value > 0.09, "{ood:?}");
    }

    #[test]
    fn too_few_tracks_or_artists_give_no_threshold() {
        for (tracks, artists) in [(39, 39), (400, 4), (0, 1)] {
            let (ood_score, artists) = data(tracks, artists);
            assert_eq!(OodDetector::learn(&ood_score, &artists), None);
        }
    }
}
