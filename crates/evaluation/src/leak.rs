//! Detects test tracks that share an artist or recording with the training set.

use super::{HeldOutScores, LeakCheck};

impl LeakCheck {
    /// Counts the linked test tracks; `None` if links were not computed.
    pub(super) fn new(held_out_scores: &HeldOutScores) -> Option<Self> {
        if held_out_scores.leaks.is_empty() {
            return None;
        }
        let tracks = held_out_scores.leaks.iter().filter(|&&leaks| leaks).count();
        Some(Self {
            leaks: tracks > 0,
            tracks,
            sentence: String::new(),
        })
    }
}
