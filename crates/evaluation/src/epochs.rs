//! What a training came to, epoch by epoch.

use serde::{Deserialize, Serialize};

/// What an epoch came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochRecord {
    /// From 1.
    pub epoch: usize,
    pub train_loss: f64,
    /// On whole songs of artists that do not train; none where all artists do.
    pub validation: Option<Validation>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Validation {
    pub loss: f64,
    pub top_1: f64,
    pub top_3: f64,
    pub top_5: f64,
}

/// The epoch whose validation lost least; the last one where nothing validates; 0 before the first.
pub fn best_epoch(history: &[EpochRecord]) -> usize {
    let loss = |record: &EpochRecord| record.validation.map(|validation| validation.loss);
    let validated = history
        .iter()
        .filter_map(|record| Some((record.epoch, loss(record)?)));
    let best = validated
        .min_by(|left, right| left.1.total_cmp(&right.1))
        .map(|best| best.0);
    best.unwrap_or(history.len())
}
