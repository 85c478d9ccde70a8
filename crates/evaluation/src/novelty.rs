//! When a song is too unlike everything that was learned for any fit to be believed. How unlike known songs are to
//! networks that never heard their artists comes in, a threshold with its false-alarm rate goes out.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Measure;
use super::bootstrap::Draws;
use neighbours::Quantiles;

/// Share of songs of the bundle's own kind that may be flagged.
const FALSE_ALARMS: f64 = 0.05;
/// Fewer tell no rare song from a strange one.
const LEAST_TRACKS: usize = 40;
const FOLDS: usize = 5;

/// What songs of the bundle's own kind come to, as [`neighbours::unlikeness`] measures it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Novelty {
    pub quantiles: Quantiles,
    /// What is more unlike is flagged.
    pub threshold: f32,
    /// Share of songs that thresholds learned from other artists flag.
    pub false_alarms: Measure,
}

impl Novelty {
    /// From one number a track and who must stay together; none where there are fewer than 40 tracks or five artists.
    pub fn learn(unlikeness: &[f32], artists: &[String]) -> Option<Self> {
        let names: BTreeSet<&String> = artists.iter().collect();
        if unlikeness.len() < LEAST_TRACKS || names.len() < FOLDS {
            return None;
        }
        let fold_of: BTreeMap<&String, usize> = names.into_iter().zip((0..FOLDS).cycle()).collect();
        let folds: Vec<usize> = artists.iter().map(|artist| fold_of[artist]).collect();
        let threshold_without = |fold: usize| {
            let others = unlikeness
                .iter()
                .zip(&folds)
                .filter(|other| *other.1 != fold);
            threshold(others.map(|other| *other.0).collect())
        };
        let thresholds: Vec<f32> = (0..FOLDS).map(threshold_without).collect();
        let alarms: Vec<[f64; 1]> = unlikeness
            .iter()
            .zip(&folds)
            .map(|(&unlikeness, &fold)| [f64::from(u8::from(unlikeness > thresholds[fold]))])
            .collect();
        let [false_alarms] = Draws::new(artists).mean(&alarms);
        Some(Self {
            quantiles: Quantiles::of(unlikeness.to_vec()),
            threshold: threshold(unlikeness.to_vec()),
            false_alarms,
        })
    }

    pub fn flags(&self, unlikeness: f32) -> bool {
        unlikeness > self.threshold
    }
}

/// What one more song of the same kind exceeds with the stated probability at most, were songs independent; the highest
/// where they are too few to say.
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

    fn world(tracks: usize, artists: usize) -> (Vec<f32>, Vec<String>) {
        let mut random = fastrand::Rng::with_seed(3);
        let unlikeness = (0..tracks).map(|_| random.f32()).collect();
        let artists = (0..tracks).map(|n| (n % artists).to_string()).collect();
        (unlikeness, artists)
    }

    #[test]
    fn one_song_in_twenty_of_its_own_kind_is_flagged_and_all_of_another_kind() {
        let (unlikeness, artists) = world(2000, 400);
        let novelty = Novelty::learn(&unlikeness, &artists).unwrap();
        assert!((novelty.threshold - 0.95).abs() < 0.02, "{novelty:?}");
        let alarms = novelty.false_alarms;
        assert!((alarms.value - 0.05).abs() < 0.01, "{alarms:?}");
        assert!(alarms.low < 0.05 && alarms.high > 0.05 && alarms.n == 2000);
        assert!(novelty.flags(1.2) && !novelty.flags(0.5));
    }

    #[test]
    fn artists_unlike_all_others_raise_the_measured_rate_over_the_stated_one() {
        // One artist in ten makes something of its own, and is always new to the thresholds of the other folds.
        let (mut unlikeness, artists) = world(200, 10);
        for (unlikeness, artist) in unlikeness.iter_mut().zip(&artists) {
            if artist == "0" {
                *unlikeness += 1.0;
            }
        }
        let novelty = Novelty::learn(&unlikeness, &artists).unwrap();
        assert!(novelty.false_alarms.value > 0.09, "{novelty:?}");
    }

    #[test]
    fn too_few_tracks_or_artists_give_no_threshold() {
        for (tracks, artists) in [(39, 39), (400, 4), (0, 1)] {
            let (unlikeness, artists) = world(tracks, artists);
            assert_eq!(Novelty::learn(&unlikeness, &artists), None);
        }
    }
}
