//! What the convolutional architectures share: batch normalisation that learns its statistics, and kernels whose sides
//! differ.

use tch::Tensor;
use tch::nn::init::DEFAULT_KAIMING_UNIFORM;
use tch::nn::{self, Conv2D, ConvConfigND, Init, PaddingMode, Path};

/// PyTorch's defaults.
const EPSILON: f64 = 1e-5;
const MOMENTUM: f64 = 0.1;

/// Batch normalisation (Ioffe and Szegedy 2015) as `torch.nn.BatchNorm1d` and `BatchNorm2d`.
#[derive(Debug)]
pub struct BatchNorm {
    scale: Tensor,
    shift: Tensor,
    running_mean: Tensor,
    running_variance: Tensor,
}

impl BatchNorm {
    pub fn new(path: &Path, channels: i64) -> Self {
        Self {
            scale: path.var("weight", &[channels], Init::Const(1.0)),
            shift: path.var("bias", &[channels], Init::Const(0.0)),
            running_mean: path.zeros_no_train("running_mean", &[channels]),
            running_variance: path.ones_no_train("running_var", &[channels]),
        }
    }

    /// `[batch, channels, …]` to the same shape. When training by the batch, whose statistics the running ones then
    /// follow; but a single value a channel has no spread and would make them not a number, so it goes by them instead.
    pub fn forward(&self, map: &Tensor, training: bool) -> Tensor {
        let values = map.numel() / self.running_mean.numel().max(1);
        map.batch_norm(
            Some(&self.scale),
            Some(&self.shift),
            Some(&self.running_mean),
            Some(&self.running_variance),
            training && values > 1,
            MOMENTUM,
            EPSILON,
            true,
        )
    }

    /// A single channel's values as they were before the running statistics took their mean and spread away.
    pub fn undo(&self, map: &Tensor) -> Tensor {
        map * (&self.running_variance + EPSILON).sqrt() + &self.running_mean
    }
}

/// A convolution of stride 1 over `[batch, inputs, bands, frames]`; `kernel` and `padding` are `[bands, frames]`.
pub fn rectangle(
    path: &Path,
    inputs: i64,
    outputs: i64,
    kernel: [i64; 2],
    padding: [i64; 2],
) -> Conv2D {
    let config = ConvConfigND {
        stride: [1, 1],
        padding,
        dilation: [1, 1],
        groups: 1,
        bias: true,
        ws_init: DEFAULT_KAIMING_UNIFORM,
        bs_init: Init::Const(0.0),
        padding_mode: PaddingMode::Zeros,
    };
    nn::conv(path, inputs, outputs, kernel, config)
}
