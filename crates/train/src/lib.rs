//! Catalogue and clips to weights. Clips and the playlists of each come in, a network and its predictions on artists
//! that it never heard go out; on the way a checkpoint each epoch, so that a broken run resumes and ends the same.
//!
//! Must not: read a catalogue, draw a chart or write a bundle. Tensors stay in here and in `model`.

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
    #[error(
        "{path}: {reason}; free some room and run the same command again: it goes on where it stopped"
    )]
    Save { path: PathBuf, reason: String },
    #[error(
        "{0}: here lies a training with other settings or other tracks; delete the folder, or choose another --out"
    )]
    OtherTraining(PathBuf),
    #[error(transparent)]
    Split(#[from] SplitError),
    #[error(
        "the loss is no longer a number after epoch {epoch}; lower the learning rates of the preset"
    )]
    Diverged { epoch: usize },
    #[error(
        "the windows of a batch could not be made: {0}; what is saved stays, run the same command again"
    )]
    Windows(String),
    #[error(
        "the preset's loss has a reconstruction term, and {0} has no decoder; set reconstruction = 0, or choose conv-encoder"
    )]
    NoDecoder(&'static str),
}

impl From<tch::TchError> for TrainError {
    fn from(reason: tch::TchError) -> Self {
        Self::Model(reason.into())
    }
}
