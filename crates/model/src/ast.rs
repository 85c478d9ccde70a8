//! The Audio Spectrogram Transformer (Gong, Chung, Glass 2021): overlapping patches of a log-mel as tokens, after a
//! class token and a distillation token (DeiT). Input: `[batch, 1, n_mels, frames]`.
//!
//! Parameter names and numbers are those of `ASTForAudioClassification` of Hugging Face's `transformers`, so the official
//! file `MIT/ast-finetuned-audioset-10-10-0.4593` loads by name; `original` knows those of the paper's own files.
//! Structured patchout is that of Koutini et al. 2021 (PaSST).

mod attention;
mod block;
mod original;
mod positions;
#[cfg(test)]
mod tests;

use tch::nn::{self, ConvConfig, Init, LayerNorm, LayerNormConfig, Module, Path};
use tch::{Device, Kind, Tensor};

use self::block::TransformerBlock;
use super::ModelError;
use super::architecture::{Backbone, BackboneOutput};
use inference::{NetworkConfig, Patchout};

/// Bands and frames of a patch, and from one to the next: patches overlap by six.
const PATCH: usize = 16;
const STRIDE: usize = 10;
/// `[n_mels, frames]`.
pub const MIN_WINDOW: [usize; 2] = [PATCH, PATCH];
/// Class and distillation.
const TOKENS: i64 = 2;
/// Standard deviation of the initial tokens, positions and weights, as in the reference.
const SPREAD: f64 = 0.02;

/// Size of a transformer.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    layers: usize,
    width: i64,
    heads: i64,
    /// Units between the two linear layers of a block.
    inner: i64,
}

impl Size {
    /// The paper's: ViT-base, 86 million weights.
    pub const BASE: Self = Self {
        layers: 12,
        width: 768,
        heads: 12,
        inner: 3072,
    };
    /// Half the layers of DeiT-tiny at its width (Touvron et al. 2021): 2.8 million weights, 80 times fewer operations.
    pub const SMALL: Self = Self {
        layers: 6,
        width: 192,
        heads: 3,
        inner: 768,
    };
}

/// Number of patches over bands and over time.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Grid {
    rows: i64,
    columns: i64,
}

impl Grid {
    /// Of windows of at least [`MIN_WINDOW`].
    fn for_config(shape: &NetworkConfig) -> Self {
        let along = |length: usize| (length.saturating_sub(PATCH) / STRIDE + 1) as i64;
        Self {
            rows: along(shape.n_mels),
            columns: along(shape.frames),
        }
    }
}

#[derive(Debug)]
pub struct Ast {
    grid: Grid,
    width: i64,
    patchout: Option<Patchout>,
    class: Tensor,
    distillation: Tensor,
    /// `[1, tokens + rows * columns, width]`, patches row by row.
    positions: Tensor,
    patches: nn::Conv2D,
    blocks: Vec<TransformerBlock>,
    norm: LayerNorm,
    /// Of the reference's head, but loaded with the backbone: it knows no classes.
    head_norm: LayerNorm,
}

impl Ast {
    /// For windows of at least [`MIN_WINDOW`].
    ///
    /// # Errors
    /// Returns an error if patchout drops every patch.
    pub fn new(root: &Path, shape: &NetworkConfig, size: Size) -> Result<Self, ModelError> {
        let grid = Grid::for_config(shape);
        let (rows, columns) = (grid.rows as usize, grid.columns as usize);
        if let Some(out) = shape.patchout
            && (out.frequency >= rows || out.time >= columns)
        {
            return Err(ModelError::Patchout { out, rows, columns });
        }
        let width = size.width;
        let backbone = root / "audio_spectrogram_transformer";
        let embeddings = &backbone / "embeddings";
        let random = Init::Randn {
            mean: 0.0,
            stdev: SPREAD,
        };
        let strided = ConvConfig {
            stride: STRIDE as i64,
            ws_init: random,
            ..ConvConfig::default()
        };
        let projection = &embeddings / "patch_embeddings" / "projection";
        let places = TOKENS + grid.rows * grid.columns;
        let layers = &backbone / "encoder" / "layer";
        Ok(Self {
            grid,
            width,
            patchout: shape.patchout,
            class: embeddings.var("cls_token", &[1, 1, width], random),
            distillation: embeddings.var("distillation_token", &[1, 1, width], random),
            positions: embeddings.var("position_embeddings", &[1, places, width], random),
            patches: nn::conv2d(projection, 1, width, PATCH as i64, strided),
            blocks: (0..size.layers)
                .map(|n| TransformerBlock::new(&(&layers / n), size, shape))
                .collect(),
            norm: layer_norm(&backbone / "layernorm", width),
            head_norm: layer_norm(root / "classifier" / "layernorm", width),
        })
    }

    /// Tokens, then patches with their positions: `[batch, tokens, width]`.
    fn embed(&self, windows: &Tensor, training: bool) -> Tensor {
        let batch = windows.size()[0];
        let patches = self.patches.forward(windows).flatten(2, -1).transpose(1, 2);
        let [tokens, places] = [
            self.positions.narrow(1, 0, TOKENS),
            self.positions
                .narrow(1, TOKENS, self.grid.rows * self.grid.columns),
        ];
        let mut patches = patches + places;
        if let (Some(out), true) = (&self.patchout, training) {
            patches = patches.index_select(1, &self.kept_patches(out).to_device(windows.device()));
        }
        let tokens = Tensor::cat(&[&self.class, &self.distillation], 1) + tokens;
        Tensor::cat(&[tokens.expand([batch, -1, -1], false), patches], 1)
    }

    /// Indices of the patches of a training step: patchout drops random rows and columns, the same for the whole batch.
    fn kept_patches(&self, out: &Patchout) -> Tensor {
        // Drawn on the CPU, so that every device drops the same.
        let draw = |all: i64, out: usize| {
            let order = Tensor::randperm(all, (Kind::Int64, Device::Cpu));
            order.narrow(0, 0, all - out as i64).sort(0, false).0
        };
        let rows = draw(self.grid.rows, out.frequency) * self.grid.columns;
        let columns = draw(self.grid.columns, out.time);
        (rows.unsqueeze(1) + columns.unsqueeze(0)).flatten(0, -1)
    }
}

impl Backbone for Ast {
    fn features(&self, windows: &Tensor, training: bool) -> BackboneOutput {
        let mut tokens = self.embed(windows, training);
        for (n, block) in self.blocks.iter().enumerate() {
            // After the last layer only the tokens are read.
            let last = n + 1 == self.blocks.len();
            let n_queries = if last { TOKENS } else { tokens.size()[1] };
            tokens = block.forward(&tokens, n_queries);
        }
        let embedding = self.norm.forward(&tokens).mean_dim(1, false, Kind::Float);
        BackboneOutput {
            hidden: self.head_norm.forward(&embedding),
            embedding,
        }
    }

    fn hidden_width(&self) -> i64 {
        self.width
    }

    fn head_name(&self) -> &'static str {
        "classifier.dense"
    }

    fn layers(&self) -> Vec<String> {
        let backbone = "audio_spectrogram_transformer";
        let blocks = (0..self.blocks.len()).map(|n| format!("{backbone}.encoder.layer.{n}."));
        let norms = [
            format!("{backbone}.layernorm."),
            "classifier.layernorm.".into(),
        ];
        std::iter::once(format!("{backbone}.embeddings."))
            .chain(blocks)
            .chain(norms)
            .collect()
    }

    /// As [`original::names`].
    fn alternative_names(&self, name: &str) -> Vec<String> {
        original::names(name)
    }

    /// Positions for another length, as [`positions::fit`], and parts, as [`original::part`].
    fn convert_weight(&self, name: &str, stored: Tensor, wanted: &[i64]) -> Tensor {
        if name.ends_with(".position_embeddings") {
            positions::fit(stored, self.grid)
        } else {
            original::part(name, stored, wanted)
        }
    }
}

fn layer_norm(path: Path, width: i64) -> LayerNorm {
    let config = LayerNormConfig {
        eps: 1e-12,
        ..LayerNormConfig::default()
    };
    nn::layer_norm(path, vec![width], config)
}
