//! The interface of every architecture: hidden units for the head, and an embedding.

use tch::Tensor;

/// A backbone's output for a batch.
#[derive(Debug)]
pub struct BackboneOutput {
    /// `[batch, hidden]`, the input of the head.
    pub hidden: Tensor,
    /// `[batch, width]`, pooled over time.
    pub embedding: Tensor,
}

impl BackboneOutput {
    /// For an embedding that equals the hidden units.
    pub fn same(hidden: Tensor) -> Self {
        Self {
            embedding: hidden.shallow_clone(),
            hidden,
        }
    }
}

/// A backbone: everything of a network but its head.
pub trait Backbone: std::fmt::Debug + Send {
    /// `[batch, 1, n_mels, frames]` to hidden units and embedding. `training` turns on what only a training does:
    /// dropout and patchout inside, and batch normalisation by the batch where the architecture learns its statistics.
    fn features(&self, windows: &Tensor, training: bool) -> BackboneOutput;

    /// Length of the hidden units.
    fn hidden_width(&self) -> i64;

    /// Name of the head in the reference's state dict, without a dot at its end.
    fn head_name(&self) -> &'static str;

    /// Prefix of the parameter names of each layer, from the input to the output, for layer-wise learning rates.
    fn layers(&self) -> Vec<String>;

    /// Names of this tensor in foreign checkpoints, beside the reference's own; the first that a file has is used. Called
    /// for the backbone's tensors only.
    fn alternative_names(&self, _name: &str) -> Vec<String> {
        Vec::new()
    }

    /// Converts a tensor of a foreign checkpoint to the `wanted` shape: a first layer for three colours, positions for
    /// another length, three layers in one. Called for the backbone's tensors only.
    fn convert_weight(&self, _name: &str, stored: Tensor, _wanted: &[i64]) -> Tensor {
        stored
    }

    /// Reconstructs the windows `[batch, 1, n_mels, frames]` from the output of [`Backbone::features`], in the front end's
    /// units; `None` without a decoder. `training` as there.
    fn reconstruct(&self, _features: &BackboneOutput, _training: bool) -> Option<Tensor> {
        None
    }
}
