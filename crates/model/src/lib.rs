//! Log-mel to logits and embedding. Windows come in as `[windows, n_mels, frames]` in one flat `f32` slice, logits
//! `[windows, playlists]` and embeddings `[windows, width]` go out the same way.
//!
//! Must not: read audio, draw augmentations or know a song. Tensors stay in here and in `train`; one architecture a file.

mod adapter;
mod architecture;
mod ast;
mod attention;
mod autocast;
mod conv_encoder;
mod convolution;
mod device;
mod fcn;
pub mod fused;
mod glue;
#[cfg(test)]
mod golden;
mod head;
mod linear;
mod mobilenet_v3;
mod musicnn;
mod network;
mod resnet18;
mod short_chunk_cnn;
mod stern_cnn;
pub mod weights;

/// The libtorch binding, so that one crate chooses its version.
pub use tch;

pub use adapter::check as check_adapter;
pub use architecture::{Features, Trunk};
pub use attention::Attention;
pub use autocast::{Precision, autocast};
pub use device::{Machine, device, machine, one_thread_each};
pub use network::Network;

use std::path::PathBuf;

use inference::{Patchout, PredictError};

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

impl From<tch::TchError> for ModelError {
    fn from(why: tch::TchError) -> Self {
        // libtorch appends a C++ stack trace that helps nobody here.
        let text = why.to_string();
        Self::Torch(text.lines().next().unwrap_or_default().to_owned())
    }
}

impl From<ModelError> for PredictError {
    fn from(why: ModelError) -> Self {
        match why {
            ModelError::Torch(why) => Self::Backend(why),
            other => Self::Backend(other.to_string()),
        }
    }
}
