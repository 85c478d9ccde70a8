//! The configuration of a training: a preset that can be printed, edited and stored in the bundle.
//!
//! `docs/presets.md` and the comments `#:` in the shipped presets are generated from the doc comments of these types
//! (see `preset_docs`), so each key states its unit and its range.

mod rules;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use super::augment::Augmentation;
use super::loss::LossConfig;
use catalogue::Filter;
use evaluation::Pooling;
use features::mel::FrontEnd;
use inference::{AdapterPlan, Architecture, NetworkConfig, Patchout};
use model::Precision;

/// A whole preset. An unknown key is an error, so that a misspelt one does not silently leave the default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainConfig {
    /// Name of the bundle, as reports show it.
    ///
    /// Unit: text. Range: any.
    pub name: String,
    /// Limitation of these playlists that every reader of a report must see.
    ///
    /// Unit: text. Range: any. Default: empty.
    #[serde(default)]
    #[serde(alias = "notice")]
    pub disclaimer: String,
    /// Network to train.
    ///
    /// Unit: name. Range: mn04, mn05, mn10, mn20, mn30, mn40, stern-cnn, short-chunk-cnn, resnet18, conv-encoder,
    /// musicnn, fcn, ast, ast-small.
    pub architecture: Architecture,
    /// Front end that computes the log-mels, instead of the architecture's own.
    ///
    /// Unit: name. Range: efficientat, stern, librosa, musicnn, ast. Default: the architecture's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub front_end: Option<String>,
    /// Length of a window, instead of the front end's own.
    ///
    /// Unit: seconds. Range: 0.5 and more. Default: the front end's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_seconds: Option<f64>,
    /// Seed of every random choice; equal seeds give equal splits and, on a CPU, equal weights.
    ///
    /// Unit: integer. Range: 0 and more.
    pub seed: u64,
    /// Fraction of hidden units dropped in training (Srivastava et al. 2014).
    ///
    /// Unit: fraction. Range: 0 to below 1.
    pub dropout: f64,
    /// Hidden units of a head of two layers; without it the head has one layer.
    ///
    /// Unit: units. Range: 1 and more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mlp_head: Option<usize>,
    /// Folds of the cross-validation by artist (GroupKFold). 1 trains on 60 % of the artists, validates on 20 % and
    /// tests on 20 %. 5 rotates the test fold so that each track is tested once, then trains on all tracks for the mean
    /// of the best epochs.
    ///
    /// Unit: folds. Range: 1 or 5.
    #[serde(alias = "rotations")]
    pub n_folds: usize,
    /// How the predictions for the windows of a song are pooled. Attention: Ilse et al. 2018.
    ///
    /// Unit: name. Range: mean, majority, attention. Default: mean.
    #[serde(default, skip_serializing_if = "Pooling::is_mean")]
    pub pooling: Pooling,
    /// Which rows of the catalogue to train on.
    #[serde(default)]
    pub rows: Filter,
    /// First stage: the head alone on a frozen backbone, because fine-tuning under a random head distorts the features
    /// (Kumar et al. 2022). 0 epochs skip it.
    #[serde(alias = "head")]
    pub linear_probe: LinearProbeConfig,
    /// Second stage: the whole network.
    #[serde(alias = "network")]
    pub fine_tune: FineTuneConfig,
    /// Low-rank adapters in the backbone's linear layers, instead of training their weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adapter: Option<AdapterPlan>,
    /// Structured patchout (Koutini et al. 2021), for ast and ast-small: patches that are dropped in each training step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patchout: Option<Patchout>,
    /// The loss that is minimised; binary cross-entropy by default.
    #[serde(default)]
    pub loss: LossConfig,
    /// Augmentation of the training windows, drawn again for every window of every batch. An effect is a table
    /// `{ p, min, max }`: applied with probability p, its amount drawn from min to max.
    #[serde(default)]
    pub augment: Augmentation,
}

/// The first stage: the head alone, on the frozen backbone's features.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinearProbeConfig {
    /// Passes over the training tracks; 0 skips the stage.
    ///
    /// Unit: epochs. Range: 0 and more.
    pub epochs: usize,
    /// Tracks in a step.
    ///
    /// Unit: tracks. Range: 1 and more.
    pub batch: usize,
    /// Learning rate of AdamW.
    ///
    /// Unit: per step. Range: 0 and more.
    pub learning_rate: f64,
    /// Decoupled weight decay of AdamW (Loshchilov and Hutter 2019).
    ///
    /// Unit: factor of the learning rate. Range: 0 and more.
    pub weight_decay: f64,
}

/// The second stage: backbone and head together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FineTuneConfig {
    /// Largest number of passes over the training tracks.
    ///
    /// Unit: epochs. Range: 0 and more; 1 and more if linear_probe.epochs is 0.
    pub epochs: usize,
    /// Windows in an optimiser step.
    ///
    /// Unit: windows. Range: 1 and more.
    pub batch: usize,
    /// Parts into which a batch is split if it does not fit into memory; gradients are summed over the parts. Batch
    /// normalisation then sees a part.
    ///
    /// Unit: parts. Range: 1 to batch.
    #[serde(default = "one_part")]
    #[serde(alias = "accumulate")]
    pub gradient_accumulation_steps: usize,
    /// Random windows of each track in an epoch.
    ///
    /// Unit: windows. Range: 1 and more.
    pub windows_per_track: usize,
    /// Oversampling of rare playlists: a track is drawn in proportion to (1 / fraction of tracks on its rarest playlist)
    /// to this power. 0 draws each track equally often.
    ///
    /// Unit: exponent. Range: 0 and more.
    #[serde(default)]
    #[serde(alias = "balance")]
    pub sampling_power: f64,
    /// Peak learning rate of the backbone; 0 freezes it and skips its gradients.
    ///
    /// Unit: per step. Range: 0 and more.
    pub learning_rate: f64,
    /// Peak learning rate of the head, of adapters and of the loss's own parameters.
    ///
    /// Unit: per step. Range: 0 and more; one of both rates above 0.
    pub head_learning_rate: f64,
    /// Factor on the learning rate for each layer between a backbone layer and the head (layer-wise decay, Howard and
    /// Ruder 2018).
    ///
    /// Unit: factor. Range: above 0 to 1.
    #[serde(default = "no_decay")]
    pub layer_decay: f64,
    /// Decoupled weight decay of AdamW (Loshchilov and Hutter 2019).
    ///
    /// Unit: factor of the learning rate. Range: 0 and more.
    pub weight_decay: f64,
    /// Fraction of all steps in which the learning rate rises linearly; then it falls along a cosine (Loshchilov and
    /// Hutter 2017).
    ///
    /// Unit: fraction. Range: 0 to 1.
    #[serde(alias = "warm_up")]
    pub warmup_ratio: f64,
    /// Largest norm of all gradients together (Pascanu et al. 2013); 0 does not clip.
    ///
    /// Unit: L2 norm. Range: 0 and more.
    #[serde(default)]
    pub clip_norm: f64,
    /// Number format of the forward pass; the weights are f32.
    ///
    /// Unit: name. Range: f32, bf16.
    #[serde(default)]
    pub precision: Precision,
    /// Alpha of the Beta distribution that mixes pairs of windows (mixup, Zhang et al. 2018); 0 for no mixup.
    ///
    /// Unit: shape parameter. Range: 0 and more.
    pub mixup: f64,
    /// Weight of a playlist's positives: (negatives / positives) to this power.
    ///
    /// Unit: exponent. Range: 0 and more.
    #[serde(alias = "class_weight")]
    pub pos_weight_power: f64,
    /// Decay of the exponential moving average of the weights (Polyak averaging); 0 uses the last weights.
    ///
    /// Unit: fraction per step. Range: 0 to below 1.
    #[serde(alias = "average")]
    pub ema_decay: f64,
    /// Epochs without a lower validation loss before the training stops.
    ///
    /// Unit: epochs. Range: 0 and more; 0 counts as 1.
    pub patience: usize,
}

fn one_part() -> usize {
    1
}

fn no_decay() -> f64 {
    1.0
}

impl TrainConfig {
    /// The front end that is named, else the architecture's, with the window of this training.
    #[must_use]
    pub fn front_end(&self) -> FrontEnd {
        let named = self.front_end.as_deref().map(FrontEnd::preset);
        let own = || self.architecture.front_end();
        let front_end = named.and_then(Result::ok).unwrap_or_else(own);
        match self.window_seconds {
            Some(seconds) => front_end.with_window(seconds),
            None => front_end,
        }
    }

    /// The network of this training, for windows of this front end and this many playlists.
    #[must_use]
    pub fn network(&self, front_end: &FrontEnd, playlists: usize) -> NetworkConfig {
        NetworkConfig {
            dropout: self.dropout,
            mlp_head: self.mlp_head,
            patchout: self.patchout,
            adapter: self.adapter.clone(),
            ..NetworkConfig::new(
                self.architecture,
                [front_end.n_mels, front_end.window_frames()],
                playlists,
            )
        }
    }
}
