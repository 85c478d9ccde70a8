//! The log of a search: a line of JSON for each trial that has ended.
//!
//! [`JournalStorage`] leaves three things to its user. It does not open a log with a truncated last line, so such a line
//! is removed. It does not report a line that could not be written, so the log is read back. Its ids of settings count up
//! within a process, so settings are matched by name.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};

use optimizer::AttrValue;
use optimizer::sampler::CompletedTrial;
use optimizer::storage::{JournalStorage, Storage as _};

use super::SearchError;
use super::space::Space;

/// The log of one search.
pub struct TrialLog {
    path: PathBuf,
    /// Name and hash of each thing that must be equal for trials to be comparable.
    identity: Vec<(&'static str, String)>,
}

impl TrialLog {
    /// Opens the log and removes a truncated last line.
    ///
    /// # Errors
    /// Returns an error if the log cannot be read or written.
    pub fn open(path: &Path, identity: Vec<(&'static str, String)>) -> Result<Self, SearchError> {
        let failed = |source| SearchError::Read {
            path: path.into(),
            source,
        };
        if path.exists() {
            let bytes = fs::read(path).map_err(failed)?;
            let whole = bytes.iter().rposition(|byte| *byte == b'\n');
            let whole = whole.map_or(0, |place| place + 1);
            if whole < bytes.len() {
                let file = OpenOptions::new().write(true).open(path);
                file.and_then(|file| file.set_len(whole as u64))
                    .map_err(failed)?;
            }
        }
        Ok(Self {
            path: path.into(),
            identity,
        })
    }

    /// The trials so far, in their order.
    ///
    /// # Errors
    /// Returns an error if the log is damaged, or of another search.
    pub fn read(&self, space: &Space) -> Result<Vec<CompletedTrial>, SearchError> {
        let storage =
            JournalStorage::<f64>::open(&self.path).map_err(|reason| self.damaged(&reason))?;
        let mut trials = storage.trials_arc().read().clone();
        trials.sort_by_key(|trial| trial.id);
        for trial in &mut trials {
            for (thing, hash) in &self.identity {
                if trial.user_attr(thing) != Some(&AttrValue::String(hash.clone())) {
                    return Err(SearchError::Foreign {
                        path: self.path.clone(),
                        thing,
                    });
                }
            }
            relabel_params(trial, space)
                .ok_or_else(|| self.damaged(&"a trial lacks a setting of the space"))?;
        }
        Ok(trials)
    }

    /// Adds a trial that has ended.
    ///
    /// # Errors
    /// Returns an error if it could not be written.
    pub fn append(&self, mut trial: CompletedTrial, space: &Space) -> Result<(), SearchError> {
        for (thing, hash) in &self.identity {
            trial
                .user_attrs
                .insert((*thing).into(), hash.clone().into());
        }
        let id = trial.id;
        let storage =
            JournalStorage::<f64>::open(&self.path).map_err(|reason| self.damaged(&reason))?;
        storage.push(trial);
        let written = self.read(space).unwrap_or_default();
        if written.iter().any(|trial| trial.id == id) {
            Ok(())
        } else {
            Err(SearchError::Write(self.path.clone()))
        }
    }

    fn damaged(&self, reason: &dyn std::fmt::Display) -> SearchError {
        SearchError::Damaged {
            path: self.path.clone(),
            reason: reason.to_string(),
        }
    }
}

/// Replaces the ids and ranges of the process that wrote the trial by those of the space; `None` if one is missing.
fn relabel_params(trial: &mut CompletedTrial, space: &Space) -> Option<()> {
    let labels = std::mem::take(&mut trial.param_labels);
    let params = std::mem::take(&mut trial.params);
    trial.distributions.clear();
    for dimension in &space.dimensions {
        let (id, _) = labels.iter().find(|(_, label)| **label == dimension.path)?;
        let value = params.get(id)?.clone();
        dimension.value(&value)?;
        trial.params.insert(dimension.id, value);
        trial
            .distributions
            .insert(dimension.id, dimension.distribution.clone());
        trial
            .param_labels
            .insert(dimension.id, dimension.path.clone());
    }
    Some(())
}
