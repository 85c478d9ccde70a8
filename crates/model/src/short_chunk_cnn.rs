//! Short-chunk CNN with residuals (Won, Ferraro, Bogdanov and Serra 2020, `ShortChunkCNN_Res` of
//! minzwon/sota-music-tagging-models): seven residual blocks that halve bands and time, the maximum of what is left,
//! and a dense layer. Parameter names equal its state dict.
//!
//! Input: log-mels of any size; the reference takes 3.7 s of 128 bands. The sigmoid is part of the loss.

use tch::Tensor;
use tch::nn::Path;

use super::architecture::{Backbone, BackboneOutput};
use super::convolution::{Activation, BatchNorm, ConvNorm, config};
use super::linear::Linear;
use inference::NetworkConfig;

/// Of each block's output.
const CHANNELS: [i64; 7] = [128, 128, 256, 256, 256, 256, 512];
const HIDDEN: i64 = 512;
const KERNEL: i64 = 3;

/// The embedding is the 512 hidden units.
#[derive(Debug)]
pub struct ShortChunkCnn {
    input_norm: BatchNorm,
    blocks: Vec<Residual>,
    dense: Linear,
    dense_norm: BatchNorm,
}

impl ShortChunkCnn {
    pub fn new(root: &Path, shape: &NetworkConfig) -> Self {
        let block = |(n, &outputs): (usize, &i64)| {
            let inputs = if n == 0 { 1 } else { CHANNELS[n - 1] };
            Residual::new(&(root / format!("layer{}", n + 1)), inputs, outputs)
        };
        Self {
            input_norm: BatchNorm::new(&(root / "spec_bn"), 1),
            blocks: CHANNELS.iter().enumerate().map(block).collect(),
            dense: Linear::new(root / "dense1", CHANNELS[6], HIDDEN, shape),
            dense_norm: BatchNorm::new(&(root / "bn"), HIDDEN),
        }
    }
}

impl Backbone for ShortChunkCnn {
    fn features(&self, windows: &Tensor, training: bool) -> BackboneOutput {
        let mut map = self.input_norm.forward(windows, training);
        for block in &self.blocks {
            map = block.forward(&map, training);
        }
        let strongest = map.amax([2_i64, 3].as_slice(), false);
        let dense = self.dense.forward(&strongest);
        let hidden = self.dense_norm.forward(&dense, training).relu();
        BackboneOutput::same(hidden)
    }

    fn hidden_width(&self) -> i64 {
        HIDDEN
    }

    fn head_name(&self) -> &'static str {
        "dense2"
    }

    fn layers(&self) -> Vec<String> {
        let blocks = (1..=CHANNELS.len()).map(|n| format!("layer{n}."));
        let end = ["dense1.", "bn."].map(String::from);
        ["spec_bn.".into()]
            .into_iter()
            .chain(blocks)
            .chain(end)
            .collect()
    }
}

/// Two convolutions, and a third around them because the size changes; the first and the third halve it.
#[derive(Debug)]
struct Residual([ConvNorm; 3]);

impl Residual {
    fn new(path: &Path, inputs: i64, outputs: i64) -> Self {
        let convolution = |n: usize, inputs, stride| {
            let norm = BatchNorm::new(&(path / format!("bn_{n}")), outputs);
            let path = path / format!("conv_{n}");
            let config = config(stride, [KERNEL / 2; 2]);
            ConvNorm::new(path, norm, [inputs, outputs], [KERNEL; 2], config)
        };
        Self([
            convolution(1, inputs, 2),
            convolution(2, outputs, 1),
            convolution(3, inputs, 2),
        ])
    }

    fn forward(&self, map: &Tensor, training: bool) -> Tensor {
        let [first, second, around] = &self.0;
        let inner = first.forward(map, Activation::Relu, training);
        let mut inner = second.forward(&inner, Activation::None, training);
        let around = around.forward(map, Activation::None, training);
        inner.g_add_(&around).relu_()
    }
}
