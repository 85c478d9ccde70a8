//! Presets as TOML: those that are shipped, and files edited by the user.

use std::path::{Path, PathBuf};

use crate::TrainConfig;

/// A preset that is compiled into the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// The name for `--preset`, equal to its architecture's.
    pub name: &'static str,
    /// The TOML file with a comment on every key.
    pub toml: &'static str,
}

/// The presets, in the order in which messages list them.
pub const PRESETS: [Preset; 10] = [
    preset("mn04", include_str!("presets/mn04.toml")),
    preset("mn10", include_str!("presets/mn10.toml")),
    preset("stern-cnn", include_str!("presets/stern-cnn.toml")),
    preset(
        "short-chunk-cnn",
        include_str!("presets/short-chunk-cnn.toml"),
    ),
    preset("resnet18", include_str!("presets/resnet18.toml")),
    preset("conv-encoder", include_str!("presets/conv-encoder.toml")),
    preset("musicnn", include_str!("presets/musicnn.toml")),
    preset("fcn", include_str!("presets/fcn.toml")),
    preset("ast", include_str!("presets/ast.toml")),
    preset("ast-small", include_str!("presets/ast-small.toml")),
];

const fn preset(name: &'static str, toml: &'static str) -> Preset {
    Preset { name, toml }
}

impl Preset {
    /// The shipped preset of this name.
    ///
    /// # Errors
    /// [`ConfigError::Unknown`] if there is none.
    pub fn named(name: &str) -> Result<Self, ConfigError> {
        let found = PRESETS.into_iter().find(|preset| preset.name == name);
        found.ok_or_else(|| ConfigError::Unknown { name: name.into() })
    }

    /// The first sentence of the file: network and initial weights.
    #[must_use]
    pub fn description(&self) -> &'static str {
        let first = self.toml.lines().next().unwrap_or_default();
        first.trim_start_matches(['#', ' '])
    }
}

/// Why a preset cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Neither a shipped preset nor a file.
    #[error(
        "--preset {name}: no preset and no file of this name; the presets are {}",
        TrainConfig::presets()
    )]
    Unknown {
        /// As the user wrote it.
        name: String,
    },
    /// The file cannot be read.
    #[error("{path}: {source}; check the name and that you may read it")]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: std::io::Error,
    },
    /// A key that no preset has.
    #[error("--preset {origin}: unknown key `{key}`{place}; nearest known key: `{nearest}`")]
    UnknownKey {
        /// Name or path of the preset.
        origin: String,
        /// As it is written, without its table.
        key: String,
        /// ` in line N`, or empty.
        place: String,
        /// The most similar key of the same table.
        nearest: String,
    },
    /// Not TOML, a missing key, or a value out of range.
    #[error("--preset {origin}: {reason}")]
    Malformed {
        /// Name or path of the preset.
        origin: String,
        /// What is wrong.
        reason: String,
    },
}

impl TrainConfig {
    /// The names of all presets, as a message lists them.
    #[must_use]
    pub fn presets() -> String {
        PRESETS.map(|preset| preset.name).join(", ")
    }

    /// A shipped preset by its name, else a TOML file.
    ///
    /// # Errors
    /// Returns an error if there is no such preset or file, or a key is missing, unknown or out of range.
    pub fn load(name: &str) -> Result<Self, ConfigError> {
        let path = Path::new(name);
        match Preset::named(name) {
            Ok(preset) => Self::parse(name, preset.toml),
            Err(unknown) if !path.is_file() => Err(unknown),
            Err(_) => {
                let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read {
                    path: path.into(),
                    source,
                })?;
                Self::parse(name, &text)
            }
        }
    }

    /// The configuration as TOML, as [`TrainConfig::load`] reads it, without comments.
    ///
    /// # Errors
    /// Returns an error if a number cannot be written as TOML (an integer above `i64::MAX`).
    pub fn to_toml(&self) -> Result<String, ConfigError> {
        toml::to_string(self).map_err(|reason| ConfigError::Malformed {
            origin: self.name.clone(),
            reason: reason.to_string(),
        })
    }

    /// Reads a preset; `origin` is its name or path, for messages.
    pub(crate) fn parse(origin: &str, text: &str) -> Result<Self, ConfigError> {
        let config: Self =
            toml::from_str(text).map_err(|reason| parse_error(origin, text, &reason))?;
        config.check().map_err(|reason| ConfigError::Malformed {
            origin: origin.into(),
            reason,
        })?;
        Ok(config)
    }
}

/// serde names the unknown key first, then those that it expected, each between backticks.
fn parse_error(origin: &str, text: &str, reason: &toml::de::Error) -> ConfigError {
    let quoted = reason.message().split('`').skip(1).step_by(2);
    let mut quoted = quoted.map(str::to_owned);
    let unknown = reason.message().starts_with("unknown field");
    let key = quoted.next().filter(|_| unknown);
    let similarity = |known: &String| {
        key.as_ref()
            .map_or(0.0, |key| strsim::jaro_winkler(key, known))
    };
    let nearest = quoted.max_by(|left, right| similarity(left).total_cmp(&similarity(right)));
    let line = |start: usize| text[..start].lines().count().max(1);
    let (Some(key), Some(nearest)) = (key.clone(), nearest) else {
        return ConfigError::Malformed {
            origin: origin.into(),
            reason: reason.to_string(),
        };
    };
    ConfigError::UnknownKey {
        origin: origin.into(),
        key,
        nearest,
        place: reason.span().map_or_else(String::new, |span| {
            format!(" in line {}", line(span.start + 1))
        }),
    }
}
