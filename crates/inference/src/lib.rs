//! The interface of a network: its architecture, its configuration, and the prediction for a batch of windows
//! `[windows, n_mels, frames]`.
//!
//! Invariants: no tensor library, no file, no thread.

mod adapter;
mod architecture;

pub use adapter::{AdapterKind, AdapterPlan};
pub use architecture::{Architecture, NetworkConfig, Patchout};

/// The output of a network for some windows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Prediction {
    /// Number of windows.
    pub windows: usize,
    /// `[windows, playlists]`, before the sigmoid.
    pub logits: Vec<f32>,
    /// `[windows, width]`, not normalised to unit length.
    pub embeddings: Vec<f32>,
    /// `[windows]`, logits of the attention weights; empty if the network has no attention.
    pub attention: Vec<f32>,
}

/// Runs a network on a batch of windows. Implemented by the real network and by test doubles.
pub trait Predictor {
    /// `[windows, n_mels, frames]` to logits and embeddings.
    ///
    /// # Errors
    /// If the network cannot run (out of memory, a lost GPU).
    fn predict(&self, windows: &[f32]) -> Result<Prediction, PredictError>;
}

/// Why a network gave no prediction.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PredictError {
    /// The tensor library's own message: out of memory, a lost GPU.
    #[error("the network stopped: {0}")]
    Backend(String),
}
