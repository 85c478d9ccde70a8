//! One layer of the transformer: `[batch, tokens, width]` in, `[batch, n_queries, width]` out. Each half is normalised before it and added to
//! what came in (Xiong et al. 2020, pre-norm).

use tch::nn::{LayerNorm, Module, Path};
use tch::{Tensor, no_grad};

use super::attention::SelfAttention;
use super::{NetworkConfig, SPREAD, Size, layer_norm};
use crate::linear::Linear;

#[derive(Debug)]
pub struct TransformerBlock {
    before_attention: LayerNorm,
    attention: SelfAttention,
    before_inner: LayerNorm,
    widen: Linear,
    narrow: Linear,
}

impl TransformerBlock {
    pub fn new(path: &Path, size: Size, shape: &NetworkConfig) -> Self {
        let Size { width, inner, .. } = size;
        Self {
            before_attention: layer_norm(path / "layernorm_before", width),
            attention: SelfAttention::new(&(path / "attention"), size, shape),
            before_inner: layer_norm(path / "layernorm_after", width),
            widen: linear(path / "intermediate" / "dense", width, inner, shape),
            narrow: linear(path / "output" / "dense", inner, width, shape),
        }
    }

    /// Output for the first `n_queries` tokens only; the others are not needed after the last layer.
    pub fn forward(&self, tokens: &Tensor, n_queries: i64) -> Tensor {
        let normed = self.before_attention.forward(tokens);
        let tokens = self.attention.forward(&normed, n_queries) + first_tokens(tokens, n_queries);
        let inner = self.widen.forward(&self.before_inner.forward(&tokens));
        self.narrow.forward(&inner.gelu("none")) + tokens
    }
}

/// The first `n_queries` tokens; the input itself if that is all, because the gradient of a slice is a copy into zeros.
pub fn first_tokens(tokens: &Tensor, n_queries: i64) -> Tensor {
    if tokens.size()[1] == n_queries {
        tokens.shallow_clone()
    } else {
        tokens.narrow(1, 0, n_queries)
    }
}

/// A linear layer initialised as in the reference: PyTorch's default is too wide for a deep transformer.
pub fn linear(path: Path, inputs: i64, outputs: i64, shape: &NetworkConfig) -> Linear {
    let linear = Linear::new(path, inputs, outputs, shape);
    let [mut weight, mut bias] = linear.parameters();
    no_grad(|| {
        let _ = weight.normal_(0.0, SPREAD);
        let _ = bias.zero_();
    });
    linear
}
