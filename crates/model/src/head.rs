//! Hidden units to one logit per playlist: one linear layer, or the studies' two with GELU and dropout.

use tch::Tensor;
use tch::nn::Path;

use super::linear::Linear;
use inference::NetworkConfig;

#[derive(Debug)]
pub struct Head {
    /// The first of two layers; `None` for a head of one.
    first: Option<Linear>,
    last: Linear,
    dropout: f64,
}

impl Head {
    /// Under `path`, named as the reference names its only layer; of two layers `first` and `last`.
    pub fn new(path: Path, inputs: i64, shape: &NetworkConfig) -> Self {
        let playlists = shape.playlists as i64;
        let (first, last) = match shape.mlp_head {
            None => (None, Linear::without_adapter(path, inputs, playlists)),
            Some(hidden) => {
                let hidden = hidden as i64;
                (
                    Some(Linear::without_adapter(&path / "first", inputs, hidden)),
                    Linear::without_adapter(&path / "last", hidden, playlists),
                )
            }
        };
        Self {
            first,
            last,
            dropout: shape.dropout,
        }
    }

    /// `[batch, hidden]` to logits `[batch, playlists]`; `training` turns dropout on.
    pub fn forward(&self, hidden: &Tensor, training: bool) -> Tensor {
        let Some(first) = &self.first else {
            return self.last.forward(&hidden.dropout(self.dropout, training));
        };
        let inner = first.forward(hidden).gelu("none");
        self.last.forward(&inner.dropout(self.dropout, training))
    }

    /// Weight and bias of the layer that reads the hidden units.
    pub fn input_layer(&self) -> [Tensor; 2] {
        self.first.as_ref().unwrap_or(&self.last).parameters()
    }

    /// Weight and bias of the layer that gives the logits.
    pub fn output_layer(&self) -> [Tensor; 2] {
        self.last.parameters()
    }
}
