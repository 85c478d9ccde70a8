//! What a search for settings came to, trial by trial.

use std::collections::BTreeMap;

use serde::Serialize;

use super::EpochRecord;

/// One training with settings that were drawn.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trial {
    /// From 1.
    pub number: u64,
    #[serde(rename = "ending")]
    pub outcome: TrialOutcome,
    /// The drawn settings by their dotted path in the preset.
    pub values: BTreeMap<String, toml::Value>,
    /// The epoch that validated best; none where the trial failed.
    pub best: Option<EpochRecord>,
    /// Why it failed; none where it did not.
    #[serde(rename = "why")]
    pub reason: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum TrialOutcome {
    Finished,
    /// Stopped early, because it did worse than half of those before it.
    Pruned,
    Failed,
}

impl Trial {
    /// The least validation loss, which a search makes small; none where the trial failed.
    pub fn loss(&self) -> Option<f64> {
        Some(self.best.as_ref()?.validation?.loss)
    }
}

/// Those that finished, the least validation loss first.
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
    /// Path and share of each setting alone, the largest first.
    pub alone: Vec<(String, f64)>,
    /// The share that only two settings together explain.
    pub together: f64,
}
