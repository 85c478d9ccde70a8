//! The one linear layer of all architectures, so that adapters can be put on any of them by name.

use tch::Tensor;
use tch::nn::{self, Init, Path};

use super::adapter::{Adapter, covers};
use inference::NetworkConfig;

#[derive(Debug)]
pub struct Linear {
    linear: nn::Linear,
    /// Trained instead of weight and bias.
    adapter: Option<Adapter>,
}

impl Linear {
    /// `weight [outputs, inputs]` and `bias [outputs]` under `path`, initialised as in PyTorch; if the configuration's
    /// adapters match this name, they are frozen and an adapter is trained.
    pub fn new(path: Path, inputs: i64, outputs: i64, shape: &NetworkConfig) -> Self {
        let name = path.components().collect::<Vec<_>>().join(".");
        let plan = shape.adapter.as_ref().filter(|plan| covers(plan, &name));
        let adapter = plan.map(|plan| Adapter::new(&path, inputs, outputs, plan));
        Self {
            adapter,
            ..Self::without_adapter(path, inputs, outputs)
        }
    }

    /// As [`Linear::new`], but never adapted: a layer of a head.
    pub fn without_adapter(path: Path, inputs: i64, outputs: i64) -> Self {
        // tch's default bound for weights, sqrt(6 / inputs), is for a layer before a ReLU.
        let bound = 1.0 / (inputs as f64).sqrt();
        let config = nn::LinearConfig {
            ws_init: Init::Uniform {
                lo: -bound,
                up: bound,
            },
            ..nn::LinearConfig::default()
        };
        Self {
            linear: nn::linear(path, inputs, outputs, config),
            adapter: None,
        }
    }

    /// `[…, inputs]` to `[…, outputs]`.
    pub fn forward(&self, input: &Tensor) -> Tensor {
        let nn::Linear { ws, bs } = &self.linear;
        match &self.adapter {
            Some(adapter) => adapter.forward(input, ws, bs.as_ref()),
            None => input.linear(ws, bs.as_ref()),
        }
    }

    /// `weight` and `bias` as they are stored, without the adapter.
    pub fn parameters(&self) -> [Tensor; 2] {
        let bias = self.linear.bs.as_ref().map(Tensor::shallow_clone);
        [
            self.linear.ws.shallow_clone(),
            bias.unwrap_or_else(|| self.linear.ws.zeros_like()),
        ]
    }
}
