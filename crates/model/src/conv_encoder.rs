//! The convolutional-encoder study's network: seven convolutions down to 32 latent numbers, a predictor of five linear
//! layers (the last is the head), and the decoder of seven deconvolutions that the study omits because it did not
//! train. The study gives the depths and the 32; widths, kernels and batch normalisation are this project's, and with
//! them reconstruction and prediction train together.
//!
//! Six convolutions halve bands and time, the seventh spans the rest, so the weights fit one size of window. The decoder
//! mirrors each step, so that its output has the size of the window.

use tch::Tensor;
use tch::nn::init::DEFAULT_KAIMING_UNIFORM;
use tch::nn::{self, Conv2D, Init, Module, Path};

use super::architecture::{Backbone, BackboneOutput};
use super::convolution::{Activation, BatchNorm, ConvNorm, config};
use super::linear::Linear;
use inference::NetworkConfig;

/// Channels of the six convolutions that halve.
const CHANNELS: [i64; 6] = [16, 32, 64, 64, 128, 128];
const KERNEL: i64 = 3;
const LATENT: i64 = 32;
/// Outputs of the predictor's layers before its last, the head.
const PREDICTOR: [i64; 4] = [128, 128, 64, 64];

/// The embedding is the 32 latent numbers; the hidden units are the predictor's.
#[derive(Debug)]
pub struct ConvEncoder {
    input_norm: BatchNorm,
    encoder: Vec<ConvNorm>,
    latent: Conv2D,
    predictor: Vec<Linear>,
    decoder: Vec<(Deconvolution, Option<BatchNorm>)>,
}

impl ConvEncoder {
    pub fn new(root: &Path, shape: &NetworkConfig) -> Self {
        let encoder = |n: usize| {
            let inputs = if n == 0 { 1 } else { CHANNELS[n - 1] };
            let path = root / "encoder" / n;
            let norm = BatchNorm::new(&(&path / "norm"), CHANNELS[n]);
            let config = config(2, [KERNEL / 2; 2]);
            ConvNorm::new(
                path / "conv",
                norm,
                [inputs, CHANNELS[n]],
                [KERNEL; 2],
                config,
            )
        };
        let predictor = |n: usize| {
            let inputs = if n == 0 { LATENT } else { PREDICTOR[n - 1] };
            Linear::new(root / "predictor" / n, inputs, PREDICTOR[n], shape)
        };
        let sizes = halvings([shape.n_mels as i64, shape.frames as i64]);
        let left = sizes[CHANNELS.len()];
        let latent = root / "encoder" / CHANNELS.len() / "conv";
        Self {
            input_norm: BatchNorm::new(&(root / "input_norm"), 1),
            encoder: (0..CHANNELS.len()).map(encoder).collect(),
            latent: nn::conv(latent, CHANNELS[5], LATENT, left, config(1, [0, 0])),
            predictor: (0..PREDICTOR.len()).map(predictor).collect(),
            decoder: decoder(&(root / "decoder"), &sizes),
        }
    }
}

/// `[bands, frames]` of the window and after each convolution that halves, rounding up.
fn halvings(window: [i64; 2]) -> Vec<[i64; 2]> {
    let halved = |size: &[i64; 2]| Some(size.map(|side| (side + 1) / 2));
    std::iter::successors(Some(window), halved)
        .take(CHANNELS.len() + 1)
        .collect()
}

/// One deconvolution for each convolution, from the last to the first; only the very last has no normalisation.
fn decoder(path: &Path, sizes: &[[i64; 2]]) -> Vec<(Deconvolution, Option<BatchNorm>)> {
    let last = CHANNELS.len();
    let layer = |n: usize| {
        let path = path / n;
        let outputs = if n == last { 1 } else { CHANNELS[last - 1 - n] };
        let deconvolution = match n {
            0 => Deconvolution::spanning(&(&path / "conv"), LATENT, outputs, sizes[last]),
            _ => {
                let (from, to) = (sizes[last + 1 - n], sizes[last - n]);
                Deconvolution::doubling(&(&path / "conv"), CHANNELS[last - n], outputs, from, to)
            }
        };
        let norm = (n < last).then(|| BatchNorm::new(&(&path / "norm"), outputs));
        (deconvolution, norm)
    };
    (0..=last).map(layer).collect()
}

impl Backbone for ConvEncoder {
    fn features(&self, windows: &Tensor, training: bool) -> BackboneOutput {
        let mut map = self.input_norm.forward(windows, training);
        for layer in &self.encoder {
            map = layer.forward(&map, Activation::Relu, training);
        }
        let latent = self.latent.forward(&map).flatten(1, -1);
        let hidden = self
            .predictor
            .iter()
            .fold(latent.shallow_clone(), |hidden, layer| {
                layer.forward(&hidden).relu()
            });
        BackboneOutput {
            hidden,
            embedding: latent,
        }
    }

    fn hidden_width(&self) -> i64 {
        PREDICTOR[3]
    }

    fn head_name(&self) -> &'static str {
        "predictor.4"
    }

    /// The decoder branches off the latent numbers and stands last.
    fn layers(&self) -> Vec<String> {
        let encoder = (0..=CHANNELS.len()).map(|n| format!("encoder.{n}."));
        let predictor = (0..PREDICTOR.len()).map(|n| format!("predictor.{n}."));
        let decoder = (0..=CHANNELS.len()).map(|n| format!("decoder.{n}."));
        let input = ["input_norm.".to_owned()].into_iter();
        input
            .chain(encoder)
            .chain(predictor)
            .chain(decoder)
            .collect()
    }

    fn reconstruct(&self, features: &BackboneOutput, training: bool) -> Option<Tensor> {
        let mut map = features.embedding.unsqueeze(-1).unsqueeze(-1);
        for (deconvolution, norm) in &self.decoder {
            map = deconvolution.forward(&map);
            if let Some(norm) = norm {
                map = norm.forward(&map, training).relu();
            }
        }
        Some(self.input_norm.denormalise(&map))
    }
}

/// A transposed convolution whose sides may differ, which tch's own cannot.
#[derive(Debug)]
struct Deconvolution {
    weight: Tensor,
    bias: Tensor,
    stride: i64,
    padding: i64,
    /// Bands and frames that the stride leaves open: whether each side's length is even.
    output_padding: [i64; 2],
}

impl Deconvolution {
    /// From one point to `size`.
    fn spanning(path: &Path, inputs: i64, outputs: i64, size: [i64; 2]) -> Self {
        Self::new(path, [inputs, outputs, size[0], size[1]], 1, 0, [0, 0])
    }

    /// From a side's half, rounded up, to its length.
    fn doubling(path: &Path, inputs: i64, outputs: i64, from: [i64; 2], to: [i64; 2]) -> Self {
        let output_padding = [0, 1].map(|side| to[side] - (2 * from[side] - 1));
        let weight = [inputs, outputs, KERNEL, KERNEL];
        Self::new(path, weight, 2, KERNEL / 2, output_padding)
    }

    fn new(
        path: &Path,
        weight: [i64; 4],
        stride: i64,
        padding: i64,
        output_padding: [i64; 2],
    ) -> Self {
        Self {
            weight: path.var("weight", &weight, DEFAULT_KAIMING_UNIFORM),
            bias: path.var("bias", &[weight[1]], Init::Const(0.0)),
            stride,
            padding,
            output_padding,
        }
    }

    fn forward(&self, map: &Tensor) -> Tensor {
        map.conv_transpose2d(
            &self.weight,
            Some(&self.bias),
            [self.stride; 2],
            [self.padding; 2],
            self.output_padding,
            1,
            [1, 1],
        )
    }
}
