//! Log-mel to logits and embedding. Windows come in as `[windows, n_mels, frames]` in one flat `f32` slice, logits
//! `[windows, playlists]` and embeddings `[windows, width]` go out the same way.
//!
//! Must not: read audio, draw augmentations or know a song. Tensors stay in here and in `train`; one architecture a file.

mod adapter;
#[cfg(feature = "torch")]
mod architecture;
#[cfg(feature = "torch")]
mod ast;
#[cfg(feature = "torch")]
mod attention;
#[cfg(feature = "torch")]
mod autocast;
#[cfg(feature = "torch")]
mod conv_encoder;
#[cfg(feature = "torch")]
mod convolution;
#[cfg(feature = "torch")]
mod device;
#[cfg(feature = "torch")]
mod fcn;
#[cfg(feature = "torch")]
pub mod fused;
#[cfg(feature = "torch")]
mod glue;
#[cfg(all(test, feature = "torch"))]
mod golden;
#[cfg(feature = "torch")]
mod head;
#[cfg(feature = "torch")]
mod linear;
#[cfg(feature = "torch")]
mod mobilenet_v3;
#[cfg(feature = "torch")]
mod musicnn;
#[cfg(feature = "torch")]
mod network;
#[cfg(feature = "torch")]
mod resnet18;
#[cfg(feature = "torch")]
mod short_chunk_cnn;
#[cfg(feature = "torch")]
mod stern_cnn;
#[cfg(feature = "torch")]
pub mod weights;

pub use adapter::{AdapterKind, AdapterPlan};

#[cfg(feature = "torch")]
pub use architecture::{Features, Trunk};
#[cfg(feature = "torch")]
pub use attention::Attention;
#[cfg(feature = "torch")]
pub use autocast::{Precision, autocast};
#[cfg(feature = "torch")]
pub use device::{Machine, device, machine, one_thread_each};
#[cfg(feature = "torch")]
pub use network::Network;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::mel::FrontEnd;

/// The networks that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Architecture {
    /// EfficientAT's MobileNetV3 at width 0.4; the next ones are wider, up to 4.
    Mn04,
    Mn05,
    Mn10,
    Mn20,
    Mn30,
    Mn40,
    /// The playlist study's four convolutions.
    SternCnn,
    /// Won et al. 2020: residual blocks over a few seconds.
    ShortChunkCnn,
    /// He et al. 2016, as in torchvision.
    Resnet18,
    /// The encoder to 32 latent numbers, with a predictor and a decoder.
    ConvEncoder,
    /// Pons et al. 2018: kernels for timbre and for rhythm.
    Musicnn,
    /// Choi et al. 2016: convolution and pooling alone.
    Fcn,
    /// The Audio Spectrogram Transformer, as large as the paper's.
    Ast,
    /// The same with half the layers and a quarter of the width.
    AstSmall,
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
    /// Patches that a training step leaves out, where the architecture has patches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patchout: Option<Patchout>,
    /// Numbers in an embedding that the attention over windows reads, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attention: Option<usize>,
}

impl NetworkShape {
    /// A head of one layer on the architecture as it is, for windows of `[n_mels, frames]`.
    pub fn plain(
        architecture: Architecture,
        [mel_bands, frames]: [usize; 2],
        playlists: usize,
    ) -> Self {
        Self {
            architecture,
            mel_bands,
            frames,
            playlists,
            dropout: 0.0,
            mlp_head: None,
            adapter: None,
            patchout: None,
            attention: None,
        }
    }
}

/// How many rows and columns of patches each training step leaves out, drawn anew (Koutini et al. 2021, structured
/// patchout): a step costs less, and the network learns not to lean on any of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Patchout {
    /// Rows: bands that are not seen.
    pub frequency: usize,
    /// Columns: moments that are not heard.
    pub time: usize,
}

impl Architecture {
    pub fn name(self) -> &'static str {
        match self {
            Self::Mn04 => "mn04",
            Self::Mn05 => "mn05",
            Self::Mn10 => "mn10",
            Self::Mn20 => "mn20",
            Self::Mn30 => "mn30",
            Self::Mn40 => "mn40",
            Self::SternCnn => "stern-cnn",
            Self::ShortChunkCnn => "short-chunk-cnn",
            Self::Resnet18 => "resnet18",
            Self::ConvEncoder => "conv-encoder",
            Self::Musicnn => "musicnn",
            Self::Fcn => "fcn",
            Self::Ast => "ast",
            Self::AstSmall => "ast-small",
        }
    }

    /// The front end whose log-mels it reads.
    pub fn front_end(self) -> FrontEnd {
        match self {
            Self::Mn04 | Self::Mn05 | Self::Mn10 | Self::Mn20 | Self::Mn30 | Self::Mn40 => {
                FrontEnd::efficientat()
            }
            Self::SternCnn => FrontEnd::stern(),
            Self::ShortChunkCnn | Self::Resnet18 | Self::ConvEncoder => FrontEnd::librosa(),
            Self::Musicnn | Self::Fcn => FrontEnd::musicnn(),
            Self::Ast | Self::AstSmall => FrontEnd::ast(),
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
    /// `[windows]`, the exponents of their weights; empty where the network has no attention.
    pub attention: Vec<f32>,
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
    #[error(
        "{architecture} hears windows of at least {} mel bands and {} frames, and these have {} and {}; give the preset \
         a longer window_seconds or another front_end", least[0], least[1], window[0], window[1]
    )]
    Window {
        architecture: &'static str,
        /// `[n_mels, frames]`.
        least: [usize; 2],
        window: [usize; 2],
    },
    #[error(
        "patchout leaves out {} rows and {} columns of {rows} by {columns} patches; leave some",
        out.frequency,
        out.time
    )]
    Patchout {
        out: Patchout,
        rows: usize,
        columns: usize,
    },
    #[error("--device {0}: {1}")]
    Device(String, String),
    #[error("{0}; mend [adapter] in the preset")]
    Adapter(String),
    /// Arguments that our C++ glue rejects before it reads a tensor's memory.
    #[error("{operation}: {why}; this is a bug in playlist-fit, report it with this message")]
    Tensors {
        operation: &'static str,
        why: String,
    },
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
