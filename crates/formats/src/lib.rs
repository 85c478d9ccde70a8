//! Playlist files: imported into a [`Catalogue`], and written from a [`PlaylistSnapshot`](catalogue::PlaylistSnapshot).
//!
//! Each format is a module that implements `InputFormat`; `registry` lists the formats and detects that of a file. A
//! format reads a `TextFile` into a `ParsedFile`; `import` reads the audio that all of them name and makes one catalogue.
//!
//! Invariants: no writing to the disk, no clock.

pub mod archive;
mod exportify;
#[cfg(test)]
mod fake;
mod folders;
mod ids;
mod import;
mod input_format;
mod jspf;
mod listens;
mod m3u;
mod mpd;
mod parsed_file;
mod paths;
mod registry;
#[cfg(test)]
mod round_trip;
mod rows;
mod songs;
mod spiff;
mod table;
mod text_file;
mod write;
mod xspf;

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use catalogue::{Catalogue, FileProbe, SkippedItem};
pub use import::import;
pub use listens::{Listens, listens};
pub use paths::make_audio_relative;
pub use songs::songs;
pub use write::{Format, UnknownFormat, Written, write};

/// What an import needs from the program: a reader of audio files, the time, a progress callback.
pub struct ImportContext<'a> {
    /// Reads tags, audio hash and duration of an audio file.
    pub facts: &'a dyn FileProbe,
    /// When the import takes place.
    pub retrieved: Timestamp,
    /// Called from several threads with the number of audio files that were read, and of all.
    pub progress: &'a (dyn Fn(usize, usize) + Sync),
}

/// The result of an import.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Imported {
    /// Tracks, playlists, placements and provenance of all files.
    pub catalogue: Catalogue,
    /// Ids of the playlists that were stated completely: a track that is not named is not on them.
    pub complete: BTreeSet<String>,
    /// What was skipped or corrected, in the order of the files.
    pub skipped: Vec<SkippedItem>,
}

/// A path that cannot be imported.
#[derive(Debug, thiserror::Error)]
#[error("{}: {reason}", path.display())]
pub struct ImportError {
    /// The file or folder.
    pub path: PathBuf,
    /// Why.
    pub reason: Reason,
}

/// What is wrong with a file or folder, and the next step.
#[derive(Debug, thiserror::Error)]
pub enum Reason {
    /// It cannot be opened.
    #[error("cannot read it ({0}); pass a folder of folders with audio, or a playlist file")]
    Read(io::Error),
    /// It has no format that is read.
    #[error(
        "this is not a playlist in a supported format; pass a folder of folders with audio, a table (.csv, .tsv), M3U, \
         XSPF, JSPF, an Exportify table, a slice of the Million Playlist Dataset, or a file or folder of the Spotify \
         playlist archive"
    )]
    UnknownFormat,
    /// The file has no content.
    #[error("the file is empty; pass a file with a playlist")]
    Empty,
    /// The folder holds nothing that can be imported.
    #[error(
        "the folder holds neither folders with audio nor playlist files; each folder in it is a playlist with its tracks"
    )]
    NoPlaylists,
    /// The file is an archive.
    #[error("this is an archive file (zip, tar); extract it and pass the extracted folder")]
    Packed,
    /// The file is not UTF-8: the first line that is not.
    #[error("line {0} is not UTF-8 text; save the file as UTF-8 (a table as `CSV UTF-8`)")]
    NotUtf8(usize),
    /// A table lacks columns.
    #[error("it has the columns {found}; it needs {needed}")]
    Columns {
        /// The columns that it has.
        found: String,
        /// The columns that it needs.
        needed: &'static str,
    },
    /// The file is invalid in its own format: how.
    #[error("{0}; export or download the file again")]
    Invalid(String),
}

impl ImportError {
    fn new(path: &Path, reason: Reason) -> ImportError {
        ImportError {
            path: path.to_owned(),
            reason,
        }
    }
}

#[cfg(test)]
mod tests;
