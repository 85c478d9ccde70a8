//! Weights that other people trained: which there are, under which licence, how they come here, and how their files are
//! read. A name comes in, `NAME.safetensors` and `NAME.licence.txt` in the user's folder go out; or any file of weights
//! comes in, and the bytes of a safetensors file go out.
//!
//! Must not: run anything that a file holds, trust a length that a file states, or know a network's layers.

mod catalogue;
mod format;
mod get;
mod tensor;
mod torch_file;
mod weights_dir;

pub use catalogue::{Licence, Pin, Weights, weights};
pub use format::{contents_hash, open};
pub use get::{SOURCE, get};
pub use weights_dir::{InitialWeights, WeightsDir, initial_weights};

use std::path::PathBuf;

use services::CollectError;

/// Why there are no weights. Every text says what happened and the next thing to do.
#[derive(Debug, thiserror::Error)]
pub enum PretrainedError {
    #[error("no weights are called `{name}`; there are {known}")]
    Unknown { name: String, known: String },
    #[error(
        "--start {name}: these weights are not here yet; run `playlist-fit weights get {name}`"
    )]
    NotHere { name: String },
    #[error(
        "--start {name}: no file and no weights of this name; name a file, or one of {known}, which `playlist-fit weights \
         get` brings"
    )]
    UnknownInitialWeights { name: String, known: String },
    #[error("{path}: {reason}; {next}")]
    Refused {
        path: PathBuf,
        reason: String,
        next: String,
    },
    #[error("{path}: {source}; check the name and that you may read and write there")]
    Disk {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error(transparent)]
    Download(#[from] CollectError),
}

impl PretrainedError {
    fn disk(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> PretrainedError {
        let path = path.into();
        move |source| PretrainedError::Disk { path, source }
    }
}
