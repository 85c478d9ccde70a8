//! Catalogue and clips to a bundle: collects a training set ([`TrainingSet`]), trains by a preset ([`TrainConfig`],
//! [`Trainer`]), searches presets ([`Search`]) and evaluates bundles on held-out tracks ([`HeldOutSet`]). A checkpoint
//! after each epoch lets an interrupted run resume with the same result.
//!
//! Invariants: no chart, no Parquet file, no network service. Tensors are used here and in `model` only.

mod adamw;
mod attention;
mod augment;
mod checkpoint;
mod clips;
mod config;
mod dataset;
mod evaluator;
mod export;
mod fold;
mod frozen_features;
mod head;
mod held_out;
mod loader;
mod loss;
mod optimizer_state;
mod predict;
mod preset;
#[cfg(test)]
mod preset_docs;
mod sampler;
mod schedule;
mod search;
mod trainer;
mod training_set;
mod trial_runner;

pub use adamw::AdamW;
pub use attention::train_attention;
pub use augment::{
    Augmentation, CHAIN_NAME, Chance, EchoChance, EffectChain, Levels, Preview, Previewer,
    SpecAugment, Variant,
};
pub use clips::ClipWindows;
pub use config::{FineTuneConfig, LinearProbeConfig, TrainConfig};
pub use dataset::{Dataset, WindowSource};
pub use evaluator::Evaluator;
pub use export::Notice;
pub use fold::Fold;
pub use head::hidden_units;
pub use held_out::HeldOutSet;
pub use loss::LossConfig;
pub use predict::{SongPredictions, predict_songs, predict_windows};
pub use preset::{ConfigError, PRESETS, Preset};
pub use search::{Search, SearchError, Space, Training};
pub use trainer::{Trainer, TrainingResult};
pub use training_set::{Progress, Selection, TrainingSet};
pub use trial_runner::TrialRunner;

use model::tch;
use std::path::PathBuf;

use audio::AudioError;
use evaluation::{Leak, SplitError};
use model::ModelError;

#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error(transparent)]
    Predict(#[from] inference::PredictError),
    #[error(transparent)]
    Clip(#[from] AudioError),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Leak(#[from] Leak),
    #[error("{path}: {reason}; free some space and run the same command again, it resumes")]
    Save { path: PathBuf, reason: String },
    #[error(
        "{0}: the checkpoint is of a training with other settings or tracks; delete the folder, or choose another --out"
    )]
    OtherTraining(PathBuf),
    #[error(transparent)]
    Split(#[from] SplitError),
    #[error("the loss is not finite after epoch {epoch}; lower the learning rates of the preset")]
    Diverged { epoch: usize },
    #[error(
        "the windows of a batch could not be computed: {0}; run the same command again, it resumes"
    )]
    Windows(String),
    #[error(
        "the preset's loss has a reconstruction term, but {0} has no decoder; set loss.reconstruction = 0, or choose conv-encoder"
    )]
    NoDecoder(&'static str),
}

impl From<tch::TchError> for TrainError {
    fn from(reason: tch::TchError) -> Self {
        Self::Model(reason.into())
    }
}
