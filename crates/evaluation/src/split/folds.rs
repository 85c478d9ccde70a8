//! Artist components, and the folds that they are assigned to (GroupKFold).

use std::collections::{BTreeMap, HashMap};

use super::{ArtistLinks, Link};

/// Joins tracks that share an artist or a recording, as a file or as it sounds. Returns the component of each track, numbered
/// from 0 in order of appearance.
pub fn artist_components(artist_links: &[ArtistLinks]) -> Vec<usize> {
    let mut first_with: HashMap<Link, usize> = HashMap::new();
    let mut tied = Vec::new();
    for (track, artist_link) in artist_links.iter().enumerate() {
        let links = artist_link.links().into_iter();
        tied.extend(links.map(|link| (track, *first_with.entry(link).or_insert(track))));
    }
    let mut number: HashMap<usize, usize> = HashMap::new();
    connected_components(artist_links.len(), tied)
        .into_iter()
        .map(|first| {
            let next = number.len();
            *number.entry(first).or_insert(next)
        })
        .collect()
}

/// The components by name, one a track: who must stay together.
pub fn group_of(artist_links: &[ArtistLinks]) -> Vec<String> {
    let components = artist_components(artist_links).into_iter();
    components.map(|component| component.to_string()).collect()
}

/// As [`folds`], for artists by name.
pub fn folds_of_artists(
    artists: &[String],
    truth: &[Vec<usize>],
    playlists: usize,
    count: usize,
    seed: u64,
) -> Vec<usize> {
    let mut numbers = HashMap::new();
    let components: Vec<usize> = artists
        .iter()
        .map(|artist| {
            let next = numbers.len();
            *numbers.entry(artist).or_insert(next)
        })
        .collect();
    folds(&components, truth, playlists, count, seed)
}

/// Of each of `count` places the first that it hangs together with, through any of the pairs; itself where it is the
/// first (union-find).
pub fn connected_components(
    count: usize,
    pairs: impl IntoIterator<Item = (usize, usize)>,
) -> Vec<usize> {
    let mut parent: Vec<usize> = (0..count).collect();
    for (left, right) in pairs {
        let (left, right) = (root(&mut parent, left), root(&mut parent, right));
        parent[left.max(right)] = left.min(right);
    }
    (0..count).map(|place| root(&mut parent, place)).collect()
}

fn root(parent: &mut [usize], mut track: usize) -> usize {
    while parent[track] != track {
        parent[track] = parent[parent[track]];
        track = parent[track];
    }
    track
}

/// Assigns components to `count` folds so that each playlist is spread as evenly as its artists allow: the
/// largest component first, each to the fold that is left least uneven (after Sechidis et al. 2011, with groups).
pub fn folds(
    components: &[usize],
    truth: &[Vec<usize>],
    playlists: usize,
    count: usize,
    seed: u64,
) -> Vec<usize> {
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (track, &component) in components.iter().enumerate() {
        members.entry(component).or_default().push(track);
    }
    let mut groups: Vec<Vec<usize>> = members.into_values().collect();
    fastrand::Rng::with_seed(seed).shuffle(&mut groups);
    groups.sort_by_key(|group| std::cmp::Reverse(group.len()));
    // One more column counts the tracks themselves.
    let tally = |tracks: &[usize]| {
        let mut counts = vec![0.0; playlists + 1];
        for &track in tracks {
            truth[track]
                .iter()
                .for_each(|&playlist| counts[playlist] += 1.0);
            counts[playlists] += 1.0;
        }
        counts
    };
    let whole = tally(&(0..truth.len()).collect::<Vec<_>>());
    let mut held = vec![vec![0.0; playlists + 1]; count];
    let mut fold_of = vec![0; truth.len()];
    for group in groups {
        let new = tally(&group);
        let cost = |fold: &Vec<f64>| {
            let columns = fold
                .iter()
                .zip(&new)
                .zip(&whole)
                .filter(|(_, whole)| **whole > 0.0);
            // What squaring the filled share would add, were this the group's fold.
            columns
                .map(|((held, new), whole)| (2.0 * held * new + new * new) / (whole * whole))
                .sum::<f64>()
        };
        let costs: Vec<f64> = held.iter().map(cost).collect();
        let best = (0..count)
            .min_by(|&left, &right| costs[left].total_cmp(&costs[right]))
            .unwrap_or(0);
        held[best]
            .iter_mut()
            .zip(&new)
            .for_each(|(held, new)| *held += new);
        group.iter().for_each(|&track| fold_of[track] = best);
    }
    fold_of
}
