//! The networks. Input: log-mels `[windows, n_mels, frames]` in one flat `f32` slice. Output: logits `[windows, playlists]`
//! and embeddings `[windows, width]`, flat too.
//!
//! Invariants: no audio, no augmentation. Tensors are used here and in `train` only; one architecture per file.

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

/// Why a network cannot be built, loaded or run.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// A weights file is damaged or of another network.
    #[error("{path}: {reason}; check the file, or train the bundle again")]
    Weights {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The windows are too small for the architecture.
    #[error(
        "{architecture} needs windows of at least {}x{} (mel bands x frames), got {}x{}; increase `window_seconds` or \
         choose another `front_end`", min[0], min[1], window[0], window[1]
    )]
    Window {
        /// Name of the architecture.
        architecture: &'static str,
        /// Smallest window `[n_mels, frames]`.
        min: [usize; 2],
        /// The window `[n_mels, frames]`.
        window: [usize; 2],
    },
    /// Patchout drops every patch.
    #[error(
        "patchout drops {} rows and {} columns of {rows} by {columns} patches; lower [patchout] in the preset",
        out.frequency,
        out.time
    )]
    Patchout {
        /// As in the preset.
        out: Patchout,
        /// Rows of patches of a window.
        rows: usize,
        /// Columns of patches of a window.
        columns: usize,
    },
    /// The device is unknown or absent: the flag's value, and the reason.
    #[error("--device {0}: {1}")]
    Device(String, String),
    /// The adapters match no layer.
    #[error("{0}; fix [adapter] in the preset")]
    Adapter(String),
    /// Arguments that our C++ glue rejects before it reads a tensor's memory.
    #[error("{operation}: {reason}; this is a bug in playlist-fit, report it with this message")]
    Tensors {
        /// Name of the operation.
        operation: &'static str,
        /// Which argument is invalid.
        reason: String,
    },
    /// An error of libtorch: out of memory, a lost GPU.
    #[error("the network stopped: {0}")]
    Torch(String),
}

impl From<tch::TchError> for ModelError {
    fn from(reason: tch::TchError) -> Self {
        // libtorch appends a C++ stack trace, which is of no use in a message.
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
