//! Architectures and the configuration that fixes the shape of a network.

use serde::{Deserialize, Serialize};

use features::mel::FrontEnd;

use crate::AdapterPlan;

/// The supported networks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Architecture {
    /// EfficientAT's MobileNetV3 (Schmid et al. 2023) at width 0.4.
    Mn04,
    /// MobileNetV3 at width 0.5.
    Mn05,
    /// MobileNetV3 at width 1.
    Mn10,
    /// MobileNetV3 at width 2.
    Mn20,
    /// MobileNetV3 at width 3.
    Mn30,
    /// MobileNetV3 at width 4.
    Mn40,
    /// The playlist study's network of four convolutions.
    SternCnn,
    /// Won et al. 2020: residual blocks over a few seconds.
    ShortChunkCnn,
    /// He et al. 2016, as in torchvision.
    Resnet18,
    /// The encoder to 32 latent numbers, with a predictor and a decoder.
    ConvEncoder,
    /// Pons et al. 2018: kernels for timbre and for rhythm.
    Musicnn,
    /// Choi et al. 2016: a fully convolutional network.
    Fcn,
    /// The Audio Spectrogram Transformer (Gong et al. 2021) in the size of the paper.
    Ast,
    /// The Audio Spectrogram Transformer with half the layers and a quarter of the width.
    AstSmall,
}

/// Everything that fixes the shape of a network; stored with its weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkConfig {
    /// The network without its head.
    pub architecture: Architecture,
    /// Mel bands of a window `[n_mels, frames]`.
    #[serde(rename = "mel_bands")]
    pub n_mels: usize,
    /// Frames of a window.
    pub frames: usize,
    /// Number of outputs, one sigmoid each.
    pub playlists: usize,
    /// Fraction of hidden units dropped in training, 0 to below 1.
    pub dropout: f64,
    /// Hidden units of a head of two layers; `None` for a head of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mlp_head: Option<usize>,
    /// Low-rank adapters that are trained instead of the backbone's weights; merged into them when weights are saved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adapter: Option<AdapterPlan>,
    /// Patches that a training step drops, if the architecture has patches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patchout: Option<Patchout>,
    /// Width of the embeddings that the attention over windows reads; `None` without attention.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attention: Option<usize>,
}

impl NetworkConfig {
    /// A head of one layer on the architecture as it is, for windows of `[n_mels, frames]`.
    pub fn new(architecture: Architecture, [n_mels, frames]: [usize; 2], playlists: usize) -> Self {
        Self {
            architecture,
            n_mels,
            frames,
            playlists,
            dropout: 0.0,
            mlp_head: None,
            adapter: None,
            patchout: None,
            attention: None,
        }
    }
}

/// Rows and columns of patches that each training step drops at random (structured patchout, Koutini et al. 2021): a
/// step is cheaper, and the network is regularised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Patchout {
    /// Rows of patches (bands of frequency) that are dropped.
    ///
    /// Unit: patches. Range: 0 to fewer than there are.
    pub frequency: usize,
    /// Columns of patches (spans of time) that are dropped.
    ///
    /// Unit: patches. Range: 0 to fewer than there are.
    pub time: usize,
}

impl Architecture {
    /// The name in presets and bundles.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Mn04 => "mn04",
            Self::Mn05 => "mn05",
            Self::Mn10 => "mn10",
            Self::Mn20 => "mn20",
            Self::Mn30 => "mn30",
            Self::Mn40 => "mn40",
            Self::SternCnn => "stern-cnn",
            Self::ShortChunkCnn => "short-chunk-cnn",
            Self::Resnet18 => "resnet18",
            Self::ConvEncoder => "conv-encoder",
            Self::Musicnn => "musicnn",
            Self::Fcn => "fcn",
            Self::Ast => "ast",
            Self::AstSmall => "ast-small",
        }
    }

    /// The front end that computes its log-mels.
    #[must_use]
    pub fn front_end(self) -> FrontEnd {
        match self {
            Self::Mn04 | Self::Mn05 | Self::Mn10 | Self::Mn20 | Self::Mn30 | Self::Mn40 => {
                FrontEnd::efficientat()
            }
            Self::SternCnn => FrontEnd::stern(),
            Self::ShortChunkCnn | Self::Resnet18 | Self::ConvEncoder => FrontEnd::librosa(),
            Self::Musicnn | Self::Fcn => FrontEnd::musicnn(),
            Self::Ast | Self::AstSmall => FrontEnd::ast(),
        }
    }
}
