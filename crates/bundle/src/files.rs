//! A bundle's files, in a folder or inside the program.

use std::fs;
use std::path::{Path, PathBuf};

use super::BundleError;

/// The default bundle: `make default-bundle` writes it, the build puts it into the program.
pub const DEFAULT: &str = "fixtures/default-bundle";

macro_rules! inside {
    ($($name:literal),*) => {
        [$(($name, include_bytes!(concat!("../../../fixtures/default-bundle/", $name)).as_slice())),*]
    };
}

static INSIDE: [(&str, &[u8]); 5] = inside![
    "bundle.json",
    "weights.safetensors",
    "neighbours.safetensors",
    "tracks.json",
    "CREDITS.md"
];

pub enum Files {
    Folder(PathBuf),
    Inside,
}

impl Files {
    pub fn folder(folder: &Path) -> Self {
        Self::Folder(folder.into())
    }

    pub fn inside() -> Self {
        Self::Inside
    }

    /// As a message calls the file.
    pub fn path(&self, name: &str) -> PathBuf {
        match self {
            Self::Folder(folder) => folder.join(name),
            Self::Inside => Path::new("the default bundle").join(name),
        }
    }

    pub fn read(&self, name: &str) -> Result<Vec<u8>, BundleError> {
        let wrong = |why: String| BundleError::Read {
            path: self.path(name),
            why,
        };
        match self {
            Self::Folder(folder) => {
                fs::read(folder.join(name)).map_err(|why| wrong(why.to_string()))
            }
            Self::Inside => {
                let found = INSIDE.iter().find(|file| file.0 == name);
                found
                    .map(|file| file.1.to_vec())
                    .ok_or_else(|| wrong("not inside the program".into()))
            }
        }
    }

    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), BundleError> {
        let wrong = |why: &dyn std::fmt::Display| BundleError::Write {
            path: self.path(name),
            why: why.to_string(),
        };
        let Self::Folder(folder) = self else {
            return Err(wrong(&"the program itself cannot be written"));
        };
        files::write(&folder.join(name), bytes).map_err(|why| wrong(&why))
    }
}
