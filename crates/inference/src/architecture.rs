//! Architectures and the configuration that fixes the shape of a network.

use serde::{Deserialize, Serialize};

use features::mel::FrontEnd;

use crate::AdapterPlan;

/// The networks that there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Architecture {
    /// EfficientAT's MobileNetV3 at width 0.4; the next ones are wider, up to 4.
    Mn04,
    Mn05,
    Mn10,
    Mn20,
    Mn30,
    Mn40,
    /// The playlist study's four convolutions.
    SternCnn,
    /// Won et al. 2020: residual blocks over a few seconds.
    ShortChunkCnn,
    /// He et al. 2016, as in torchvision.
    Resnet18,
    /// The encoder to 32 latent numbers, with a predictor and a decoder.
    ConvEncoder,
    /// Pons et al. 2018: kernels for timbre and for rhythm.
    Musicnn,
    /// Choi et al. 2016: convolution and pooling alone.
    Fcn,
    /// The Audio Spectrogram Transformer, as large as the paper's.
    Ast,
    /// The same with half the layers and a quarter of the width.
    AstSmall,
}

/// Everything that fixes the shape of a network; stored beside its weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NetworkConfig {
    pub architecture: Architecture,
    /// Numbers in a window: `[n_mels, frames]`.
    #[serde(rename = "mel_bands")]
    pub n_mels: usize,
    pub frames: usize,
    /// Outputs, one sigmoid each.
    pub playlists: usize,
    /// Share of hidden units left out while training.
    pub dropout: f64,
    /// Hidden units of a head of two layers; none for a head of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mlp_head: Option<usize>,
    /// Small matrices that learn in the place of the backbone's; merged into it when weights are saved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adapter: Option<AdapterPlan>,
    /// Patches that a training step leaves out, where the architecture has patches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patchout: Option<Patchout>,
    /// Numbers in an embedding that the attention over windows reads, where there is one.
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

/// How many rows and columns of patches each training step leaves out, drawn anew (Koutini et al. 2021, structured
/// patchout): a step costs less, and the network learns not to lean on any of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Patchout {
    /// Rows: bands that are not seen.
    pub frequency: usize,
    /// Columns: moments that are not heard.
    pub time: usize,
}

impl Architecture {
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

    /// The front end whose log-mels it reads.
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
