//! FCN (Choi, Fazekas and Sandler 2016, `FCN` of minzwon/sota-music-tagging-models): five convolutions, each followed
//! by pooling, until one point of bands and time is left. Parameter names equal its state dict, so its weights load by
//! name; its `spec.*` belong to the front end.
//!
//! Input: log-mels in decibels of at least [`MIN_WINDOW`]; the reference takes 29 s of 96 bands, and the output of a larger
//! window is pooled by its maximum. The sigmoid is part of the loss.

use tch::Tensor;
use tch::nn::Path;

use super::architecture::{Backbone, BackboneOutput};
use super::convolution::{Activation, BatchNorm, ConvNorm, config};

const KERNEL: i64 = 3;
/// Channels of each convolution's output, and how many bands and frames its pooling makes one.
const LAYERS: [(i64, [i64; 2]); 5] = [
    (64, [2, 4]),
    (128, [2, 4]),
    (128, [2, 4]),
    (128, [3, 5]),
    (64, [4, 4]),
];
const HIDDEN: i64 = LAYERS[4].0;
/// Bands and frames of which the pooling leaves one: the product of all.
pub const MIN_WINDOW: [usize; 2] = [96, 1280];

/// The hidden units are the 64 channels of the last layer, and the embedding too.
#[derive(Debug)]
pub struct Fcn {
    input_norm: BatchNorm,
    layers: Vec<ConvNorm>,
}

impl Fcn {
    pub fn new(root: &Path) -> Self {
        let layer = |n: usize| {
            let inputs = if n == 0 { 1 } else { LAYERS[n - 1].0 };
            let outputs = LAYERS[n].0;
            let path = root / format!("layer{}", n + 1);
            let norm = BatchNorm::new(&(&path / "bn"), outputs);
            let config = config(1, [KERNEL / 2; 2]);
            ConvNorm::new(path / "conv", norm, [inputs, outputs], [KERNEL; 2], config)
        };
        Self {
            input_norm: BatchNorm::new(&(root / "spec_bn"), 1),
            layers: (0..LAYERS.len()).map(layer).collect(),
        }
    }
}

impl Backbone for Fcn {
    fn features(&self, windows: &Tensor, training: bool) -> BackboneOutput {
        let mut map = self.input_norm.forward(windows, training);
        for (layer, (_, pool)) in self.layers.iter().zip(LAYERS) {
            let inner = layer.forward(&map, Activation::None, training);
            // The reference's ReLU comes first; after the max-pooling it gives the same result for fewer values.
            map = inner.max_pool2d(pool, pool, [0, 0], [1, 1], false).relu_();
        }
        let hidden = map.amax([2_i64, 3].as_slice(), false);
        BackboneOutput::same(hidden)
    }

    fn hidden_width(&self) -> i64 {
        HIDDEN
    }

    fn head_name(&self) -> &'static str {
        "dense"
    }

    fn layers(&self) -> Vec<String> {
        let convolutions = (1..=LAYERS.len()).map(|n| format!("layer{n}."));
        ["spec_bn.".into()]
            .into_iter()
            .chain(convolutions)
            .collect()
    }
}
