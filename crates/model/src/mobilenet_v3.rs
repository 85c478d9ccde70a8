//! EfficientAT's MobileNetV3 (Schmid, Koutini, Widmer 2023, `models/mn/model.py`; Howard et al. 2019) for log-mels of
//! one channel. Parameter names equal its state dict, so its weights load by name.

use tch::nn::{ConvConfigND, Path};
use tch::{Kind, Tensor};

use super::architecture::{Backbone, BackboneOutput};
use super::convolution::{Activation, BatchNorm, ConvNorm, config};
use super::linear::Linear;
use inference::NetworkConfig;

const CHANNEL_STEP: i64 = 8;
const STEM_CHANNELS: i64 = 16;
const HIDDEN: i64 = 1280;
/// The last convolution widens the last block by this.
const LAST_EXPANSION: i64 = 6;
/// Squeeze-and-excitation narrows its input by this.
const SQUEEZE: i64 = 4;
/// Of the batch normalisations.
const EPSILON: f64 = 1e-3;

/// One row of table 1 of the MobileNetV3 paper, at width 1.
struct BlockSpec {
    input: i64,
    kernel: i64,
    expanded: i64,
    output: i64,
    squeeze: bool,
    hard_swish: bool,
    stride: i64,
}

const fn block_spec(
    input: i64,
    kernel: i64,
    expanded: i64,
    output: i64,
    squeeze: bool,
    hard_swish: bool,
    stride: i64,
) -> BlockSpec {
    BlockSpec {
        input,
        kernel,
        expanded,
        output,
        squeeze,
        hard_swish,
        stride,
    }
}

const BLOCK_SPECS: [BlockSpec; 15] = [
    block_spec(16, 3, 16, 16, false, false, 1),
    block_spec(16, 3, 64, 24, false, false, 2),
    block_spec(24, 3, 72, 24, false, false, 1),
    block_spec(24, 5, 72, 40, true, false, 2),
    block_spec(40, 5, 120, 40, true, false, 1),
    block_spec(40, 5, 120, 40, true, false, 1),
    block_spec(40, 3, 240, 80, false, true, 2),
    block_spec(80, 3, 200, 80, false, true, 1),
    block_spec(80, 3, 184, 80, false, true, 1),
    block_spec(80, 3, 184, 80, false, true, 1),
    block_spec(80, 3, 480, 112, true, true, 1),
    block_spec(112, 3, 672, 112, true, true, 1),
    block_spec(112, 5, 672, 160, true, true, 2),
    block_spec(160, 5, 960, 160, true, true, 1),
    block_spec(160, 5, 960, 160, true, true, 1),
];

/// Factor of all channel counts: 0.4 for `mn04`, 1 for `mn10`.
#[derive(Clone, Copy, Debug)]
pub struct Width(pub f64);

impl Width {
    /// Channels at this width, a multiple of 8, and never more than a tenth below the exact number (the paper's rule).
    fn channels(self, channels: i64) -> i64 {
        divisible(channels as f64 * self.0)
    }
}

/// The network, with a head for the playlists on its hidden units (512 at width 0.4); the embedding is the pooled
/// features (384 there).
#[derive(Debug)]
pub struct MobileNetV3 {
    stem: Layer,
    blocks: Vec<InvertedResidual>,
    last: Layer,
    hidden: Linear,
    hidden_width: i64,
}

impl MobileNetV3 {
    pub fn new(root: &Path, shape: &NetworkConfig, width: Width) -> Self {
        let features = root / "features";
        let stem = Layer::new(
            &(&features / "0"),
            1,
            width.channels(STEM_CHANNELS),
            3,
            2,
            1,
            Activation::HardSwish,
        );
        let blocks = BLOCK_SPECS
            .iter()
            .enumerate()
            .map(|(n, row)| {
                InvertedResidual::new(&(&features / (n + 1) / "block"), row, shape, width)
            })
            .collect();
        let narrow = width.channels(BLOCK_SPECS[BLOCK_SPECS.len() - 1].output);
        let wide = LAST_EXPANSION * narrow;
        let last = Layer::new(
            &(&features / (BLOCK_SPECS.len() + 1)),
            narrow,
            wide,
            1,
            1,
            1,
            Activation::HardSwish,
        );
        let hidden_width = width.channels(HIDDEN);
        let hidden = Linear::new(root / "classifier" / 2, wide, hidden_width, shape);
        Self {
            stem,
            blocks,
            last,
            hidden,
            hidden_width,
        }
    }
}

impl Backbone for MobileNetV3 {
    /// Batch normalisation uses its running statistics in training too: batches are small, and the statistics are those of
    /// millions of clips.
    fn features(&self, windows: &Tensor, _training: bool) -> BackboneOutput {
        let mut map = self.stem.forward(windows);
        for block in &self.blocks {
            map = block.forward(&map);
        }
        let embedding = self
            .last
            .forward(&map)
            .mean_dim([2_i64, 3].as_slice(), false, Kind::Float);
        BackboneOutput {
            hidden: self.hidden.forward(&embedding).hardswish(),
            embedding,
        }
    }

    fn hidden_width(&self) -> i64 {
        self.hidden_width
    }

    fn head_name(&self) -> &'static str {
        "classifier.5"
    }

    fn layers(&self) -> Vec<String> {
        let features = (0..=BLOCK_SPECS.len() + 1).map(|n| format!("features.{n}."));
        features.chain(["classifier.2.".into()]).collect()
    }
}

fn divisible(channels: f64) -> i64 {
    let step = CHANNEL_STEP as f64;
    let rounded =
        (((channels + step / 2.0) / step).floor() as i64 * CHANNEL_STEP).max(CHANNEL_STEP);
    if (rounded as f64) < 0.9 * channels {
        rounded + CHANNEL_STEP
    } else {
        rounded
    }
}

/// Convolution, batch normalisation with running statistics, activation.
#[derive(Debug)]
struct Layer {
    convolution: ConvNorm,
    activation: Activation,
}

impl Layer {
    fn new(
        path: &Path,
        inputs: i64,
        outputs: i64,
        kernel: i64,
        stride: i64,
        groups: i64,
        activation: Activation,
    ) -> Self {
        let config = ConvConfigND {
            groups,
            bias: false,
            ..config(stride, [(kernel - 1) / 2; 2])
        };
        let norm = BatchNorm::new(&(path / 1), outputs).with_epsilon(EPSILON);
        Self {
            convolution: ConvNorm::new(path / 0, norm, [inputs, outputs], [kernel; 2], config),
            activation,
        }
    }

    fn forward(&self, map: &Tensor) -> Tensor {
        self.convolution.forward(map, self.activation, false)
    }
}

/// Inverted residual: expand, depthwise convolution, squeeze-and-excitation, project.
#[derive(Debug)]
struct InvertedResidual {
    widen: Option<Layer>,
    depthwise: Layer,
    squeeze: Option<SqueezeExcitation>,
    narrow: Layer,
    residual: bool,
}

impl InvertedResidual {
    fn new(path: &Path, row: &BlockSpec, shape: &NetworkConfig, width: Width) -> Self {
        let channels = [row.input, row.expanded, row.output];
        let [input, expanded, output] = channels.map(|channels| width.channels(channels));
        let activation = if row.hard_swish {
            Activation::HardSwish
        } else {
            Activation::Relu
        };
        let mut numbers = 0..;
        let mut next = || path / numbers.next().unwrap_or(0);
        Self {
            widen: (expanded != input)
                .then(|| Layer::new(&next(), input, expanded, 1, 1, 1, activation)),
            depthwise: Layer::new(
                &next(),
                expanded,
                expanded,
                row.kernel,
                row.stride,
                expanded,
                activation,
            ),
            squeeze: row
                .squeeze
                .then(|| SqueezeExcitation::new(&(next() / "conc_se_layers" / 0), expanded, shape)),
            narrow: Layer::new(&next(), expanded, output, 1, 1, 1, Activation::None),
            residual: row.stride == 1 && input == output,
        }
    }

    fn forward(&self, map: &Tensor) -> Tensor {
        let widened = self.widen.as_ref().map(|widen| widen.forward(map));
        let mut inner = self.depthwise.forward(widened.as_ref().unwrap_or(map));
        if let Some(squeeze) = &self.squeeze {
            inner = squeeze.forward(&inner);
        }
        let mut narrowed = self.narrow.forward(&inner);
        if self.residual {
            narrowed += map;
        }
        narrowed
    }
}

/// Squeeze-and-excitation (Hu et al. 2018).
#[derive(Debug)]
struct SqueezeExcitation {
    down: Linear,
    up: Linear,
}

impl SqueezeExcitation {
    fn new(path: &Path, channels: i64, shape: &NetworkConfig) -> Self {
        let squeezed = divisible((channels / SQUEEZE) as f64);
        Self {
            down: Linear::new(path / "fc1", channels, squeezed, shape),
            up: Linear::new(path / "fc2", squeezed, channels, shape),
        }
    }

    fn forward(&self, map: &Tensor) -> Tensor {
        let average = map.mean_dim([2_i64, 3].as_slice(), false, Kind::Float);
        let scale = self
            .up
            .forward(&self.down.forward(&average).relu())
            .sigmoid();
        map * scale.unsqueeze(-1).unsqueeze(-1)
    }
}

#[cfg(test)]
mod tests;
