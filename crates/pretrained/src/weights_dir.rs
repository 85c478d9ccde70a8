//! Where weights lie: `NAME.safetensors`, `NAME.licence.txt` beside it, and `pins.toml` with what came first.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;

use super::catalogue::names;
use super::{PretrainedError, format, weights};

const LICENCE: &str = "licence.txt";
const PINS: &str = "pins.toml";

/// A folder with weights.
#[derive(Clone, Debug)]
pub struct WeightsDir(PathBuf);

impl WeightsDir {
    /// The user's own: `playlist-fit/weights` in the data folder, `~/.local/share` unless `XDG_DATA_HOME` says otherwise.
    ///
    /// # Errors
    /// Where nobody knows the user's home.
    pub fn for_user() -> Result<WeightsDir, PretrainedError> {
        let folders =
            etcetera::choose_base_strategy().map_err(|reason| PretrainedError::Refused {
                path: "playlist-fit/weights".into(),
                reason: reason.to_string(),
                next: "set HOME or XDG_DATA_HOME, or name a folder with --into".into(),
            })?;
        Ok(WeightsDir(folders.data_dir().join("playlist-fit/weights")))
    }

    pub fn new(path: &Path) -> WeightsDir {
        WeightsDir(path.into())
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Where the weights of this name lie, or will.
    pub fn weights(&self, name: &str) -> PathBuf {
        self.0.join(format!("{name}.safetensors"))
    }

    /// The hash of the first file of this name that came here, hexadecimal.
    ///
    /// # Errors
    /// Where the list of them is damaged.
    pub(super) fn pinned(&self, name: &str) -> Result<Option<String>, PretrainedError> {
        Ok(self.pins()?.remove(name))
    }

    pub(super) fn pin(&self, name: &str, sha256: &str) -> Result<(), PretrainedError> {
        let mut pins = self.pins()?;
        pins.insert(name.to_owned(), sha256.to_owned());
        let path = self.pins_file();
        let text = toml::to_string(&pins).map_err(|reason| self.damaged(reason.to_string()))?;
        files::write(&path, text.as_bytes()).map_err(PretrainedError::disk(path))
    }

    pub(super) fn pins_file(&self) -> PathBuf {
        self.0.join(PINS)
    }

    fn pins(&self) -> Result<BTreeMap<String, String>, PretrainedError> {
        let path = self.pins_file();
        match fs::read_to_string(&path) {
            Err(reason) if reason.kind() == std::io::ErrorKind::NotFound => Ok(BTreeMap::new()),
            Err(reason) => Err(PretrainedError::disk(path)(reason)),
            Ok(text) => {
                toml::from_str(&text).map_err(|reason| self.damaged(reason.message().to_owned()))
            }
        }
    }

    fn damaged(&self, reason: String) -> PretrainedError {
        PretrainedError::Refused {
            path: self.pins_file(),
            reason,
            next: "write one `NAME = \"sha256\"` a line, or delete it".into(),
        }
    }
}

/// Weights to begin a training with.
#[derive(Debug)]
pub struct InitialWeights {
    pub path: PathBuf,
    /// A safetensors file.
    pub bytes: Vec<u8>,
    /// The notice that lies beside it, if there is one.
    pub licence: Option<String>,
}

impl InitialWeights {
    /// As a training takes them.
    pub fn bytes_and_path(&self) -> (&[u8], PathBuf) {
        (&self.bytes, self.path.clone())
    }
}

/// Weights by a name of the catalogue, taken from `folder`, or by a file: safetensors, or PyTorch's `.pt` and `.pth`.
///
/// # Errors
/// Where they are not here, and as [`super::open`].
pub fn initial_weights(
    named: &str,
    folder: &WeightsDir,
) -> Result<InitialWeights, PretrainedError> {
    let known = weights()?;
    let is_known = known.iter().any(|weights| weights.name == named);
    let path = if is_known {
        folder.weights(named)
    } else {
        named.into()
    };
    if !path.is_file() {
        let name = named.to_owned();
        return Err(if is_known {
            PretrainedError::NotHere { name }
        } else {
            PretrainedError::UnknownInitialWeights {
                name,
                known: names(&known),
            }
        });
    }
    Ok(InitialWeights {
        bytes: format::open(&path)?,
        licence: fs::read_to_string(licence_of(&path)).ok(),
        path,
    })
}

/// `mn04.licence.txt` beside `mn04.safetensors`.
pub(super) fn licence_of(weights: &Path) -> PathBuf {
    weights.with_extension(LICENCE)
}
