//! A search for settings. Input: a preset, a space of ranges and a function that trains. Output: trials, each logged as
//! soon as it has ended.
//!
//! Settings are drawn by TPE (tree-structured Parzen estimators, Bergstra et al. 2011), and a trial is pruned if it is
//! worse than the median of the trials before it. The objective to minimise is the lowest validation loss: it changes with
//! every fit, while top-1 moves in steps of one track; and early stopping uses it too. Trials with different losses cannot
//! be compared, so a space must not contain the loss.
//!
//! The log is the only state. It is read again before each draw, and a draw depends on the seed, the number of the trial
//! and the log only; so an interrupted search resumes with the same draws.
//!
//! Invariants: no network, no catalogue, no clip.

mod dimension;
mod space;
mod trial_log;

#[cfg(test)]
mod tests;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::io;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use optimizer::pruner::{MedianPruner, Pruner as _};
use optimizer::sampler::tpe::TpeSampler;
use optimizer::sampler::{CompletedTrial, Sampler as _};
use optimizer::storage::MemoryStorage;
use optimizer::{AttrValue, Direction, Study, TrialState};

pub use self::space::Space;
use self::trial_log::TrialLog;
use super::loader::panic_message;
use super::{TrainConfig, TrainError};
use evaluation::{EpochRecord, Importance, Trial, TrialOutcome, Validation};

/// Width of the sampler's kernels as a fraction of a range. Its default widths shrink onto the first good trials, and its
/// best of 40 trials of two settings is then worse than that of random search.
const KDE_BANDWIDTH: f64 = 0.1;
/// Candidates of which the sampler takes the best. More of them favour the ends of a range, where trials are few.
const N_EI_CANDIDATES: usize = 4;
/// Trials that are drawn uniformly before the sampler models the loss.
const N_STARTUP_TRIALS: usize = 10;
/// Finished trials that the median needs.
const PRUNER_MIN_TRIALS: usize = 5;
/// Epochs before a trial can be pruned: in the first one the learning rate may still rise.
const PRUNER_WARMUP_EPOCHS: u64 = 2;
/// Finished trials that the importance of settings needs.
const MIN_TRIALS_FOR_IMPORTANCE: usize = 10;
/// The loss of a failed trial: worse than any other, and finite, because JSON has no infinity.
const FAILED_LOSS: f64 = 1e300;

/// Trains one trial: its number from 1, its settings, and a callback for its epochs that may end it.
pub type Training<'a> = dyn FnMut(u64, &TrainConfig, &dyn Fn(&EpochRecord) -> ControlFlow<()>) -> Result<(), TrainError>
    + 'a;

/// A search.
pub struct Search<'a> {
    /// Settings that are not in the space.
    pub preset: &'a TrainConfig,
    /// The settings to search.
    pub space: &'a Space,
    /// Identifies the training set and the initial weights, as [`TrainingSet::fingerprint`](crate::TrainingSet::fingerprint);
    /// another text is another search.
    pub training_set: &'a str,
    /// Path of the log (JSON lines).
    pub log: PathBuf,
}

/// Why a search cannot run.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// The space or a value in it is invalid.
    #[error("--space: {path}: {reason}")]
    Space {
        /// Dotted path of the setting, or `the file`.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// A file cannot be read or written.
    #[error("{path}: {source}; check the name and that you may read and write it")]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The log is not one of this program.
    #[error(
        "{path}: cannot read this log ({reason}); delete it to start again, or choose another --out"
    )]
    Damaged {
        /// The log.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The log is of another search.
    #[error(
        "{path}: this log is of a search with another {thing}; choose another --out, or delete it to start again"
    )]
    Foreign {
        /// The log.
        path: PathBuf,
        /// What differs.
        thing: &'static str,
    },
    /// A trial could not be logged.
    #[error(
        "{0}: cannot write a trial; free some space and run the same command again, it resumes"
    )]
    Write(PathBuf),
    /// An error that every trial would have.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// An error of the optimizer crate.
    #[error("the sampler failed: {0}; report this as a bug")]
    Sampler(#[from] optimizer::Error),
}

impl Search<'_> {
    /// Runs trials until the log has this many, failed ones included, and returns all. `announce` is called with each trial
    /// that ends in this run.
    ///
    /// # Errors
    /// Returns an error if the log cannot be used, or for a failure that every trial would have; a trial that fails by its
    /// settings is logged as failed.
    pub fn run(
        &self,
        trials: u64,
        training: &mut Training,
        announce: &dyn Fn(&Trial),
    ) -> Result<Vec<Trial>, SearchError> {
        let trial_log = TrialLog::open(&self.log, self.identity()?)?;
        loop {
            let history = trial_log.read(self.space)?;
            let id = history.last().map_or(0, |last| last.id + 1);
            if id >= trials {
                return Ok(history.iter().map(|trial| self.to_trial(trial)).collect());
            }
            let ended = self.run_trial(id, &history, training)?;
            announce(&self.to_trial(&ended));
            trial_log.append(ended, self.space)?;
        }
    }

    /// The importance of each setting by fANOVA (Hutter et al. 2014) over the finished trials; `None` if they are too few.
    ///
    /// # Errors
    /// Returns an error if the log cannot be used.
    pub fn importance(&self) -> Result<Option<Importance>, SearchError> {
        let trial_log = TrialLog::open(&self.log, self.identity()?)?;
        let mut finished = trial_log.read(self.space)?;
        finished.retain(|trial| trial.state == TrialState::Complete);
        if finished.len() < MIN_TRIALS_FOR_IMPORTANCE {
            return Ok(None);
        }
        let study: Study<f64> = Study::builder()
            .minimize()
            .storage(MemoryStorage::with_trials(finished))
            .build();
        let alone = study.fanova()?.main_effects;
        let sum: f64 = alone.iter().map(|(_, share)| share).sum();
        Ok((sum > 0.0).then(|| Importance {
            alone,
            together: (1.0 - sum).max(0.0),
        }))
    }

    /// The preset with the settings of a trial as TOML for `train`, with a comment on its origin.
    ///
    /// # Errors
    /// Returns an error if the preset does not accept the settings.
    pub fn preset_toml(&self, trial: &Trial) -> Result<String, SearchError> {
        let config = self.space.patch(self.preset, &trial.values)?;
        let text = toml::to_string(&config).map_err(|reason| self.preset_error(reason))?;
        let (number, loss) = (trial.number, trial.loss().unwrap_or(f64::NAN));
        Ok(format!(
            "# Trial {number} of `playlist-fit tune`: validation loss {loss:.4}. The artists on which `train` tests a single\n\
             # fold with this seed had no part in the choice.\n{text}"
        ))
    }

    fn identity(&self) -> Result<Vec<(&'static str, String)>, SearchError> {
        let preset = toml::to_string(self.preset).map_err(|reason| self.preset_error(reason))?;
        let hash = |text: &str| blake3::hash(text.as_bytes()).to_hex()[..16].to_owned();
        Ok(vec![
            ("preset", hash(&preset)),
            ("space", hash(&self.space.describe())),
            ("data set", hash(self.training_set)),
        ])
    }

    fn preset_error(&self, reason: toml::ser::Error) -> SearchError {
        SearchError::Space {
            path: self.preset.name.clone(),
            reason: reason.to_string(),
        }
    }

    /// The crate's sampler confuses settings with equal ranges and counts its calls; so each setting is drawn from its own
    /// history by a new sampler. Every range is mapped to 0–1, because the width of the kernels is for that.
    fn draw(&self, id: u64, history: &[CompletedTrial]) -> Result<CompletedTrial, SearchError> {
        let sampler = TpeSampler::builder()
            .seed(self.preset.seed)
            .n_startup_trials(N_STARTUP_TRIALS)
            .n_ei_candidates(N_EI_CANDIDATES)
            .kde_bandwidth(KDE_BANDWIDTH)
            .build()?;
        let (mut params, mut distributions, mut labels) =
            (HashMap::new(), HashMap::new(), HashMap::new());
        for dimension in &self.space.dimensions {
            let unit = dimension.unit();
            let of_this = |past: &CompletedTrial| {
                let value = dimension.to_unit(past.params.get(&dimension.id)?);
                Some(CompletedTrial::new(
                    past.id,
                    HashMap::from([(dimension.id, value)]),
                    HashMap::from([(dimension.id, unit.clone())]),
                    HashMap::new(),
                    past.value,
                ))
            };
            let own: Vec<CompletedTrial> = history.iter().filter_map(of_this).collect();
            let drawn = dimension.from_unit(sampler.sample(&unit, id, &own));
            params.insert(dimension.id, drawn);
            distributions.insert(dimension.id, dimension.distribution.clone());
            labels.insert(dimension.id, dimension.path.clone());
        }
        Ok(CompletedTrial::new(
            id,
            params,
            distributions,
            labels,
            FAILED_LOSS,
        ))
    }

    /// Draws the settings, trains, and returns the trial as it is logged.
    fn run_trial(
        &self,
        id: u64,
        history: &[CompletedTrial],
        training: &mut Training,
    ) -> Result<CompletedTrial, SearchError> {
        let mut trial = self.draw(id, history)?;
        let config = match self.space.patch(self.preset, &self.space.values(&trial)) {
            Ok(config) => config,
            Err(reason) => return Ok(failed(trial, reason.to_string())),
        };
        let monitor = TrialMonitor::new(id, history, config.fine_tune.epochs);
        let trained = catch_unwind(AssertUnwindSafe(|| {
            training(id + 1, &config, &|epoch| monitor.observe(epoch))
        }));
        match trained {
            Ok(Ok(())) => {}
            Ok(Err(reason)) if is_fatal(&reason) => return Err(reason.into()),
            Ok(Err(reason)) => return Ok(failed(trial, reason.to_string())),
            // Inside the networks libtorch's errors, such as that of a full device, are panics.
            Err(panic) => return Ok(failed(trial, panic_message(panic.as_ref()))),
        }
        let Some(best) = monitor.best.take() else {
            let reason = "no epoch has a finite validation loss";
            return Ok(failed(trial, reason.into()));
        };
        trial.state = if monitor.pruned.get() {
            TrialState::Pruned
        } else {
            TrialState::Complete
        };
        trial.value = best.1.loss;
        trial.intermediate_values = monitor.steps.take();
        let Validation {
            top_1,
            top_3,
            top_5,
            ..
        } = best.1;
        trial.user_attrs = HashMap::from([
            ("epoch".into(), AttrValue::Int(best.0.epoch as i64)),
            ("train_loss".into(), best.0.train_loss.into()),
            ("top_1".into(), top_1.into()),
            ("top_3".into(), top_3.into()),
            ("top_5".into(), top_5.into()),
        ]);
        Ok(trial)
    }

    /// Converts a logged trial.
    fn to_trial(&self, trial: &CompletedTrial) -> Trial {
        let reason = match trial.user_attr("why") {
            Some(AttrValue::String(reason)) => Some(reason.clone()),
            _ => None,
        };
        Trial {
            number: trial.id + 1,
            outcome: match trial.state {
                TrialState::Complete => TrialOutcome::Finished,
                TrialState::Pruned => TrialOutcome::Pruned,
                TrialState::Running | TrialState::Failed => TrialOutcome::Failed,
            },
            values: self.space.values(trial),
            best: best_epoch_of(trial),
            reason,
        }
    }
}

/// Observes the epochs of a trial.
struct TrialMonitor<'a> {
    id: u64,
    history: &'a [CompletedTrial],
    /// Number of epochs after which the trial ends by itself.
    epochs: usize,
    pruner: MedianPruner,
    best: RefCell<Option<(EpochRecord, Validation)>>,
    /// Lowest loss up to each epoch.
    steps: RefCell<Vec<(u64, f64)>>,
    pruned: Cell<bool>,
}

impl<'a> TrialMonitor<'a> {
    fn new(id: u64, history: &'a [CompletedTrial], epochs: usize) -> Self {
        Self {
            id,
            history,
            epochs,
            pruner: MedianPruner::new(Direction::Minimize)
                .n_min_trials(PRUNER_MIN_TRIALS)
                .n_warmup_steps(PRUNER_WARMUP_EPOCHS),
            best: RefCell::default(),
            steps: RefCell::default(),
            pruned: Cell::new(false),
        }
    }

    fn observe(&self, epoch: &EpochRecord) -> ControlFlow<()> {
        let Some(validation) = epoch.validation.filter(|found| found.loss.is_finite()) else {
            return ControlFlow::Continue(());
        };
        let mut best = self.best.borrow_mut();
        let least = match best.as_ref() {
            Some((_, before)) if before.loss <= validation.loss => before.loss,
            _ => {
                *best = Some((epoch.clone(), validation));
                validation.loss
            }
        };
        let mut steps = self.steps.borrow_mut();
        let step = epoch.epoch as u64;
        steps.push((step, least));
        let is_worse = self
            .pruner
            .should_prune(self.id, step, &steps, self.history);
        if is_worse && epoch.epoch < self.epochs {
            self.pruned.set(true);
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }
}

fn failed(mut trial: CompletedTrial, reason: String) -> CompletedTrial {
    trial.state = TrialState::Failed;
    trial.user_attrs = HashMap::from([("why".into(), reason.into())]);
    trial
}

/// Whether every other trial would fail in the same way.
fn is_fatal(reason: &TrainError) -> bool {
    matches!(
        reason,
        TrainError::Save { .. }
            | TrainError::OtherTraining(_)
            | TrainError::Split(_)
            | TrainError::Leak(_)
            | TrainError::Clip(_)
    )
}

fn best_epoch_of(trial: &CompletedTrial) -> Option<EpochRecord> {
    let number = |name: &str| match trial.user_attr(name) {
        Some(AttrValue::Float(number)) => Some(*number),
        _ => None,
    };
    let Some(AttrValue::Int(epoch)) = trial.user_attr("epoch") else {
        return None;
    };
    Some(EpochRecord {
        epoch: usize::try_from(*epoch).ok()?,
        train_loss: number("train_loss")?,
        validation: Some(Validation {
            loss: trial.value,
            top_1: number("top_1")?,
            top_3: number("top_3")?,
            top_5: number("top_5")?,
        }),
    })
}
