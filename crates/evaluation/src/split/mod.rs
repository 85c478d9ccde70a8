//! Train/validation/test splits grouped by artist and recording (GroupKFold).
//!
//! Input: tracks. Output: partitions, and an audit that no artist or recording is in two of them.

mod artist_links;
mod audit;
mod folds;
mod splits;
mod summary;
#[cfg(test)]
mod tests;

pub use artist_links::{ArtistLinks, Link, artist_names};
pub use audit::{ListShares, PartitionCounts, SplitAudit, SplitOverlap};
pub use folds::{artist_components, connected_components, folds, folds_of_artists, group_of};
pub use splits::{ExcludedFromSplit, FOLDS, SplitError, SplitPlan, Splits};
pub use summary::{NearDuplicate, SplitInput, SplitSizes, SplitSummary};

use std::collections::HashMap;

/// Three partitions, as indices of tracks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Split {
    /// The training set.
    pub train: Vec<usize>,
    /// Decides when training stops.
    pub validation: Vec<usize>,
    /// The held-out set.
    pub test: Vec<usize>,
}

/// A link between two partitions of a split.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error(
    "this split leaks: {link} is in both the {one} and the {other} partition, so the scores would be too high; split by \
     artist and recording, see `playlist-fit split --audit`"
)]
pub struct Leak {
    /// Such as `artist X`.
    pub link: String,
    /// The first partition.
    pub one: &'static str,
    /// The second partition.
    pub other: &'static str,
}

impl Split {
    /// The three partitions with their names: train, validation, test.
    pub fn partitions(&self) -> [(&'static str, &[usize]); 3] {
        [
            ("train", &self.train),
            ("validation", &self.validation),
            ("test", &self.test),
        ]
    }

    /// With five folds: `test_fold` is the test partition, the next one validation, the other three train (60/20/20).
    pub fn for_fold(folds: &[usize], count: usize, test_fold: usize) -> Self {
        let mut split = Self::default();
        for (track, &fold) in folds.iter().enumerate() {
            match (fold + count - test_fold % count) % count {
                0 => split.test.push(track),
                1 => split.validation.push(track),
                _ => split.train.push(track),
            }
        }
        split
    }

    /// Checks that no artist, recording or near-duplicate is in two partitions.
    ///
    /// # Errors
    /// The first link between two partitions.
    pub fn audit(&self, artist_links: &[ArtistLinks]) -> Result<(), Leak> {
        let mut partition_of: HashMap<Link, &'static str> = HashMap::new();
        for (partition, tracks) in self.partitions() {
            for link in tracks.iter().flat_map(|&track| artist_links[track].links()) {
                match partition_of.insert(link.clone(), partition) {
                    Some(other) if other != partition => {
                        return Err(Leak {
                            link: link.to_string(),
                            one: other,
                            other: partition,
                        });
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }
}
