//! Gated attention over the windows of a song (Ilse, Tomczak and Welling 2018, equation 9): the weight of each window.

use std::collections::HashMap;

use tch::nn::{self, Init, LinearConfig, Module, VarStore};
use tch::{Device, Kind, Tensor};

/// Units that compare windows.
const HIDDEN: i64 = 64;
/// Prevents a division by zero for an embedding of zeros.
const MIN_NORM: f64 = 1e-6;

/// Embeddings to one logit per window; a softmax over a song's windows gives the weights.
#[derive(Debug)]
pub struct AttentionPooling {
    store: VarStore,
    width: usize,
    content: nn::Linear,
    gate: nn::Linear,
    exponent: nn::Linear,
}

impl AttentionPooling {
    /// For embeddings of `width` numbers. All windows have equal weights until it is trained.
    pub fn new(width: usize, device: Device) -> Self {
        let store = VarStore::new(device);
        let root = store.root() / "pooling";
        let inner = |name| nn::linear(&root / name, width as i64, HIDDEN, LinearConfig::default());
        let nothing = LinearConfig {
            ws_init: Init::Const(0.0),
            bs_init: None,
            bias: false,
        };
        let (content, gate) = (inner("content"), inner("gate"));
        let exponent = nn::linear(&root / "exponent", HIDDEN, 1, nothing);
        Self {
            store,
            width,
            content,
            gate,
            exponent,
        }
    }

    /// Numbers in an embedding.
    pub fn width(&self) -> usize {
        self.width
    }

    /// By their names in the bundle, which begin with `pooling.`.
    pub fn variables(&self) -> HashMap<String, Tensor> {
        self.store.variables()
    }

    /// `[…, width]` to `[…]`. Only the direction of an embedding matters.
    pub fn exponents(&self, embeddings: &Tensor) -> Tensor {
        let embeddings = embeddings.to_kind(Kind::Float);
        let size = embeddings.square().mean_dim(-1, true, Kind::Float).sqrt() + MIN_NORM;
        let embeddings = embeddings / size;
        let content = self.content.forward(&embeddings).tanh();
        let gate = self.gate.forward(&embeddings).sigmoid();
        self.exponent.forward(&(content * gate)).squeeze_dim(-1)
    }
}
