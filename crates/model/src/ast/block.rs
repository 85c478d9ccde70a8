//! One layer of the transformer: `[batch, words, width]` in, `[batch, read, width]` out. Each half is normalised before it and added to
//! what came in (Xiong et al. 2020, pre-norm).

use tch::nn::{LayerNorm, Module, Path};
use tch::{Tensor, no_grad};

use super::attention::Attention;
use super::{NetworkShape, SPREAD, Size, layer_norm};
use crate::linear::Linear;

#[derive(Debug)]
pub struct Block {
    before_attention: LayerNorm,
    attention: Attention,
    before_inner: LayerNorm,
    widen: Linear,
    narrow: Linear,
}

impl Block {
    pub fn new(path: &Path, size: Size, shape: &NetworkShape) -> Self {
        let Size { width, inner, .. } = size;
        Self {
            before_attention: layer_norm(path / "layernorm_before", width),
            attention: Attention::new(&(path / "attention"), size, shape),
            before_inner: layer_norm(path / "layernorm_after", width),
            widen: linear(path / "intermediate" / "dense", width, inner, shape),
            narrow: linear(path / "output" / "dense", inner, width, shape),
        }
    }

    /// The first `read` words that come out; the others would be worked out for nobody.
    pub fn forward(&self, words: &Tensor, read: i64) -> Tensor {
        let normed = self.before_attention.forward(words);
        let words = self.attention.forward(&normed, read) + first(words, read);
        let inner = self.widen.forward(&self.before_inner.forward(&words));
        self.narrow.forward(&inner.gelu("none")) + words
    }
}

/// The first `read` words. All of them as they are: what goes back through a part would be copied into a whole of zeros.
pub fn first(words: &Tensor, read: i64) -> Tensor {
    if words.size()[1] == read {
        words.shallow_clone()
    } else {
        words.narrow(1, 0, read)
    }
}

/// A linear layer that begins as the reference's do: PyTorch's own beginning is too wide for a deep transformer.
pub fn linear(path: Path, inputs: i64, outputs: i64, shape: &NetworkShape) -> Linear {
    let linear = Linear::new(path, inputs, outputs, shape);
    let [mut weight, mut bias] = linear.parameters();
    no_grad(|| {
        let _ = weight.normal_(0.0, SPREAD);
        let _ = bias.zero_();
    });
    linear
}
