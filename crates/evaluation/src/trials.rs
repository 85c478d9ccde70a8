//! The trials of a hyperparameter search.

use std::collections::BTreeMap;

use serde::Serialize;

use super::EpochRecord;

/// One training with settings that were drawn.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trial {
    /// From 1.
    pub number: u64,
    /// How the trial ended.
    #[serde(rename = "ending")]
    pub outcome: TrialOutcome,
    /// The drawn settings by their dotted path in the preset.
    pub values: BTreeMap<String, toml::Value>,
    /// The epoch with the smallest validation loss. `None` if the trial failed.
    pub best: Option<EpochRecord>,
    /// The error message. `None` if the trial did not fail.
    #[serde(rename = "why")]
    pub reason: Option<String>,
}

/// How a trial ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TrialOutcome {
    /// Ran all its epochs.
    Finished,
    /// Stopped early, because its loss was above the median of the trials before it.
    Pruned,
    /// Ended with an error.
    Failed,
}

impl Trial {
    /// The smallest validation loss, the objective of the search. `None` if the trial failed.
    pub fn loss(&self) -> Option<f64> {
        Some(self.best.as_ref()?.validation?.loss)
    }
}

/// The finished trials, sorted by validation loss.
pub fn best_trials(trials: &[Trial]) -> Vec<&Trial> {
    let mut finished: Vec<(f64, &Trial)> = trials
        .iter()
        .filter(|trial| trial.outcome == TrialOutcome::Finished)
        .filter_map(|trial| Some((trial.loss()?, trial)))
        .collect();
    finished.sort_by(|left, right| left.0.total_cmp(&right.0));
    finished.into_iter().map(|(_, trial)| trial).collect()
}

/// How much of the spread of the loss each setting explains (functional analysis of variance, Hutter et al. 2014).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Importance {
    /// Path of each setting and the fraction of the variance that it explains alone, the largest first.
    pub alone: Vec<(String, f64)>,
    /// The fraction that pairs of settings explain together.
    pub together: f64,
}
