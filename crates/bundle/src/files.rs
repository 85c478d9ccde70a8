//! A bundle's files, in a folder or inside the program.

use std::fs;
use std::path::{Path, PathBuf};

use super::BundleError;

/// The default bundle: `make default-bundle` writes it, the build puts it into the program.
pub const DEFAULT: &str = "fixtures/default-bundle";

macro_rules! embedded {
    ($($name:literal),*) => {
        [$(($name, include_bytes!(concat!("../../../fixtures/default-bundle/", $name)).as_slice())),*]
    };
}

static EMBEDDED: [(&str, &[u8]); 5] = embedded![
    "bundle.json",
    "weights.safetensors",
    "neighbours.safetensors",
    "tracks.json",
    "CREDITS.md"
];

pub enum Files {
    Folder(PathBuf),
    Embedded,
}

impl Files {
    pub fn folder(folder: &Path) -> Self {
        Self::Folder(folder.into())
    }

    pub fn embedded() -> Self {
        Self::Embedded
    }

    /// As a message calls the file.
    pub fn path(&self, name: &str) -> PathBuf {
        match self {
            Self::Folder(folder) => folder.join(name),
            Self::Embedded => Path::new("the default bundle").join(name),
        }
    }

    pub fn read(&self, name: &str) -> Result<Vec<u8>, BundleError> {
        let wrong = |reason: String| BundleError::Read {
            path: self.path(name),
            reason,
        };
        match self {
            Self::Folder(folder) => {
                fs::read(folder.join(name)).map_err(|reason| wrong(reason.to_string()))
            }
            Self::Embedded => {
                let found = EMBEDDED.iter().find(|file| file.0 == name);
                found
                    .map(|file| file.1.to_vec())
                    .ok_or_else(|| wrong("not inside the program".into()))
            }
        }
    }

    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), BundleError> {
        let wrong = |reason: &dyn std::fmt::Display| BundleError::Write {
            path: self.path(name),
            reason: reason.to_string(),
        };
        let Self::Folder(folder) = self else {
            return Err(wrong(&"the program itself cannot be written"));
        };
        files::write(&folder.join(name), bytes).map_err(|reason| wrong(&reason))
    }
}
