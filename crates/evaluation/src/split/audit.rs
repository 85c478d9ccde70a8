//! The proof that a split does not leak, and what a split by track would have leaked.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde::Serialize;

use super::{Credits, Split, Tie};

/// What was counted of one split.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Audit {
    /// Train, validation and test.
    pub sides: [SideCounts; 3],
    /// Artists, recordings and clusters of near-duplicates that stand on more than one side: 0, or the split leaks.
    pub shared_ties: usize,
    /// What the tested tracks have in common with those that trained: nothing, or the split leaks.
    pub overlap: Overlap,
    /// What they would have had, had the same tracks been dealt one by one, into sides as large, from the same seed.
    pub naive: Overlap,
}

/// One side in numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SideCounts {
    pub side: &'static str,
    pub tracks: usize,
    /// Names of artists, with each that a credit may name.
    pub artists: usize,
    pub recordings: usize,
    /// Clusters of more than one track.
    pub near_duplicates: usize,
}

/// How many of the tested tracks have an artist, a recording or a near-duplicate among those that trained.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Overlap {
    pub tested: usize,
    pub artist: usize,
    pub recording: usize,
    pub near_duplicate: usize,
    /// Any of them.
    pub any: usize,
}

/// How a playlist's tracks fall on the sides.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ListShares {
    pub name: String,
    pub tracks: usize,
    /// `[splits][train, validation, test]`: shares of the tracks that stand on any side.
    pub shares: Vec<[f64; 3]>,
}

impl Audit {
    #[must_use]
    pub fn new(split: &Split, credits: &[Credits], seed: u64) -> Self {
        let mut sides_of: HashMap<Tie, BTreeSet<&str>> = HashMap::new();
        for (side, tracks) in split.sides() {
            for tie in tracks.iter().flat_map(|&track| credits[track].ties()) {
                sides_of.entry(tie).or_default().insert(side);
            }
        }
        let sides = split.sides().map(|(side, tracks)| {
            let here = |kind: fn(&Tie) -> bool| {
                let ties = sides_of.iter();
                ties.filter(|(tie, sides)| kind(tie) && sides.contains(side))
                    .count()
            };
            SideCounts {
                side,
                tracks: tracks.len(),
                artists: here(|tie| matches!(tie, Tie::Artist(_))),
                recordings: here(|tie| matches!(tie, Tie::Recording(_))),
                near_duplicates: here(|tie| matches!(tie, Tie::NearDuplicates(_))),
            }
        });
        Self {
            sides,
            shared_ties: sides_of.values().filter(|sides| sides.len() > 1).count(),
            overlap: Overlap::new(split, credits),
            naive: Overlap::new(&split.by_track(seed), credits),
        }
    }
}

impl Overlap {
    fn new(split: &Split, credits: &[Credits]) -> Self {
        let trained = split.train.iter().flat_map(|&track| credits[track].ties());
        let trained: HashSet<Tie> = trained.collect();
        let mut overlap = Self {
            tested: split.test.len(),
            ..Self::default()
        };
        for &track in &split.test {
            let ties = credits[track].ties();
            let shared: Vec<&Tie> = ties.iter().filter(|tie| trained.contains(tie)).collect();
            let has = |kind: fn(&Tie) -> bool| usize::from(shared.iter().any(|tie| kind(tie)));
            overlap.artist += has(|tie| matches!(tie, Tie::Artist(_)));
            overlap.recording += has(|tie| matches!(tie, Tie::Recording(_)));
            overlap.near_duplicate += has(|tie| matches!(tie, Tie::NearDuplicates(_)));
            overlap.any += usize::from(!shared.is_empty());
        }
        overlap
    }
}

impl Split {
    /// The same tracks, dealt one by one into sides as large as these: what a split by artist is there to avoid.
    #[must_use]
    pub fn by_track(&self, seed: u64) -> Self {
        let mut tracks: Vec<usize> = self
            .sides()
            .into_iter()
            .flat_map(|side| side.1.to_vec())
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
                .sides()
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
