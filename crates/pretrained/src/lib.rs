//! Published weights: which exist, under which licence, their download, and the conversion of PyTorch files.
//!
//! [`get`] stores `NAME.safetensors` and `NAME.licence.txt` in the user's folder; [`open`] reads any file of weights as
//! safetensors.
//!
//! Invariants: executes nothing that a file contains, uses no length from a file before it is checked, and knows no
//! layers of a network.

mod catalogue;
mod format;
mod get;
mod tensor;
mod torch_file;
mod weights_dir;

pub use catalogue::{Weights, weights};
pub use format::{contents_hash, open};
pub use get::{SOURCE, get};
pub use weights_dir::{InitialWeights, WeightsDir, initial_weights};

use std::path::PathBuf;

use services::CollectError;

/// Why weights cannot be used. Every message ends with the next step.
#[derive(Debug, thiserror::Error)]
pub enum PretrainedError {
    /// No weights have this name.
    #[error("no weights are called `{name}`; there are {known}")]
    Unknown {
        /// The name from the command line.
        name: String,
        /// The known names.
        known: String,
    },
    /// The weights of this name were not downloaded yet.
    #[error(
        "--init-from {name}: these weights were not downloaded yet; run `playlist-fit weights get {name}`"
    )]
    NotHere {
        /// The name from the command line.
        name: String,
    },
    /// Neither a file nor known weights.
    #[error(
        "--init-from {name}: no file and no weights of this name; give a file, or one of {known} after `playlist-fit \
         weights get`"
    )]
    UnknownInitialWeights {
        /// The name from the command line.
        name: String,
        /// The known names.
        known: String,
    },
    /// A file that is not what it should be.
    #[error("{path}: {reason}; {next}")]
    Refused {
        /// The file, or the address of a download.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
        /// The next step.
        next: String,
    },
    /// A file that cannot be read or written.
    #[error("{path}: {source}; check the name and that you may read and write there")]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// The download failed.
    #[error(transparent)]
    Download(#[from] CollectError),
}

impl PretrainedError {
    fn disk(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> PretrainedError {
        let path = path.into();
        move |source| PretrainedError::Disk { path, source }
    }
}
