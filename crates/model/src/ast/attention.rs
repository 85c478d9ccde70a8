//! Multi-head self-attention (Vaswani et al. 2017): `[batch, tokens, dim]` -> `[batch, n_queries, dim]`.

use tch::Tensor;
use tch::nn::Path;

use super::Size;
use super::block::{first_tokens, linear};
use crate::linear::Linear;
use inference::NetworkConfig;

#[derive(Debug)]
pub struct SelfAttention {
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
    heads: i64,
}

impl SelfAttention {
    pub fn new(path: &Path, size: Size, shape: &NetworkConfig) -> Self {
        let square = |path: Path| linear(path, size.width, size.width, shape);
        let inner = path / "attention";
        Self {
            query: square(&inner / "query"),
            key: square(&inner / "key"),
            value: square(&inner / "value"),
            output: square(path / "output" / "dense"),
            heads: size.heads,
        }
    }

    /// Attention output of the first `n_queries` tokens: `[batch, tokens, dim]` -> `[batch, n_queries, dim]`.
    pub fn forward(&self, tokens: &Tensor, n_queries: i64) -> Tensor {
        let split_heads = |linear: &Linear, tokens: &Tensor| {
            let split = linear.forward(tokens).unflatten(-1, [self.heads, -1]);
            split.transpose(1, 2)
        };
        let query = split_heads(&self.query, &first_tokens(tokens, n_queries));
        let [key, value] = [&self.key, &self.value].map(|linear| split_heads(linear, tokens));
        let no_mask: Option<&Tensor> = None;
        let attended = Tensor::scaled_dot_product_attention(
            &query, &key, &value, no_mask, 0.0, false, None, false,
        );
        self.output
            .forward(&attended.transpose(1, 2).flatten(2, -1))
    }
}
