//! What a network is to the rest of the program: its architecture, its configuration, and the prediction for a batch of
//! windows `[windows, n_mels, frames]`.
//!
//! Invariants: no tensor library, no file, no thread.

mod adapter;
mod architecture;

pub use adapter::{AdapterKind, AdapterPlan};
pub use architecture::{Architecture, NetworkConfig, Patchout};

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
