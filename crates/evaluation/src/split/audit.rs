//! Audits a split: what its partitions share, compared with a random split of the tracks.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde::Serialize;

use super::{ArtistLinks, Link, Split};

/// The audit of one split.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SplitAudit {
    /// Train, validation and test.
    #[serde(rename = "sides")]
    pub partitions: [PartitionCounts; 3],
    /// Number of artists, recordings and near-duplicate clusters in more than one partition. The split leaks unless it is 0.
    #[serde(rename = "shared_ties")]
    pub shared_links: usize,
    /// What test tracks share with the training set. The split leaks unless it is nothing.
    pub overlap: SplitOverlap,
    /// The same for a random split of the tracks into partitions of the same size, from the same seed.
    pub naive: SplitOverlap,
}

/// Counts of one partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PartitionCounts {
    /// `train`, `validation` or `test`.
    #[serde(rename = "side")]
    pub partition: &'static str,
    /// Number of tracks.
    pub tracks: usize,
    /// Artist names, including each name of a joint credit.
    pub artists: usize,
    /// Number of recordings, by audio hash.
    pub recordings: usize,
    /// Clusters of more than one track.
    pub near_duplicates: usize,
}

/// Number of test tracks that share an artist, recording or near-duplicate with the training set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SplitOverlap {
    /// Number of test tracks.
    pub tested: usize,
    /// Those with an artist of the training set.
    pub artist: usize,
    /// Those with a recording of the training set.
    pub recording: usize,
    /// Those with a near-duplicate in the training set.
    pub near_duplicate: usize,
    /// Any of them.
    pub any: usize,
}

/// How the tracks of a playlist are distributed over the partitions.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ListShares {
    /// The name of the playlist.
    pub name: String,
    /// Number of its tracks.
    pub tracks: usize,
    /// `[splits][train, validation, test]`: fractions of the assigned tracks.
    pub shares: Vec<[f64; 3]>,
}

impl SplitAudit {
    /// Audits `split`; `artist_links` has one entry per track, `seed` is that of the random split.
    #[must_use]
    pub fn new(split: &Split, artist_links: &[ArtistLinks], seed: u64) -> Self {
        let mut partitions_of: HashMap<Link, BTreeSet<&str>> = HashMap::new();
        for (partition, tracks) in split.partitions() {
            for link in tracks.iter().flat_map(|&track| artist_links[track].links()) {
                partitions_of.entry(link).or_default().insert(partition);
            }
        }
        let partitions = split.partitions().map(|(partition, tracks)| {
            let here = |kind: fn(&Link) -> bool| {
                let links = partitions_of.iter();
                links
                    .filter(|(link, partitions)| kind(link) && partitions.contains(partition))
                    .count()
            };
            PartitionCounts {
                partition,
                tracks: tracks.len(),
                artists: here(|link| matches!(link, Link::Artist(_))),
                recordings: here(|link| matches!(link, Link::Recording(_))),
                near_duplicates: here(|link| matches!(link, Link::NearDuplicates(_))),
            }
        });
        Self {
            partitions,
            shared_links: partitions_of
                .values()
                .filter(|partitions| partitions.len() > 1)
                .count(),
            overlap: SplitOverlap::new(split, artist_links),
            naive: SplitOverlap::new(&split.by_track(seed), artist_links),
        }
    }
}

impl SplitOverlap {
    fn new(split: &Split, artist_links: &[ArtistLinks]) -> Self {
        let trained = split
            .train
            .iter()
            .flat_map(|&track| artist_links[track].links());
        let trained: HashSet<Link> = trained.collect();
        let mut overlap = Self {
            tested: split.test.len(),
            ..Self::default()
        };
        for &track in &split.test {
            let links = artist_links[track].links();
            let shared: Vec<&Link> = links.iter().filter(|link| trained.contains(link)).collect();
            let has = |kind: fn(&Link) -> bool| usize::from(shared.iter().any(|link| kind(link)));
            overlap.artist += has(|link| matches!(link, Link::Artist(_)));
            overlap.recording += has(|link| matches!(link, Link::Recording(_)));
            overlap.near_duplicate += has(|link| matches!(link, Link::NearDuplicates(_)));
            overlap.any += usize::from(!shared.is_empty());
        }
        overlap
    }
}

impl Split {
    /// A random split of the same tracks into partitions of the same size, for comparison.
    #[must_use]
    pub fn by_track(&self, seed: u64) -> Self {
        let mut tracks: Vec<usize> = self
            .partitions()
            .into_iter()
            .flat_map(|partition| partition.1.to_vec())
            .collect();
        tracks.sort_unstable();
        fastrand::Rng::with_seed(seed).shuffle(&mut tracks);
        let rest = tracks.split_off(self.train.len());
        let (validation, test) = rest.split_at(self.validation.len());
        Self {
            train: tracks,
            validation: validation.to_vec(),
            test: test.to_vec(),
        }
    }
}

impl ListShares {
    /// Of every playlist in the order of `names`; `truth` says on which each track is.
    #[must_use]
    pub fn of(splits: &[Split], truth: &[Vec<usize>], names: &[String]) -> Vec<Self> {
        let shares_of = |playlist: usize, split: &Split| {
            let on = |track: &&usize| truth[**track].contains(&playlist);
            let counts = split
                .partitions()
                .map(|(_, tracks)| tracks.iter().filter(on).count());
            let all = counts.iter().sum::<usize>().max(1) as f64;
            counts.map(|count| count as f64 / all)
        };
        let list = |(playlist, name): (usize, &String)| Self {
            name: name.clone(),
            tracks: truth.iter().filter(|on| on.contains(&playlist)).count(),
            shares: splits
                .iter()
                .map(|split| shares_of(playlist, split))
                .collect(),
        };
        names.iter().enumerate().map(list).collect()
    }
}
