//! The latent styles of playlists, artists and tracks: thirteen numbers each.
//!
//! | style of | is |
//! |---|---|
//! | a list | half what its neighbours in the graph share, half its own; variance 1 over the lists |
//! | an artist | its own, normal |
//! | a track | the mean of its lists' + `artist_effect` x its artist's + `track_noise` x its own |

use std::collections::BTreeMap;

use super::randomness::{gaussians, generator};
use super::{SimulationSettings, SyntheticDataset};
use catalogue::Catalogue;

/// Names of the latents, in order; see [`Sound`](super::Sound).
pub const LATENTS: [&str; 13] = [
    "tempo",
    "key",
    "mode",
    "brightness",
    "harmonics",
    "kick",
    "snare",
    "hat",
    "swing",
    "drive",
    "melody",
    "noise",
    "reverb",
];

/// One number per latent, with mean 0 and variance about 1 over the playlists.
pub type Style = [f64; LATENTS.len()];

/// Fraction of the variance of the playlists' styles that neighbours in the graph share, 0 to 1.
const SHARED: f64 = 0.5;

/// The styles of a dataset.
#[derive(Clone, Debug, PartialEq)]
pub struct Styles {
    /// In the order of [`SyntheticDataset::lists`].
    pub lists: Vec<Style>,
    /// In the order of [`SyntheticDataset::tracks`].
    pub tracks: Vec<Style>,
}

impl Styles {
    /// Draws the styles of a dataset.
    #[must_use]
    pub fn new(
        catalogue: &Catalogue,
        dataset: &SyntheticDataset,
        settings: &SimulationSettings,
    ) -> Styles {
        let lists = list_styles(catalogue, dataset, settings.seed);
        let tracks = dataset.tracks.iter().map(|own| {
            let track = &catalogue.tracks[own.track];
            let draw = |purpose, id: &str| -> Style {
                gaussians(&mut generator(settings.seed, purpose, id))
            };
            let (artist, noise) = (
                draw("artist", &track.split_group()),
                draw("track", &track.id),
            );
            let mean = mean_style(&lists, &own.lists);
            std::array::from_fn(|latent| {
                mean[latent]
                    + settings.artist_effect * artist[latent]
                    + settings.track_noise * noise[latent]
            })
        });
        Styles {
            tracks: tracks.collect(),
            lists,
        }
    }
}

/// Of the lists at these places.
pub fn mean_style(lists: &[Style], places: &[usize]) -> Style {
    std::array::from_fn(|latent| {
        let sum: f64 = places.iter().map(|&place| lists[place][latent]).sum();
        sum / places.len().max(1) as f64
    })
}

/// Lists that share artists come out near each other: random numbers for each list are spread twice along the cosine
/// between the lists' counts of tracks by artist, brought to variance 1, and mixed with numbers of the list's own.
fn list_styles(catalogue: &Catalogue, dataset: &SyntheticDataset, seed: u64) -> Vec<Style> {
    let draw = |purpose, place: &usize| -> Style {
        gaussians(&mut generator(
            seed,
            purpose,
            &catalogue.playlists[*place].id,
        ))
    };
    let affinity = affinity(catalogue, dataset);
    let mut shared: Vec<Style> = dataset
        .lists
        .iter()
        .map(|list| draw("group", list))
        .collect();
    for _ in 0..2 {
        shared = spread(&affinity, &shared);
    }
    standardise(&mut shared);
    let own = dataset.lists.iter().map(|list| draw("list", list));
    own.zip(shared)
        .map(|(own, shared)| {
            std::array::from_fn(|latent| {
                SHARED.sqrt() * shared[latent] + (1.0 - SHARED).sqrt() * own[latent]
            })
        })
        .collect()
}

/// `[lists][lists]`: cosine between the lists' counts of tracks by artist.
fn affinity(catalogue: &Catalogue, dataset: &SyntheticDataset) -> Vec<Vec<f64>> {
    let mut counts: Vec<BTreeMap<String, f64>> = vec![BTreeMap::new(); dataset.lists.len()];
    for own in &dataset.tracks {
        let artist = catalogue.tracks[own.track].split_group();
        for &list in &own.lists {
            *counts[list].entry(artist.clone()).or_default() += 1.0;
        }
    }
    let product = |one: &BTreeMap<String, f64>, other: &BTreeMap<String, f64>| -> f64 {
        let shared = one
            .iter()
            .filter_map(|(artist, count)| Some(count * other.get(artist)?));
        shared.sum()
    };
    let lengths: Vec<f64> = counts
        .iter()
        .map(|own| product(own, own).sqrt().max(f64::MIN_POSITIVE))
        .collect();
    let row = |one: usize| {
        (0..counts.len())
            .map(|other| product(&counts[one], &counts[other]) / (lengths[one] * lengths[other]))
            .collect()
    };
    (0..counts.len()).map(row).collect()
}

fn spread(affinity: &[Vec<f64>], styles: &[Style]) -> Vec<Style> {
    let of = |weights: &Vec<f64>| {
        std::array::from_fn(|latent| {
            let terms = weights
                .iter()
                .zip(styles)
                .map(|(weight, style)| weight * style[latent]);
            terms.sum()
        })
    };
    affinity.iter().map(of).collect()
}

/// To mean 0 and variance 1 over the lists; a single list stays at 0.
fn standardise(styles: &mut [Style]) {
    let count = styles.len().max(1) as f64;
    for latent in 0..LATENTS.len() {
        let mean = styles.iter().map(|style| style[latent]).sum::<f64>() / count;
        let variance = styles
            .iter()
            .map(|style| (style[latent] - mean).powi(2))
            .sum::<f64>()
            / count;
        let scale = variance.sqrt().max(1e-9).recip();
        styles
            .iter_mut()
            .for_each(|style| style[latent] = (style[latent] - mean) * scale);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{made_up, settings};

    fn distance(one: &Style, other: &Style) -> f64 {
        let squares = one
            .iter()
            .zip(other)
            .map(|(one, other)| (one - other).powi(2));
        squares.sum::<f64>().sqrt()
    }

    #[test]
    fn the_seed_alone_decides() {
        let catalogue = made_up(6, 20);
        let dataset = SyntheticDataset::choose(&catalogue, 6, 1_000).unwrap();
        let styles = |seed| {
            let settings = SimulationSettings { seed, ..settings() };
            Styles::new(&catalogue, &dataset, &settings)
        };
        assert_eq!(styles(1), styles(1));
        assert_ne!(styles(1), styles(2));
    }

    /// In the made-up catalogue lists 0 and 1 share artists, 2 and 3 do, and so on.
    #[test]
    fn lists_that_share_artists_are_near_each_other() {
        let catalogue = made_up(10, 30);
        let dataset = SyntheticDataset::choose(&catalogue, 10, 10_000).unwrap();
        let (mut near, mut far) = (0.0, 0.0);
        for seed in 0..20 {
            let lists = Styles::new(
                &catalogue,
                &dataset,
                &SimulationSettings { seed, ..settings() },
            )
            .lists;
            near += distance(&lists[0], &lists[1]) + distance(&lists[2], &lists[3]);
            far += distance(&lists[0], &lists[2]) + distance(&lists[1], &lists[3]);
        }
        assert!(near < 0.9 * far, "{near} {far}");
    }

    #[test]
    fn without_artist_effect_and_noise_a_track_is_the_mean_of_its_lists() {
        let catalogue = made_up(4, 20);
        let dataset = SyntheticDataset::choose(&catalogue, 4, 1_000).unwrap();
        let still = SimulationSettings {
            artist_effect: 0.0,
            track_noise: 0.0,
            ..settings()
        };
        let styles = Styles::new(&catalogue, &dataset, &still);
        let shared = dataset.tracks.iter().position(|own| own.lists.len() == 2);
        let own = &dataset.tracks[shared.unwrap()];
        let mean = mean_style(&styles.lists, &own.lists);
        assert!(distance(&mean, &styles.tracks[shared.unwrap()]) < 1e-12);
        assert!(distance(&mean, &styles.lists[own.lists[0]]) > 0.1);
    }
}
