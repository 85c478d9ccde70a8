//! The history of a training, one record per epoch.

use serde::{Deserialize, Serialize};

/// The losses and scores of one epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochRecord {
    /// From 1.
    pub epoch: usize,
    /// Mean training loss, in nats.
    pub train_loss: f64,
    /// On complete songs of the validation partition. `None` if there is none.
    pub validation: Option<Validation>,
}

/// The network on the validation partition.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Validation {
    /// Mean loss, in nats.
    pub loss: f64,
    /// Fraction of tracks with a true playlist ranked first.
    pub top_1: f64,
    /// The same among the best three.
    pub top_3: f64,
    /// The same among the best five.
    pub top_5: f64,
}

/// The epoch with the smallest validation loss, from 1. Without validation the last one; 0 if there is none.
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
