//! One trial of a search as a training of the first fold.

use std::ops::ControlFlow;
use std::path::PathBuf;

use model::tch::Device;

use crate::{TrainConfig, TrainError, Trainer, TrainingSet};
use evaluation::EpochRecord;

/// Trains the presets that a [`Search`](crate::Search) draws, each from the same data and initial weights.
pub struct TrialRunner<'a> {
    /// The data of every trial.
    pub training_set: &'a TrainingSet,
    /// Initial weights (safetensors) and their path, for messages.
    pub initial_weights: Option<(&'a [u8], PathBuf)>,
    /// Where the network runs.
    pub device: Device,
    /// Folder for the checkpoint of the running trial, which is deleted when the trial ends.
    pub folder: PathBuf,
    /// Called with the trial's name and each of its epochs.
    pub announce: &'a dyn Fn(&str, &EpochRecord),
}

impl TrialRunner<'_> {
    /// Trains trial `number` with `config` until it ends or `watch` breaks.
    ///
    /// # Errors
    /// As [`Trainer::train_first_fold`].
    pub fn run(
        &self,
        number: u64,
        config: &TrainConfig,
        watch: &dyn Fn(&EpochRecord) -> ControlFlow<()>,
    ) -> Result<(), TrainError> {
        let name = format!("trial-{number}");
        let folder = self.folder.join(&name);
        let dataset = self.training_set.dataset(config)?;
        let trainer = Trainer {
            config,
            dataset: &dataset,
            playlists: &self.training_set.playlists,
            tracks: &self.training_set.tracks,
            plan: &self.training_set.plan,
            initial_weights: self.initial_weights.clone(),
            device: self.device,
            folder: folder.clone(),
            announce: self.announce,
        };
        // The checkpoint of an interrupted trial is of no use: the search did not observe its epochs.
        let _ = std::fs::remove_dir_all(&folder);
        let trained = trainer.train_first_fold(&|epoch| {
            (self.announce)(&name, epoch);
            watch(epoch)
        });
        let _ = std::fs::remove_dir_all(&folder);
        trained.map(|_| ())
    }
}
