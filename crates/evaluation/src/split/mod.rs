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

/// Tracks by their place in the list, on three sides.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Split {
    pub train: Vec<usize>,
    pub validation: Vec<usize>,
    pub test: Vec<usize>,
}

/// What stands on two sides of a split.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error(
    "this split leaks: {link} is on both the {one} and the {other} side, so the result would be flattered; split by artist \
     and recording, as `playlist-fit split --audit` shows"
)]
pub struct Leak {
    pub link: String,
    pub one: &'static str,
    pub other: &'static str,
}

impl Split {
    /// The three sides with their names, in the order of their work.
    pub fn partitions(&self) -> [(&'static str, &[usize]); 3] {
        [
            ("train", &self.train),
            ("validation", &self.validation),
            ("test", &self.test),
        ]
    }

    /// Of five folds, `test_fold` is tested, the next one validates and the other three train: 60/20/20.
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

    /// Proves that no artist and no recording, as a file or as it sounds, stands on two sides.
    ///
    /// # Errors
    /// The first tie that does.
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
