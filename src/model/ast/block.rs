//! One layer of the transformer: `[batch, words, width]` in, `[batch, read, width]` out. Each half is normalised before it and added to
//! what came in (Xiong et al. 2020, pre-norm).

use tch::nn::{LayerNorm, Module, Path};
use tch::{Tensor, no_grad};

use super::{NetworkShape, SPREAD, Size, layer_norm};
use crate::model::linear::Linear;

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
        let words = self.attention.forward(&normed, read) + words.narrow(1, 0, read);
        let inner = self.widen.forward(&self.before_inner.forward(&words));
        self.narrow.forward(&inner.gelu("none")) + words
    }
}

/// Every word looks at all words, several times over (Vaswani et al. 2017).
#[derive(Debug)]
struct Attention {
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
    heads: i64,
}

impl Attention {
    fn new(path: &Path, size: Size, shape: &NetworkShape) -> Self {
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

    fn forward(&self, words: &Tensor, read: i64) -> Tensor {
        let by_head = |linear: &Linear, words: &Tensor| {
            let split = linear.forward(words).unflatten(-1, [self.heads, -1]);
            split.transpose(1, 2)
        };
        let query = by_head(&self.query, &words.narrow(1, 0, read));
        let [key, value] = [&self.key, &self.value].map(|linear| by_head(linear, words));
        let no_mask: Option<&Tensor> = None;
        let heard = Tensor::scaled_dot_product_attention(
            &query, &key, &value, no_mask, 0.0, false, None, false,
        );
        self.output.forward(&heard.transpose(1, 2).flatten(2, -1))
    }
}

/// A linear layer that begins as the reference's do: PyTorch's own beginning is too wide for a deep transformer.
fn linear(path: Path, inputs: i64, outputs: i64, shape: &NetworkShape) -> Linear {
    let linear = Linear::new(path, inputs, outputs, shape);
    let [mut weight, mut bias] = linear.parameters();
    no_grad(|| {
        let _ = weight.normal_(0.0, SPREAD);
        let _ = bias.zero_();
    });
    linear
}
