//! What every architecture gives: hidden units that its head reads, and an embedding.

use tch::Tensor;

/// The backbone's answer to a batch.
#[derive(Debug)]
pub struct BackboneOutput {
    /// `[batch, hidden]`, what the head reads.
    pub hidden: Tensor,
    /// `[batch, width]`, pooled over time.
    pub embedding: Tensor,
}

impl BackboneOutput {
    /// Where the embedding is what the head reads.
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

    /// What the names of the parameters of each layer begin with, from the input to the output; for learning rates that
    /// differ by layer.
    fn layers(&self) -> Vec<String>;

    /// What other people's files call the tensor of this name, beside the reference's own; the first that a file has
    /// counts. Called for the backbone's tensors alone.
    fn alternative_names(&self, _name: &str) -> Vec<String> {
        Vec::new()
    }

    /// A tensor of other people's file as this network needs it, where it has another shape (`wanted`): a first layer
    /// for three colours, positions for another length, three layers in one. Called for the backbone's tensors alone.
    fn convert_weight(&self, _name: &str, stored: Tensor, _wanted: &[i64]) -> Tensor {
        stored
    }

    /// The windows `[batch, 1, n_mels, frames]` made again from what [`Backbone::features`] said of them, in the front
    /// end's units, where the architecture has a decoder. `training` as there.
    fn reconstruct(&self, _features: &BackboneOutput, _training: bool) -> Option<Tensor> {
        None
    }
}
