//! What every architecture gives: its two outputs.

use tch::Tensor;

/// A forward pass over a batch.
#[derive(Debug)]
pub struct Output {
    /// `[batch, playlists]`.
    pub logits: Tensor,
    /// `[batch, width]`, pooled over time.
    pub embedding: Tensor,
}

/// A network body with its head.
pub trait Trunk: std::fmt::Debug {
    /// `[batch, 1, n_mels, frames]` to logits and embedding. `training` turns dropout on; the normalisation's running
    /// statistics stay as they are.
    fn forward(&self, windows: &Tensor, training: bool) -> Output;

    /// The head's parameters, by the beginning of their names; the rest is the backbone.
    fn head(&self) -> &'static str;
}
