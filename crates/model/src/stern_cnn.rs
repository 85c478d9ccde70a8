//! The playlist study's network: four convolutions of 16 channels, then one linear layer over everything.
//!
//! The study names the layers (3 x 3, stride 1, padding 2, ReLU, max-pool 2, flatten, linear); its sigmoid is part
//! of the loss. Parameter names are those of the course that it builds on (`conv1.0` … `conv4.0`, `linear`).

use tch::nn::{self, ConvConfig, Module, Path};
use tch::{Kind, Tensor};

use super::architecture::{Backbone, BackboneOutput};
use inference::NetworkConfig;

const CHANNELS: i64 = 16;
const KERNEL: i64 = 3;
const PADDING: i64 = 2;

#[derive(Debug)]
pub struct SternCnn {
    convolutions: Vec<nn::Conv2D>,
    /// Hidden units: all channels over bands and time.
    flat: i64,
}

impl SternCnn {
    pub fn new(root: &Path, shape: &NetworkConfig) -> Self {
        let config = ConvConfig {
            padding: PADDING,
            ..ConvConfig::default()
        };
        let convolution = |n: i64| {
            let inputs = if n == 1 { 1 } else { CHANNELS };
            nn::conv2d(
                root / format!("conv{n}") / "0",
                inputs,
                CHANNELS,
                KERNEL,
                config,
            )
        };
        let flat = CHANNELS * left_after_four(shape.n_mels) * left_after_four(shape.frames);
        Self {
            convolutions: (1..=4).map(convolution).collect(),
            flat,
        }
    }
}

/// Length of one side after four rounds of convolution and pooling.
fn left_after_four(length: usize) -> i64 {
    (0..4).fold(length as i64, |length, _| {
        (length + 2 * PADDING - (KERNEL - 1)) / 2
    })
}

impl Backbone for SternCnn {
    fn features(&self, windows: &Tensor, _training: bool) -> BackboneOutput {
        let mut features = windows.shallow_clone();
        for convolution in &self.convolutions {
            // The study's ReLU comes first; after the max-pooling it gives the same result for a quarter of the values.
            let mut strongest = convolution.forward(&features).max_pool2d_default(2);
            features = strongest.relu_();
        }
        let over_time = features.mean_dim([3_i64].as_slice(), false, Kind::Float);
        BackboneOutput {
            hidden: features.flatten(1, -1),
            embedding: over_time.flatten(1, -1),
        }
    }

    fn hidden_width(&self) -> i64 {
        self.flat
    }

    fn head_name(&self) -> &'static str {
        "linear"
    }

    fn layers(&self) -> Vec<String> {
        (1..=4).map(|n| format!("conv{n}.")).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path as FilePath;

    use tch::Device;

    use super::*;
    use crate::Network;
    use crate::golden::{assert_near, golden};
    use inference::Architecture;

    const GOLDEN: &[u8] = include_bytes!("../../../fixtures/golden/stern_cnn.safetensors");

    /// Tolerance 1e-5 of the largest logit.
    #[test]
    fn the_logits_equal_the_reference() {
        let shape = NetworkConfig::new(Architecture::SternCnn, [64, 87], 5);
        let mut network = Network::new(shape, Device::Cpu).unwrap();
        network.load(GOLDEN, FilePath::new("golden")).unwrap();
        let features = network.features(&golden(GOLDEN, "mel"), false);
        let logits = network.head().forward(&features.hidden, false);
        assert_near(&logits, &golden(GOLDEN, "logits"), 1e-5, "logits");
        assert_eq!(features.embedding.size(), [2, 80]);
    }
}
