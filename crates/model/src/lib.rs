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
pub use architecture::{Backbone, BackboneOutput};
pub use attention::AttentionPooling;
pub use autocast::{Precision, autocast};
pub use device::{DeviceInfo, device, device_info, set_single_threaded};
pub use network::Network;

use std::path::PathBuf;

use inference::{Patchout, PredictError};

#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    #[error("{path}: {reason}; check the file, or make the bundle again")]
    Weights { path: PathBuf, reason: String },
    #[error(
        "{architecture} needs windows of at least {}x{} (mel bands x frames), got {}x{}; increase `window_seconds` or \
         choose another `front_end`", min[0], min[1], window[0], window[1]
    )]
    Window {
        architecture: &'static str,
        /// `[n_mels, frames]`.
        min: [usize; 2],
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
    #[error("{operation}: {reason}; this is a bug in playlist-fit, report it with this message")]
    Tensors {
        operation: &'static str,
        reason: String,
    },
    #[error("the network stopped: {0}")]
    Torch(String),
}

impl From<tch::TchError> for ModelError {
    fn from(reason: tch::TchError) -> Self {
        // libtorch appends a C++ stack trace that helps nobody here.
        let text = reason.to_string();
        Self::Torch(text.lines().next().unwrap_or_default().to_owned())
    }
}

impl From<ModelError> for PredictError {
    fn from(reason: ModelError) -> Self {
        match reason {
            ModelError::Torch(reason) => Self::Backend(reason),
            other => Self::Backend(other.to_string()),
        }
    }
}
