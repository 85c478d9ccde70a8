//! ResNet-18 (He, Zhang, Ren and Sun 2016, `resnet18` of torchvision) for log-mels of one channel and any size.
//! Parameter names equal torchvision's state dict, so ImageNet weights load by name; [`Backbone::convert_weight`] sums the three
//! colours of their first layer, which equals its output for a grey image.

use tch::nn::init::{FanInOut, NonLinearity, NormalOrUniform};
use tch::nn::{ConvConfigND, Init, Path};
use tch::{Kind, Tensor};

use super::architecture::{Backbone, BackboneOutput};
use super::convolution::{Activation, BatchNorm, ConvNorm, config};

const STEM_CHANNELS: i64 = 64;
/// Of the blocks of each layer; every layer but the first halves bands and time.
const CHANNELS: [i64; 4] = [64, 128, 256, 512];
const BLOCKS: usize = 2;
const COLOURS: i64 = 3;

/// The hidden units are the 512 channels' means over bands and time, and the embedding too.
#[derive(Debug)]
pub struct ResNet18 {
    stem: ConvNorm,
    blocks: Vec<ResidualBlock>,
}

impl ResNet18 {
    pub fn new(root: &Path) -> Self {
        let stem = conv_norm(root / "conv1", root / "bn1", [1, STEM_CHANNELS], 7, 2);
        let mut blocks = Vec::new();
        let mut inputs = STEM_CHANNELS;
        for (layer, &outputs) in CHANNELS.iter().enumerate() {
            for n in 0..BLOCKS {
                let stride = if layer > 0 && n == 0 { 2 } else { 1 };
                let path = root / format!("layer{}", layer + 1) / n;
                blocks.push(ResidualBlock::new(&path, inputs, outputs, stride));
                inputs = outputs;
            }
        }
        Self { stem, blocks }
    }
}

impl Backbone for ResNet18 {
    fn features(&self, windows: &Tensor, training: bool) -> BackboneOutput {
        let stem = self.stem.forward(windows, Activation::None, training);
        // Torchvision's ReLU comes first; after the max-pooling it gives the same result for a quarter of the values.
        let mut map = stem
            .max_pool2d([3, 3], [2, 2], [1, 1], [1, 1], false)
            .relu_();
        for block in &self.blocks {
            map = block.forward(&map, training);
        }
        let hidden = map.mean_dim([2_i64, 3].as_slice(), false, Kind::Float);
        BackboneOutput::same(hidden)
    }

    fn hidden_width(&self) -> i64 {
        CHANNELS[3]
    }

    fn head_name(&self) -> &'static str {
        "fc"
    }

    fn layers(&self) -> Vec<String> {
        let blocks = (1..=CHANNELS.len())
            .flat_map(|layer| (0..BLOCKS).map(move |n| format!("layer{layer}.{n}.")));
        let stem = ["conv1.", "bn1."].map(String::from);
        stem.into_iter().chain(blocks).collect()
    }

    fn convert_weight(&self, name: &str, stored: Tensor, wanted: &[i64]) -> Tensor {
        let colours = stored.size().get(1) == Some(&COLOURS) && wanted.get(1) == Some(&1);
        if name == "conv1.weight" && colours {
            stored.sum_dim_intlist([1_i64].as_slice(), true, Kind::Float)
        } else {
            stored
        }
    }
}

/// A convolution without bias, then normalisation.
fn conv_norm(
    convolution: Path,
    norm: Path,
    channels: [i64; 2],
    kernel: i64,
    stride: i64,
) -> ConvNorm {
    let config = ConvConfigND {
        bias: false,
        ws_init: Init::Kaiming {
            dist: NormalOrUniform::Normal,
            fan: FanInOut::FanOut,
            non_linearity: NonLinearity::ReLU,
        },
        ..config(stride, [kernel / 2; 2])
    };
    let norm = BatchNorm::new(&norm, channels[1]);
    ConvNorm::new(convolution, norm, channels, [kernel; 2], config)
}

/// Torchvision's `BasicBlock`.
#[derive(Debug)]
struct ResidualBlock {
    first: ConvNorm,
    second: ConvNorm,
    /// Around the two, where the size changes.
    downsample: Option<ConvNorm>,
}

impl ResidualBlock {
    fn new(path: &Path, inputs: i64, outputs: i64, stride: i64) -> Self {
        let around = path / "downsample";
        Self {
            first: conv_norm(path / "conv1", path / "bn1", [inputs, outputs], 3, stride),
            second: conv_norm(path / "conv2", path / "bn2", [outputs; 2], 3, 1),
            downsample: (stride > 1)
                .then(|| conv_norm(&around / 0, &around / 1, [inputs, outputs], 1, stride)),
        }
    }

    fn forward(&self, map: &Tensor, training: bool) -> Tensor {
        let inner = self.first.forward(map, Activation::Relu, training);
        let mut inner = self.second.forward(&inner, Activation::None, training);
        let around = self
            .downsample
            .as_ref()
            .map(|downsample| downsample.forward(map, Activation::None, training));
        inner.g_add_(around.as_ref().unwrap_or(map)).relu_()
    }
}
