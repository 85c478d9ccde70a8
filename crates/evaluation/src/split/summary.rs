//! Sizes, playlists, audits and near-duplicates of the splits of a training, as the command `split` shows them.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{ExcludedFromSplit, ListShares, Split, SplitAudit, SplitPlan, Splits};
use neighbours::StoredTrack;

/// The splits of a training in numbers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SplitSummary {
    /// Number of tracks that are split.
    pub tracks: usize,
    /// Number of groups: artists that share a song count as one.
    pub artists: usize,
    /// One per fold.
    pub splits: Vec<SplitSizes>,
    /// One per playlist, in the order of the network's outputs.
    pub playlists: Vec<ListShares>,
    /// Tracks that are in no partition, with the reason.
    #[serde(rename = "aside")]
    pub excluded: Vec<ExcludedFromSplit>,
    /// One per fold; `None` unless asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audit: Option<Vec<SplitAudit>>,
    /// Clusters of near-duplicates; `None` unless asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub near_duplicates: Option<Vec<Vec<NearDuplicate>>>,
}

/// Number of tracks in each partition of a fold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SplitSizes {
    /// Name of the fold, as in the folder of its checkpoint.
    pub name: String,
    /// Tracks that are trained on.
    pub train: usize,
    /// Tracks that decide when to stop.
    pub validation: usize,
    /// Tracks that are tested.
    pub test: usize,
}

/// A track that is one recording with others, by its acoustic fingerprint.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NearDuplicate {
    /// As in the catalogue.
    pub title: String,
    /// As in the catalogue.
    pub artists: Vec<String>,
    /// Hash of its coded audio.
    #[serde(rename = "content")]
    pub audio_hash: String,
    /// Fraction of bits in which its fingerprint differs from the nearest of the cluster, 0–1.
    pub bit_error: f64,
}

/// What the splits were made from.
pub struct SplitInput<'a> {
    /// The tracks of [`Splits::new`].
    pub tracks: &'a [StoredTrack],
    /// Names of the playlists.
    pub playlists: &'a [String],
    /// The plan of [`Splits::new`].
    pub plan: &'a SplitPlan,
    /// Pairs of near-duplicates as track indices, with the fraction of bits that differ.
    pub duplicates: &'a [(usize, usize, f64)],
    /// Seed of the naive split that the audit compares with.
    pub seed: u64,
}

impl SplitSummary {
    /// Counts the splits of `input`; with `audit` it also audits them and lists the near-duplicates.
    #[must_use]
    pub fn new(splits: &Splits, input: &SplitInput, audit: bool) -> Self {
        let tracks = input.tracks.iter();
        let truth: Vec<Vec<usize>> = tracks.map(|track| track.playlists.clone()).collect();
        let audited = |split: &Split| SplitAudit::new(split, &splits.artist_links, input.seed);
        Self {
            tracks: input.tracks.len(),
            artists: splits.count,
            splits: splits.splits.iter().enumerate().map(sizes).collect(),
            playlists: ListShares::of(&splits.splits, &truth, input.playlists),
            excluded: splits.excluded.clone(),
            audit: audit.then(|| splits.splits.iter().map(audited).collect()),
            near_duplicates: audit.then(|| clusters(input)),
        }
    }
}

fn sizes((fold, split): (usize, &Split)) -> SplitSizes {
    SplitSizes {
        name: format!("rotation-{}", fold + 1),
        train: split.train.len(),
        validation: split.validation.len(),
        test: split.test.len(),
    }
}

/// The clusters of near-duplicates, each in the order of its tracks.
fn clusters(input: &SplitInput) -> Vec<Vec<NearDuplicate>> {
    let cluster_of = input.plan.clusters(input.tracks.len());
    let mut clusters: BTreeMap<usize, Vec<NearDuplicate>> = BTreeMap::new();
    for (index, (track, cluster)) in input.tracks.iter().zip(cluster_of).enumerate() {
        let Some(first) = cluster else { continue };
        let own = input.duplicates.iter();
        let own = own.filter(|(left, right, _)| *left == index || *right == index);
        clusters.entry(first).or_default().push(NearDuplicate {
            title: track.title.clone(),
            artists: track.artists.clone(),
            audio_hash: track.audio_hash.clone(),
            bit_error: own.map(|(.., bit_error)| *bit_error).fold(1.0, f64::min),
        });
    }
    clusters.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_duplicates_are_clustered_with_their_least_bit_error() {
        let tracks: Vec<StoredTrack> = ["a", "b", "c", "d"]
            .map(|title| StoredTrack {
                title: title.into(),
                ..StoredTrack::default()
            })
            .to_vec();
        let input = SplitInput {
            tracks: &tracks,
            playlists: &[],
            plan: &SplitPlan {
                near_duplicates: vec![(0, 2), (2, 3)],
                test_after: None,
            },
            duplicates: &[(0, 2, 0.2), (2, 3, 0.1)],
            seed: 1,
        };
        let found = clusters(&input);
        let found: Vec<(&str, f64)> = found
            .iter()
            .flatten()
            .map(|track| (track.title.as_str(), track.bit_error))
            .collect();
        assert_eq!(found, [("a", 0.2), ("c", 0.1), ("d", 0.1)]);
    }
}
