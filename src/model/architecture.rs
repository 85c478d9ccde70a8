//! What every architecture gives: hidden units that its head reads, and an embedding.

use tch::Tensor;

/// The backbone's answer to a batch.
#[derive(Debug)]
pub struct Features {
    /// `[batch, hidden]`, what the head reads.
    pub hidden: Tensor,
    /// `[batch, width]`, pooled over time.
    pub embedding: Tensor,
}

/// A network: a backbone, and a linear head with one output a playlist.
pub trait Trunk: std::fmt::Debug {
    /// `[batch, 1, n_mels, frames]` to hidden units and embedding. The normalisation's running statistics are used as
    /// they are, in training too: the batches here are small and the statistics those of millions of clips.
    fn features(&self, windows: &Tensor) -> Features;

    /// `[batch, hidden]` to logits `[batch, playlists]`; `training` turns dropout on.
    fn head(&self, hidden: &Tensor, training: bool) -> Tensor;

    /// What the names of the head's parameters begin with; the rest is the backbone.
    fn head_name(&self) -> &'static str;
}
