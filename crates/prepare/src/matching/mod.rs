//! Finds the audio file of each track without one: in the user's folders, from a download, or by the user's command, in
//! this order. A match gives the track a path, an audio hash and a duration.
//!
//! Uncertain matches (see `score` for the formula) are written to `pending.csv` for the user to decide. Previews of
//! 30 seconds are not fetched: Deezer's are signed and not licensed for it, Apple's are for promotion only.
//!
//! Invariants: no service, network or decoder (see [`AudioProvider`]), no output to the terminal.

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
pub use provider::{AudioProvider, FetchError, has_preview};
pub use review::{PendingMatch, path as review_path};
pub use search::{AudioMatcher, MatchSummary};

use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

/// Maximum size of a fetched file.
pub const MAX_FETCH_BYTES: u64 = 500_000_000;

/// How the audio of a track was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchSource {
    /// The user accepted it in `pending.csv`.
    Accepted,
    /// By the ISRC in the file's tags.
    Isrc,
    /// By artist and title in the file's tags.
    Tags,
    /// By the file's name and its folders.
    Name,
    /// Downloaded from a service.
    Download,
    /// Fetched by the user's command.
    Command,
}

impl MatchSource {
    /// All, in the order in which tables list them.
    pub const ALL: [MatchSource; 6] = [
        MatchSource::Accepted,
        MatchSource::Isrc,
        MatchSource::Tags,
        MatchSource::Name,
        MatchSource::Download,
        MatchSource::Command,
    ];

    /// The name in tables.
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

/// Why matching stopped.
#[derive(Debug, thiserror::Error)]
pub enum MatchError {
    /// A folder of `--audio` cannot be read.
    #[error("--audio {}: cannot read this folder ({source}); pass a folder with audio", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file of the catalogue's folder cannot be written.
    #[error("{}: cannot write ({source}); free some space or choose a writable folder", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// `pending.csv` cannot be read.
    #[error("{}: {reason}; fix it, or delete it and run `playlist-fit prepare` again", path.display())]
    Review {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The catalogue cannot be saved.
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
