//! What a training is told: a preset that can be printed, edited and stored in the bundle.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::augment::Augmentation;
use super::loss::LossConfig;
use catalogue::Filter;
use evaluation::Pooling;
use features::mel::FrontEnd;
use inference::{AdapterPlan, Architecture, NetworkConfig, Patchout};
use model::Precision;

/// The whole configuration; `deny_unknown_fields`, so that a misspelt number is an error and not a default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainConfig {
    /// The bundle's name, as a report shows it.
    pub name: String,
    /// What a reader must know of these playlists; empty where nothing.
    #[serde(default)]
    #[serde(alias = "notice")]
    pub disclaimer: String,
    pub architecture: Architecture,
    /// Name of a front end, instead of the architecture's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub front_end: Option<String>,
    /// How much of a song the network hears at once, instead of the front end's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_seconds: Option<f64>,
    pub seed: u64,
    /// Share of hidden units left out while training.
    pub dropout: f64,
    /// Hidden units of a head of two layers; without it the head is one layer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mlp_head: Option<usize>,
    /// 1: train on 60 % of the artists, stop by 20 %, test on 20 %. 5: do so in turn for every fifth, so that each
    /// track is tested once, then train on all tracks for as many epochs as stopped best.
    #[serde(alias = "rotations")]
    pub n_folds: usize,
    /// How the windows of a song become one answer.
    #[serde(default, skip_serializing_if = "Pooling::is_mean")]
    pub pooling: Pooling,
    /// Which rows may teach.
    #[serde(default)]
    pub rows: Filter,
    #[serde(alias = "head")]
    pub linear_probe: LinearProbeConfig,
    #[serde(alias = "network")]
    pub fine_tune: FineTuneConfig,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub adapter: Option<AdapterPlan>,
    /// For architectures with patches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patchout: Option<Patchout>,
    #[serde(default)]
    pub loss: LossConfig,
    #[serde(default)]
    pub augment: Augmentation,
}

/// First the head alone, on a backbone that stays as it is (Kumar et al. 2022: fine-tuning a random head spoils the
/// features under it). 0 epochs leave it out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinearProbeConfig {
    pub epochs: usize,
    pub batch: usize,
    pub learning_rate: f64,
    pub weight_decay: f64,
}

/// Then everything.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FineTuneConfig {
    pub epochs: usize,
    /// Windows that a step learns from.
    pub batch: usize,
    /// In how many parts a batch goes through the network, where it has no room for all at once: gradients add up to
    /// those of the whole (but where an architecture normalises by the batch, which then is a part).
    #[serde(default = "one_part")]
    #[serde(alias = "accumulate")]
    pub gradient_accumulation_steps: usize,
    /// Random windows of each track in an epoch.
    pub windows_per_track: usize,
    /// How much more often tracks of rare playlists come: in proportion to the inverse share of a track's rarest
    /// playlist, to this power. 0 takes each track equally often.
    #[serde(default)]
    #[serde(alias = "balance")]
    pub sampling_power: f64,
    /// The backbone's; 0 leaves it as it is, without the cost of its gradients.
    pub learning_rate: f64,
    /// Of the head, and of all else that is new: adapters and what the loss learns.
    pub head_learning_rate: f64,
    /// What the learning rate of a layer of the backbone is multiplied by for each layer between it and the head.
    #[serde(default = "no_decay")]
    pub layer_decay: f64,
    pub weight_decay: f64,
    /// Share of all steps in which the learning rate rises; then it falls along a cosine.
    #[serde(alias = "warm_up")]
    pub warmup_ratio: f64,
    /// Gradients that are longer, all taken together, are shortened to this; 0 leaves them.
    #[serde(default)]
    pub clip_norm: f64,
    /// In what the network computes; the weights are of single precision.
    #[serde(default)]
    pub precision: Precision,
    /// Alpha of the Beta distribution that mixes two windows; 0 for none.
    pub mixup: f64,
    /// A playlist's positives weigh (negatives / positives) to this power.
    #[serde(alias = "class_weight")]
    pub pos_weight_power: f64,
    /// Share of the running average of weights that a step keeps; 0 uses the last weights.
    #[serde(alias = "average")]
    pub ema_decay: f64,
    /// Epochs without a better validation before it stops.
    pub patience: usize,
}

fn one_part() -> usize {
    1
}

fn no_decay() -> f64 {
    1.0
}

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error(
        "--preset {name}: no preset and no file of this name; presets are {}",
        TrainConfig::presets()
    )]
    Unknown { name: String },
    #[error("{path}: {source}; check the name and that you may read it")]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("--preset {origin}: {reason}")]
    Malformed { origin: String, reason: String },
}

const PRESETS: &[(&str, &str)] = &[
    ("mn04", include_str!("presets/mn04.toml")),
    ("mn10", include_str!("presets/mn10.toml")),
    ("stern-cnn", include_str!("presets/stern-cnn.toml")),
    (
        "short-chunk-cnn",
        include_str!("presets/short-chunk-cnn.toml"),
    ),
    ("resnet18", include_str!("presets/resnet18.toml")),
    ("conv-encoder", include_str!("presets/conv-encoder.toml")),
    ("musicnn", include_str!("presets/musicnn.toml")),
    ("fcn", include_str!("presets/fcn.toml")),
    ("ast", include_str!("presets/ast.toml")),
    ("ast-small", include_str!("presets/ast-small.toml")),
];

impl TrainConfig {
    /// The names of all presets, as a message lists them.
    pub fn presets() -> String {
        let names: Vec<&str> = PRESETS.iter().map(|preset| preset.0).collect();
        names.join(", ")
    }

    /// A preset by its name, else a TOML file.
    ///
    /// # Errors
    /// No such preset or file, or a field that is missing, unknown or out of range.
    pub fn load(name: &str) -> Result<Self, ConfigError> {
        if let Some((_, text)) = PRESETS.iter().find(|preset| preset.0 == name) {
            return Self::parse(name, text);
        }
        let path = Path::new(name);
        if !path.is_file() {
            return Err(ConfigError::Unknown { name: name.into() });
        }
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read {
            path: path.into(),
            source,
        })?;
        Self::parse(name, &text)
    }

    /// The configuration as TOML, as [`TrainConfig::load`] reads it.
    ///
    /// # Errors
    /// Returns an error if a number cannot be written as TOML (an integer above `i64::MAX`).
    pub fn to_toml(&self) -> Result<String, ConfigError> {
        toml::to_string(self).map_err(|reason| ConfigError::Malformed {
            origin: self.name.clone(),
            reason: reason.to_string(),
        })
    }

    pub(super) fn parse(origin: &str, text: &str) -> Result<Self, ConfigError> {
        let malformed = |reason: String| ConfigError::Malformed {
            origin: origin.into(),
            reason,
        };
        let config: Self = toml::from_str(text).map_err(|reason| malformed(reason.to_string()))?;
        let network = &config.fine_tune;
        let sane = [
            (
                config.n_folds == 1 || config.n_folds == 5,
                "n_folds is 1 or 5",
            ),
            (
                (0.0..1.0).contains(&config.dropout),
                "dropout is from 0 up to 1",
            ),
            (
                network.epochs + config.linear_probe.epochs > 0,
                "at least one epoch",
            ),
            (
                network.batch > 0 && config.linear_probe.batch > 0,
                "batch is at least 1",
            ),
            (
                network.windows_per_track > 0,
                "windows_per_track is at least 1",
            ),
            (
                (0.0..1.0).contains(&network.ema_decay),
                "ema_decay is from 0 up to 1",
            ),
            (
                (0.0..=1.0).contains(&network.warmup_ratio),
                "warmup_ratio is a fraction from 0 to 1",
            ),
            (
                config.window_seconds.is_none_or(|seconds| seconds >= 0.5),
                "window_seconds is at least 0.5",
            ),
            (
                config.mlp_head.is_none_or(|hidden| hidden > 0),
                "mlp_head is at least 1",
            ),
            (
                config.patchout.is_none()
                    || matches!(
                        config.architecture,
                        Architecture::Ast | Architecture::AstSmall
                    ),
                "patchout is for ast and ast-small",
            ),
            (
                network.mixup >= 0.0 && network.pos_weight_power >= 0.0,
                "mixup and pos_weight_power are not negative",
            ),
            (
                network.learning_rate >= 0.0 && network.head_learning_rate >= 0.0,
                "learning rates are not negative",
            ),
            (
                network.epochs == 0 || network.learning_rate + network.head_learning_rate > 0.0,
                "one of the learning rates is above 0, or fine_tune.epochs is 0",
            ),
            (
                (1..=network.batch).contains(&network.gradient_accumulation_steps),
                "gradient_accumulation_steps is from 1 to batch",
            ),
            (
                network.layer_decay > 0.0 && network.layer_decay <= 1.0,
                "layer_decay is above 0, at most 1",
            ),
            (
                network.clip_norm >= 0.0 && network.sampling_power >= 0.0,
                "clip_norm and sampling_power are not negative",
            ),
        ];
        let mut rules = sane.into_iter().chain(config.loss.rules());
        if let Some(rule) = rules.find(|rule| !rule.0) {
            return Err(malformed(rule.1.into()));
        }
        if let Some(plan) = &config.adapter {
            model::check_adapter(plan).map_err(malformed)?;
        }
        if let Some(name) = &config.front_end {
            FrontEnd::preset(name).map_err(|reason| malformed(reason.to_string()))?;
        }
        config.augment.check().map_err(malformed)?;
        Ok(config)
    }

    /// The front end that is named, else the architecture's, with the window of this training.
    pub fn front_end(&self) -> FrontEnd {
        let named = self.front_end.as_deref().map(FrontEnd::preset);
        let own = || self.architecture.front_end();
        let front_end = named.and_then(Result::ok).unwrap_or_else(own);
        match self.window_seconds {
            Some(seconds) => front_end.with_window(seconds),
            None => front_end,
        }
    }

    /// The network that this training trains, on windows of this front end.
    pub fn shape(&self, front_end: &FrontEnd, playlists: usize) -> NetworkConfig {
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

#[cfg(test)]
mod tests {
    use model::tch::Device;

    use super::*;
    use model::Network;

    #[test]
    fn every_preset_is_whole_and_survives_printing() {
        for (name, _) in PRESETS {
            let config = TrainConfig::load(name).unwrap();
            let printed = toml::to_string(&config).unwrap();
            assert_eq!(TrainConfig::parse(name, &printed).unwrap(), config);
        }
    }

    /// Of a bundle that is older than some of the fields.
    #[test]
    fn the_preset_that_a_bundle_keeps_can_be_read() {
        let manifest = include_str!("../../../fixtures/default-bundle/bundle.json");
        let manifest: serde_json::Value = serde_json::from_str(manifest).unwrap();
        let training = manifest["training"].as_str().unwrap();
        let config = TrainConfig::parse("bundle", training).unwrap();
        assert_eq!(config.loss, LossConfig::default());
    }

    #[test]
    fn every_preset_hears_windows_that_its_network_takes() {
        for (name, _) in PRESETS {
            let config = TrainConfig::load(name).unwrap();
            let front_end = config.front_end();
            let shape = config.shape(&front_end, 3);
            assert_eq!(config.architecture.name(), *name);
            Network::new(shape, Device::Cpu).unwrap();
        }
    }

    #[test]
    fn a_misspelt_or_mad_number_is_named() {
        let text = PRESETS[0].1;
        let misspelt = text.replace("dropout", "drop_out");
        assert!(
            TrainConfig::parse("x", &misspelt)
                .unwrap_err()
                .to_string()
                .contains("drop_out")
        );
        let mad = format!("{text}[loss]\ntemperature = 0.0\n");
        let refused = TrainConfig::parse("x", &mad).unwrap_err().to_string();
        assert!(refused.contains("temperature is above 0"), "{refused}");
        let mad = text.replace("n_folds = ", "n_folds = 7 # ");
        assert!(
            TrainConfig::parse("x", &mad)
                .unwrap_err()
                .to_string()
                .contains("n_folds is 1 or 5")
        );
        let misplaced = format!("{text}\n[patchout]\nfrequency = 1\ntime = 1\n");
        assert!(
            TrainConfig::parse("x", &misplaced)
                .unwrap_err()
                .to_string()
                .contains("patchout is for ast")
        );
        let adapter = "\n[adapter]\nkind = \"dora\"\nrank = 8\nalpha = 16.0\nnames = \"query\"\n";
        for (right, wrong, named) in [
            ("rank = 8", "rank = 0", "adapter.rank is from 1"),
            ("\"query\"", "\"quer(y\"", "unclosed group"),
            ("alpha = 16.0", "alpha = nan", "adapter.alpha"),
            (
                "alpha = 16.0",
                "alpha = 1.0\nlayers = [5, 3]",
                "5 lies behind 3",
            ),
            ("dora", "mora", "unknown variant"),
        ] {
            assert!(TrainConfig::parse("x", &format!("{text}{adapter}")).is_ok());
            let mad = format!("{text}{}", adapter.replace(right, wrong));
            let reason = TrainConfig::parse("x", &mad).unwrap_err().to_string();
            assert!(reason.contains(named), "{reason}");
        }
        assert!(
            TrainConfig::load("no-such")
                .unwrap_err()
                .to_string()
                .contains("mn04")
        );
    }
}
