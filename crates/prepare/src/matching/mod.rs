//! Which file is which track. Tracks without audio come in; they go out with a path, a content hash and a length, from
//! the user's own folders, from whoever offers them for download, or from a command of the user's own, in this order.
//!
//! Never silently wrong: what is not sure (see `score` for the formula) is written to `unsure.csv` for the user.
//! Previews of 30 seconds are not fetched from anywhere: Deezer's are signed and not licensed for it, Apple's are for
//! promotion only.
//!
//! Must not: know a service or a network (see [`AudioProvider`]), decode a song, or print.

mod artists;
mod assign;
mod blocking;
mod command;
mod fetched;
mod index;
mod interpretation;
mod provider;
mod review;
mod score;
mod search;
mod text;
mod title;

pub use command::{FetchCommand, TemplateError};
pub use index::FileIndex;
pub use provider::{AudioProvider, FetchError};
pub use review::{PendingMatch, path as review_path};
pub use search::{AudioMatcher, MatchSummary};

use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

/// No song that is fetched is larger.
pub const MAX_FETCH_BYTES: u64 = 500_000_000;

/// How a track came to its audio.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchSource {
    /// The user said yes to it in `unsure.csv`.
    Accepted,
    Isrc,
    Tags,
    /// The file's name and its folders.
    Name,
    Download,
    Command,
}

impl MatchSource {
    pub const ALL: [MatchSource; 6] = [
        MatchSource::Accepted,
        MatchSource::Isrc,
        MatchSource::Tags,
        MatchSource::Name,
        MatchSource::Download,
        MatchSource::Command,
    ];

    /// As tables write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            MatchSource::Accepted => "accepted by you",
            MatchSource::Isrc => "ISRC",
            MatchSource::Tags => "tags",
            MatchSource::Name => "file name",
            MatchSource::Download => "download",
            MatchSource::Command => "command",
        }
    }
}

/// Why nothing more could be resolved.
#[derive(Debug, thiserror::Error)]
pub enum MatchError {
    #[error("--audio {}: {source}; name a folder with audio", path.display())]
    Folder { path: PathBuf, source: io::Error },
    #[error("{}: {source}; free some space there, or choose a folder that you may write to", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("{}: {reason}; mend it, or delete it and run `playlist-fit prepare` again", path.display())]
    Review { path: PathBuf, reason: String },
    #[error(transparent)]
    Save(Box<dyn std::error::Error + Send + Sync>),
}

impl MatchError {
    fn write(path: &Path) -> impl Fn(io::Error) -> MatchError + use<'_> {
        |source| MatchError::Write {
            path: path.to_owned(),
            source,
        }
    }
}
