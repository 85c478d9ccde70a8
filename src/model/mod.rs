//! Log-mel to logits and embedding. Windows come in as `[windows, n_mels, frames]` in one flat `f32` slice, logits
//! `[windows, playlists]` and embeddings `[windows, width]` go out the same way.
//!
//! Must not: read audio, draw augmentations or know a song. Tensors stay in here and in `train`; one architecture a file.

mod adapter;
#[cfg(feature = "torch")]
mod architecture;
#[cfg(feature = "torch")]
mod autocast;
#[cfg(feature = "torch")]
mod device;
#[cfg(feature = "torch")]
mod head;
#[cfg(feature = "torch")]
mod linear;
#[cfg(feature = "torch")]
mod mobilenet_v3;
#[cfg(feature = "torch")]
mod network;
#[cfg(feature = "torch")]
mod stern_cnn;
#[cfg(feature = "torch")]
pub mod weights;

pub use adapter::{AdapterKind, AdapterPlan};

#[cfg(feature = "torch")]
pub use architecture::{Features, Trunk};
#[cfg(feature = "torch")]
pub use autocast::{Precision, autocast};
#[cfg(feature = "torch")]
pub use device::device;
#[cfg(feature = "torch")]
pub use network::Network;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The networks that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Architecture {
    /// EfficientAT's MobileNetV3 at width 0.4.
    Mn04,
    /// The playlist study's four convolutions.
    SternCnn,
}

/// Everything that fixes the shape of a network; stored beside its weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkShape {
    pub architecture: Architecture,
    /// Numbers in a window: `[n_mels, frames]`.
    pub mel_bands: usize,
    pub frames: usize,
    /// Outputs, one sigmoid each.
    pub playlists: usize,
    /// Share of hidden units left out while training.
    pub dropout: f64,
    /// Hidden units of a head of two layers; none for a head of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mlp_head: Option<usize>,
    /// Small matrices that learn in the place of the backbone's; merged into it when weights are saved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adapter: Option<AdapterPlan>,
}

impl Architecture {
    pub fn name(self) -> &'static str {
        match self {
            Self::Mn04 => "mn04",
            Self::SternCnn => "stern-cnn",
        }
    }

    /// The front end whose log-mels it reads.
    pub fn front_end(self) -> crate::mel::FrontEnd {
        match self {
            Self::Mn04 => crate::mel::FrontEnd::efficientat(),
            Self::SternCnn => crate::mel::FrontEnd::stern(),
        }
    }
}

/// What a network says of some windows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prediction {
    pub windows: usize,
    /// `[windows, playlists]`.
    pub logits: Vec<f32>,
    /// `[windows, width]`, as the network has them: not yet of unit length.
    pub embeddings: Vec<f32>,
}

/// Whoever can hear windows: the network, or a test's stand-in.
pub trait Listener {
    /// `[windows, n_mels, frames]` to logits and embeddings.
    ///
    /// # Errors
    /// Where the network cannot run (out of memory, a lost GPU).
    fn listen(&self, windows: &[f32]) -> Result<Prediction, ModelError>;
}

#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    #[error("{path}: {why}; check the file, or make the bundle again")]
    Weights { path: PathBuf, why: String },
    #[error("--device {0}: {1}")]
    Device(String, String),
    #[error("the network stopped: {0}")]
    Torch(String),
}

#[cfg(feature = "torch")]
impl From<tch::TchError> for ModelError {
    fn from(why: tch::TchError) -> Self {
        // libtorch appends a C++ stack trace that helps nobody here.
        let text = why.to_string();
        Self::Torch(text.lines().next().unwrap_or_default().to_owned())
    }
}
