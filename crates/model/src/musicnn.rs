//! musicnn (Pons et al. 2018; `Musicnn` of minzwon/sota-music-tagging-models, whose weights of MTG-Jamendo load by
//! name; its `spec.*` belong to the front end): timbre by tall kernels, rhythm by long ones, three dense convolutions
//! over time, then maximum and mean over time.
//!
//! Input: log-mels in decibels of at least [`MIN_WINDOW`]; the reference takes 3 s of 96 bands. The sigmoid is part of the
//! loss.

use tch::nn::Path;
use tch::{Kind, Tensor};

use super::architecture::{Backbone, BackboneOutput};
use super::convolution::{Activation, BatchNorm, ConvNorm, config};
use super::linear::Linear;
use inference::NetworkConfig;

/// Bands of the tall kernels: 0.7 and 0.4 of 96.
const TALL: [i64; 2] = [67, 38];
/// Frames of the tall kernels.
const TALL_FRAMES: i64 = 7;
const TIMBRES: i64 = 204;
/// Frames of the long kernels, which see the mean of all bands.
const LONG: [i64; 3] = [129, 65, 33];
const RHYTHMS: i64 = 51;
const FRONT: i64 = TALL.len() as i64 * TIMBRES + LONG.len() as i64 * RHYTHMS;
const BACK: i64 = 64;
const BACK_KERNEL: i64 = 7;
const BACK_LAYERS: usize = 3;
const HIDDEN: i64 = 200;
/// The tallest kernel must fit.
pub const MIN_WINDOW: [usize; 2] = [TALL[0] as usize, 1];

/// The embedding is the 200 hidden units.
#[derive(Debug)]
pub struct Musicnn {
    input_norm: BatchNorm,
    tall: Vec<ConvNorm>,
    long: Vec<OverTime>,
    back: Vec<OverTime>,
    dense: Linear,
    dense_norm: BatchNorm,
}

impl Musicnn {
    pub fn new(root: &Path, shape: &NetworkConfig) -> Self {
        let front = root / "layers";
        let tall = |(n, &bands): (usize, &i64)| {
            let path = &front / n;
            let kernel = [bands, TALL_FRAMES];
            let padding = [0, TALL_FRAMES / 2];
            let norm = BatchNorm::new(&(&path / "bn"), TIMBRES);
            ConvNorm::new(
                path / "conv",
                norm,
                [1, TIMBRES],
                kernel,
                config(1, padding),
            )
        };
        let long = |(n, &frames): (usize, &i64)| {
            OverTime::new(&(&front / (TALL.len() + n)), 1, RHYTHMS, frames)
        };
        let back = |n: usize| {
            let inputs = if n == 0 { FRONT } else { BACK };
            OverTime::new(
                &(root / format!("layer{}", n + 1)),
                inputs,
                BACK,
                BACK_KERNEL,
            )
        };
        let pooled = 2 * (FRONT + BACK_LAYERS as i64 * BACK);
        Self {
            input_norm: BatchNorm::new(&(root / "spec_bn"), 1),
            tall: TALL.iter().enumerate().map(tall).collect(),
            long: LONG.iter().enumerate().map(long).collect(),
            back: (0..BACK_LAYERS).map(back).collect(),
            dense: Linear::new(root / "dense1", pooled, HIDDEN, shape),
            dense_norm: BatchNorm::new(&(root / "bn"), HIDDEN),
        }
    }

    /// `[batch, 1, n_mels, frames]` to `[batch, FRONT, frames]`.
    fn front(&self, map: &Tensor, training: bool) -> Tensor {
        let mean = map.mean_dim([2_i64].as_slice(), false, Kind::Float);
        let tall = self.tall.iter().map(|layer| {
            let inner = layer.forward(map, Activation::Relu, training);
            inner.amax([2_i64].as_slice(), false)
        });
        let long = self.long.iter().map(|layer| layer.forward(&mean, training));
        Tensor::cat(&tall.chain(long).collect::<Vec<_>>(), 1)
    }
}

impl Backbone for Musicnn {
    fn features(&self, windows: &Tensor, training: bool) -> BackboneOutput {
        let map = self.input_norm.forward(windows, training);
        let front = self.front(&map, training);
        let first = self.back[0].forward(&front, training);
        let second = self.back[1].forward(&first, training) + &first;
        let third = self.back[2].forward(&second, training) + &second;
        let all = Tensor::cat(&[front, first, second, third], 1);
        let strongest = all.amax([2_i64].as_slice(), false);
        let mean = all.mean_dim([2_i64].as_slice(), false, Kind::Float);
        let dense = self.dense.forward(&Tensor::cat(&[strongest, mean], 1));
        let hidden = self.dense_norm.forward(&dense, training).relu();
        BackboneOutput::same(hidden)
    }

    fn hidden_width(&self) -> i64 {
        HIDDEN
    }

    fn head_name(&self) -> &'static str {
        "dense2"
    }

    /// The kernels of the front end are concatenated and count as one layer.
    fn layers(&self) -> Vec<String> {
        let names = [
            "spec_bn.", "layers.", "layer1.", "layer2.", "layer3.", "dense1.", "bn.",
        ];
        names.map(String::from).into()
    }
}

/// A convolution over time that keeps its length, normalisation and ReLU.
#[derive(Debug)]
struct OverTime(ConvNorm);

impl OverTime {
    fn new(path: &Path, inputs: i64, outputs: i64, kernel: i64) -> Self {
        let norm = BatchNorm::new(&(path / "bn"), outputs);
        let config = config(1, [kernel / 2]);
        Self(ConvNorm::new(
            path / "conv",
            norm,
            [inputs, outputs],
            [kernel],
            config,
        ))
    }

    /// `[batch, inputs, frames]` to `[batch, outputs, frames]`.
    fn forward(&self, map: &Tensor, training: bool) -> Tensor {
        self.0.forward(map, Activation::Relu, training)
    }
}
