//! The folder of the weights: `NAME.safetensors`, `NAME.licence.txt`, and `pins.toml` with the hashes of first downloads.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;

use super::catalogue::names;
use super::{PretrainedError, format, weights};

const LICENCE: &str = "licence.txt";
const PINS: &str = "pins.toml";

/// A folder of weights.
#[derive(Clone, Debug)]
pub struct WeightsDir(PathBuf);

impl WeightsDir {
    /// The user's folder: `playlist-fit/weights` in `XDG_DATA_HOME`, by default `~/.local/share`.
    ///
    /// # Errors
    /// [`PretrainedError::Refused`] if the home folder is unknown.
    pub fn for_user() -> Result<WeightsDir, PretrainedError> {
        let folders =
            etcetera::choose_base_strategy().map_err(|reason| PretrainedError::Refused {
                path: "playlist-fit/weights".into(),
                reason: reason.to_string(),
                next: "set HOME or XDG_DATA_HOME, or give a folder with --out".into(),
            })?;
        Ok(WeightsDir(folders.data_dir().join("playlist-fit/weights")))
    }

    /// Any folder; it need not exist.
    pub fn new(path: &Path) -> WeightsDir {
        WeightsDir(path.into())
    }

    /// Path of the folder.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Path of the weights of this name, whether or not they exist.
    pub fn weights(&self, name: &str) -> PathBuf {
        self.0.join(format!("{name}.safetensors"))
    }

    /// The SHA-256 of the first download of this name, hexadecimal.
    ///
    /// # Errors
    /// [`PretrainedError::Refused`] if `pins.toml` is invalid.
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

/// Weights to initialise a training with.
#[derive(Debug)]
pub struct InitialWeights {
    /// The file that they were read from.
    pub path: PathBuf,
    /// The bytes of a safetensors file.
    pub bytes: Vec<u8>,
    /// The licence notice next to the file, if there is one.
    pub licence: Option<String>,
}

impl InitialWeights {
    /// The bytes and the path, as a training takes them.
    pub fn bytes_and_path(&self) -> (&[u8], PathBuf) {
        (&self.bytes, self.path.clone())
    }
}

/// Reads weights by their name from `folder`, or from a file: safetensors, or PyTorch's `.pt` and `.pth`.
///
/// # Errors
/// Weights that were not downloaded, a file that does not exist, and as [`super::open`].
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

/// `mn04.licence.txt` for `mn04.safetensors`.
pub(super) fn licence_of(weights: &Path) -> PathBuf {
    weights.with_extension(LICENCE)
}
