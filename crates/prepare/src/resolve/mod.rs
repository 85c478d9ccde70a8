//! Which file is which track. Tracks without audio come in; they go out with a path, a content hash and a length, from
//! the user's own folders, from whoever offers them for download, or from a command of the user's own, in this order.
//!
//! Never silently wrong: what is not sure (see `score` for the formula) is written to `unsure.csv` for the user.
//! Previews of 30 seconds are not fetched from anywhere: Deezer's are signed and not licensed for it, Apple's are for
//! promotion only.
//!
//! Must not: know a service or a network (see [`Offers`]), decode a song, or print.

mod artists;
mod blocks;
mod command;
mod index;
mod keep;
mod matching;
mod offers;
mod reading;
mod review;
mod score;
mod search;
mod text;
mod title;

pub use command::{FetchCommand, TemplateError};
pub use index::Library;
pub use offers::{Offers, Unfetched};
pub use review::{Unsure, path as review_path};
pub use search::{Resolved, Search};

use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

/// No song that is fetched is larger.
pub const MOST_BYTES: u64 = 500_000_000;

/// How a track came to its audio.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// The user said yes to it in `unsure.csv`.
    Accepted,
    Isrc,
    Tags,
    /// The file's name and its folders.
    Name,
    Download,
    Command,
}

impl How {
    pub const ALL: [How; 6] = [
        How::Accepted,
        How::Isrc,
        How::Tags,
        How::Name,
        How::Download,
        How::Command,
    ];

    /// As tables write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            How::Accepted => "accepted by you",
            How::Isrc => "ISRC",
            How::Tags => "tags",
            How::Name => "file name",
            How::Download => "download",
            How::Command => "command",
        }
    }
}

/// Why nothing more could be resolved.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    #[error("--audio {}: {source}; name a folder with audio", path.display())]
    Folder { path: PathBuf, source: io::Error },
    #[error("{}: {source}; free some space there, or choose a folder that you may write to", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("{}: {why}; mend it, or delete it and run `playlist-fit prepare` again", path.display())]
    Review { path: PathBuf, why: String },
    #[error(transparent)]
    Save(Box<dyn std::error::Error + Send + Sync>),
}

impl ResolveError {
    fn write(path: &Path) -> impl Fn(io::Error) -> ResolveError + use<'_> {
        |source| ResolveError::Write {
            path: path.to_owned(),
            source,
        }
    }
}
