//! The Bayes-optimal bound of a synthetic dataset.
//!
//! A clip depends on the playlists of its track only through the style of the track: playlists -> style -> samples. So no
//! classifier of clips ranks better, in expectation, than the posterior given the style. Given its playlists S, the style
//! of a track by a held-out artist is normal around the mean of the playlists' styles, with the variance
//! `artist_effect² + track_noise²` in every latent. With the true styles of all playlists and the frequency P(S) of each
//! set of playlists the posterior is
//!
//! ```text
//! P(playlist | style) = sum over sets S with the playlist: P(S) N(style; mean of S, variance) / the same sum over all S
//! ```
//!
//! For top-1 this is the Bayes rule; for top-3, top-5 and average precision it is exact if each track is on one playlist
//! and close to it otherwise. The bound holds for the expectation: on a finite dataset a classifier may exceed it by a few
//! tenths of a percent. It ranks each track alone, as the product does.
//!
//! The second bound is linear discriminant analysis on the exact styles: it estimates mean style and size of each playlist
//! and the common variance from the training tracks of each fold. The difference of the two bounds is the cost of a finite
//! training set; the difference of the second one and a network is what the network misses in the audio.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::style::{LATENTS, Style, Styles, mean_style};
use super::{SimulationSettings, SyntheticDataset};
use catalogue::Catalogue;
use evaluation::{
    ArtistLinks, ScoredLabels, Split, artist_components, chance, folds, mean_average_precision,
    top_hits,
};

/// Folds of artists, each tested once, as in training.
const FOLDS: usize = 5;
/// Smallest variance, for datasets without artist effect and noise.
const MIN_VARIANCE: f64 = 1e-9;

/// Accuracy of a ranking.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BoundScores {
    /// Fraction of tracks with one of their playlists ranked first, 0 to 1.
    pub top_1: f64,
    /// The same within the first three.
    pub top_3: f64,
    /// The same within the first five.
    pub top_5: f64,
    /// Mean over the playlists of the average precision, 0 to 1.
    pub mean_average_precision: f64,
}

/// The bound of a dataset and baselines, all on the same tracks; each is tested once, in a fold that does not train on its
/// artist.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BayesBound {
    /// How it was measured.
    pub method: String,
    /// The Bayes-optimal ranking.
    pub best: BoundScores,
    /// Linear discriminant analysis on the exact styles.
    pub learned: BoundScores,
    /// Playlists by their number of training tracks.
    pub popularity: BoundScores,
    /// A random ranking.
    pub chance: BoundScores,
}

impl BayesBound {
    /// Evaluates the Bayes-optimal, the learned and the trivial rankings on all tracks.
    #[must_use]
    pub fn new(
        catalogue: &Catalogue,
        dataset: &SyntheticDataset,
        styles: &Styles,
        settings: &SimulationSettings,
    ) -> BayesBound {
        let truth = dataset.truth();
        let artist_links: Vec<ArtistLinks> = dataset
            .tracks
            .iter()
            .map(|own| {
                let track = &catalogue.tracks[own.track];
                ArtistLinks {
                    artist_group: track.split_group(),
                    artists: track.artists.clone(),
                    ..ArtistLinks::default()
                }
            })
            .collect();
        let components = artist_components(&artist_links);
        let artists: Vec<String> = components.iter().map(ToString::to_string).collect();
        let lists = dataset.lists.len();
        let folds = folds(&components, &truth, lists, FOLDS, settings.seed);
        let variance = settings.artist_effect.powi(2) + settings.track_noise.powi(2);
        let best = posteriors(styles, &truth, variance.max(MIN_VARIANCE));
        let (mut learned, mut popularity) = (vec![0.0; best.len()], vec![0.0; best.len()]);
        for test_fold in 0..FOLDS {
            let split = Split::for_fold(&folds, FOLDS, test_fold);
            let model = Learned::new(&styles.tracks, &truth, &split.train, lists);
            for &track in &split.test {
                let row = track * lists..(track + 1) * lists;
                learned[row.clone()].copy_from_slice(&model.scores(&styles.tracks[track]));
                popularity[row].copy_from_slice(&model.sizes);
            }
        }
        let scored = |scores| ScoredLabels {
            scores,
            truth: &truth,
            artists: &artists,
            playlists: lists,
        };
        let by_chance = chance(&scored(&best));
        BayesBound {
            method: format!(
                "Simulated: {} tracks, each judged by its true latent style; split by artist into {FOLDS} folds, each \
                 tested once.",
                truth.len()
            ),
            best: bound_scores(&scored(&best)),
            learned: bound_scores(&scored(&learned)),
            popularity: bound_scores(&scored(&popularity)),
            chance: BoundScores {
                top_1: by_chance.top_1.value,
                top_3: by_chance.top_3.value,
                top_5: by_chance.top_5.value,
                mean_average_precision: by_chance.mean_average_precision.value,
            },
        }
    }
}

fn bound_scores(scored: &ScoredLabels) -> BoundScores {
    let hits = top_hits(scored);
    let share = |k: usize| hits.iter().map(|hit| hit[k]).sum::<f64>() / hits.len().max(1) as f64;
    BoundScores {
        top_1: share(0),
        top_3: share(1),
        top_5: share(2),
        mean_average_precision: mean_average_precision(scored),
    }
}

/// `[tracks, lists]`: the logarithm of each list's posterior probability.
fn posteriors(styles: &Styles, truth: &[Vec<usize>], variance: f64) -> Vec<f32> {
    let mut counts: BTreeMap<&[usize], usize> = BTreeMap::new();
    for lists in truth {
        *counts.entry(lists).or_default() += 1;
    }
    let sets: Vec<(&[usize], Style, f64)> = counts
        .into_iter()
        .map(|(lists, count)| {
            let prior = count as f64 / truth.len() as f64;
            (lists, mean_style(&styles.lists, lists), prior.ln())
        })
        .collect();
    let row = |style: &Style| {
        let likelihoods: Vec<f64> = sets
            .iter()
            .map(|(_, mean, prior)| prior - squared(style, mean) / (2.0 * variance))
            .collect();
        let largest = likelihoods.iter().copied().fold(f64::MIN, f64::max);
        let (mut all, mut own) = (0.0, vec![0.0; styles.lists.len()]);
        for ((lists, _, _), likelihood) in sets.iter().zip(&likelihoods) {
            let share = (likelihood - largest).exp();
            all += share;
            lists.iter().for_each(|&list| own[list] += share);
        }
        let log = |share: f64| (share.max(f64::MIN_POSITIVE) / all).ln() as f32;
        own.into_iter().map(log).collect::<Vec<f32>>()
    };
    styles.tracks.par_iter().flat_map_iter(row).collect()
}

/// The playlists as estimated from the exact styles of the training tracks.
struct Learned {
    means: Vec<Style>,
    /// Training tracks of each list.
    sizes: Vec<f32>,
    variance: f64,
}

impl Learned {
    fn new(tracks: &[Style], truth: &[Vec<usize>], train: &[usize], lists: usize) -> Learned {
        let mut sums = vec![[0.0; LATENTS.len()]; lists];
        let mut sizes = vec![0.0_f32; lists];
        let placements = || {
            let each = train.iter();
            each.flat_map(|&track| truth[track].iter().map(move |&list| (track, list)))
        };
        for (track, list) in placements() {
            sizes[list] += 1.0;
            let sum = sums[list].iter_mut().zip(&tracks[track]);
            sum.for_each(|(sum, latent)| *sum += latent);
        }
        let means: Vec<Style> = sums
            .into_iter()
            .zip(&sizes)
            .map(|(sum, &size)| sum.map(|sum| sum / f64::from(size.max(1.0))))
            .collect();
        let spread: f64 = placements()
            .map(|(track, list)| squared(&tracks[track], &means[list]))
            .sum();
        let count = placements().count().max(1) * LATENTS.len();
        Learned {
            means,
            sizes,
            variance: (spread / count as f64).max(MIN_VARIANCE),
        }
    }

    /// The logarithm of each list's posterior probability, of one list alone; a list without a training track comes last.
    fn scores(&self, style: &Style) -> Vec<f32> {
        let lists = self.means.iter().zip(&self.sizes);
        let joint: Vec<f64> = lists
            .map(|(mean, &size)| {
                f64::from(size).ln() - squared(style, mean) / (2.0 * self.variance)
            })
            .collect();
        let largest = joint.iter().copied().fold(f64::MIN, f64::max);
        let all: f64 = joint.iter().map(|value| (value - largest).exp()).sum();
        let log = |value: f64| (value - largest - all.ln()) as f32;
        joint.into_iter().map(log).collect()
    }
}

fn squared(one: &Style, other: &Style) -> f64 {
    let squares = one
        .iter()
        .zip(other)
        .map(|(one, other)| (one - other).powi(2));
    squares.sum()
}
