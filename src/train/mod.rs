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
mod examine;
mod head;
mod kept;
mod loader;
mod loss;
mod predict;
mod rotation;
mod sampler;
mod schedule;
mod search;
mod session;
mod state;

pub use adamw::AdamW;
pub use attention::train_attention;
pub use augment::{Augmentation, Bundle, Chance, EchoChance, SpecAugment};
pub use clips::Clips;
pub use config::{ConfigError, EndToEnd, HeadAlone, TrainConfig};
pub use dataset::{Dataset, Recordings};
pub use examine::Examination;
pub use head::hidden_units;
pub use loss::LossConfig;
pub use predict::{SongPredictions, hear, predict};
pub use rotation::Rotation;
pub use search::{Search, SearchError, Space, Training};
pub use session::{Session, Trained};

use std::path::PathBuf;

use crate::audio::AudioError;
use crate::evaluate::{Leak, SplitError};
use crate::model::ModelError;

#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error(transparent)]
    Clip(#[from] AudioError),
    #[error(transparent)]
    Leak(#[from] Leak),
    #[error(
        "{path}: {why}; free some room and run the same command again: it goes on where it stopped"
    )]
    Save { path: PathBuf, why: String },
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
    fn from(why: tch::TchError) -> Self {
        Self::Model(why.into())
    }
}
