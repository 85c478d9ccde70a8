//! The one linear layer of all architectures, so that adapters can be put on any of them by name.

use tch::Tensor;
use tch::nn::{self, Module, Path};

use super::NetworkShape;

#[derive(Debug)]
pub struct Linear {
    linear: nn::Linear,
}

impl Linear {
    /// `weight [outputs, inputs]` and `bias [outputs]` under `path`, drawn as PyTorch draws them.
    pub fn new(path: Path, inputs: i64, outputs: i64, shape: &NetworkShape) -> Self {
        let _ = shape;
        Self {
            linear: nn::linear(path, inputs, outputs, nn::LinearConfig::default()),
        }
    }

    /// `[…, inputs]` to `[…, outputs]`.
    pub fn forward(&self, input: &Tensor) -> Tensor {
        self.linear.forward(input)
    }

    /// `weight` and `bias` as they are stored.
    pub fn parameters(&self) -> [Tensor; 2] {
        let bias = self.linear.bs.as_ref().map(Tensor::shallow_clone);
        [
            self.linear.ws.shallow_clone(),
            bias.unwrap_or_else(|| self.linear.ws.zeros_like()),
        ]
    }
}
