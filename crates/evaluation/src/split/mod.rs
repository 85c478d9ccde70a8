//! Who trains, who decides when to stop, who is tested: artists and recordings, never clips.
//!
//! Tracks and what is known of them come in, sides go out, and the proof that no side knows another.

mod audit;
mod credits;
mod deal;
mod folds;
#[cfg(test)]
mod tests;

pub use audit::{Audit, ListShares, Overlap, SideCounts};
pub use credits::{Credits, Tie, artist_names};
pub use deal::{Aside, Deal, FOLDS, SplitError, SplitPlan};
pub use folds::{artist_components, folds, folds_of_artists, joined, owners};

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
    "this split leaks: {tie} is on both the {one} and the {other} side, so the result would be flattered; split by artist \
     and recording, as `playlist-fit split --audit` shows"
)]
pub struct Leak {
    pub tie: String,
    pub one: &'static str,
    pub other: &'static str,
}

impl Split {
    /// The three sides with their names, in the order of their work.
    pub fn sides(&self) -> [(&'static str, &[usize]); 3] {
        [
            ("train", &self.train),
            ("validation", &self.validation),
            ("test", &self.test),
        ]
    }

    /// Of five folds, `rotation` is tested, the next one validates and the other three train: 60/20/20.
    pub fn rotation(folds: &[usize], count: usize, rotation: usize) -> Self {
        let mut split = Self::default();
        for (track, &fold) in folds.iter().enumerate() {
            match (fold + count - rotation % count) % count {
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
    pub fn audit(&self, credits: &[Credits]) -> Result<(), Leak> {
        let mut side_of: HashMap<Tie, &'static str> = HashMap::new();
        for (side, tracks) in self.sides() {
            for tie in tracks.iter().flat_map(|&track| credits[track].ties()) {
                match side_of.insert(tie.clone(), side) {
                    Some(other) if other != side => {
                        return Err(Leak {
                            tie: tie.to_string(),
                            one: other,
                            other: side,
                        });
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }
}
