//! Lists that lie on the disk. A file or a folder comes in, a [`Catalogue`] goes out with all that was
//! skipped; `write` turns a [`PlaylistSnapshot`](catalogue::PlaylistSnapshot) into text. Each format is a file here: what it reads goes into
//! `ParsedFile`. `rows` asks for the audio that rows name; `format` says which file is which.
//!
//! Must not: write to the disk, or ask the clock.

pub mod archive;
mod exportify;
#[cfg(test)]
mod fake;
mod folders;
mod format;
mod ids;
mod jspf;
mod list_file;
mod listens;
mod m3u;
mod mpd;
mod parsed_file;
mod paths;
#[cfg(test)]
mod round_trip;
mod rows;
mod songs;
mod spiff;
mod table;
mod write;
mod xspf;

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rayon::prelude::*;

use catalogue::{Catalogue, FileProbe, SkippedItem};
use list_file::ListFile;
pub use listens::{Listens, listens};
use parsed_file::ParsedFile;
pub use paths::make_audio_relative;
pub use songs::songs;
pub use write::{Format, Written, write};

/// What an import needs of the world outside.
pub struct ImportContext<'a> {
    pub facts: &'a dyn FileProbe,
    /// When the import takes place.
    pub retrieved: Timestamp,
    /// Called with how many audio files have been looked at, and how many there are; from several threads.
    pub progress: &'a (dyn Fn(usize, usize) + Sync),
}

/// What an import brought.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Imported {
    pub catalogue: Catalogue,
    /// Ids of the lists that were stated whole: a track that is not named is not on them.
    pub complete: BTreeSet<String>,
    /// What was left out or mended, in the order in which it was met.
    pub skipped: Vec<SkippedItem>,
}

/// Why nothing could be imported.
#[derive(Debug, thiserror::Error)]
#[error("{}: {reason}", path.display())]
pub struct ImportError {
    pub path: PathBuf,
    pub reason: Reason,
}

/// What is wrong with a file or a folder, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum Reason {
    #[error("{0}; name a folder of folders with audio, or a file with a list")]
    Read(io::Error),
    #[error(
        "this is not a list that can be read; name a folder of folders with audio, a table (.csv, .tsv), M3U, XSPF, \
         JSPF, an Exportify table, a slice of the Million Playlist Dataset, or a file or folder of the Spotify \
         playlist archive"
    )]
    NoList,
    #[error("the file is empty; name one with a list in it")]
    Empty,
    #[error(
        "the folder holds no folder with audio and no list; each folder in it is a playlist, with its tracks inside, \
         or it holds files with lists"
    )]
    NoPlaylists,
    #[error("this is an archive file (zip, tar); extract it and pass the extracted folder")]
    Packed,
    #[error("line {0} is not UTF-8 text; save the file as UTF-8 (a table as `CSV UTF-8`)")]
    NoText(usize),
    #[error("it has the columns {found}; it needs {needed}")]
    Columns { found: String, needed: &'static str },
    #[error("{0}; make or fetch the file again")]
    Broken(String),
}

impl ImportError {
    fn new(path: &Path, reason: Reason) -> ImportError {
        ImportError {
            path: path.to_owned(),
            reason,
        }
    }
}

/// Reads a list, a folder of folders with audio, a folder of lists, or a clone of the Spotify playlist archive.
///
/// # Errors
/// Where nothing at `path` can be read as a list. Single rows and files never are an error: they are skipped.
pub fn import(path: &Path, context: &ImportContext) -> Result<Imported, ImportError> {
    if !path.is_dir() {
        return Ok(read(path)?.import(context));
    }
    let archive = archive::folder(path);
    if !archive.snapshots.is_empty() {
        return Ok(archive.import(context));
    }
    let is_none = |error: &ImportError| matches!(error.reason, Reason::NoPlaylists);
    match folders::import(path, context) {
        Err(error) if is_none(&error) => match lists_in(path) {
            // It looks like the archive, but nothing in it could be read.
            Err(error) if is_none(&error) && !archive.skipped.is_empty() => {
                Ok(archive.import(context))
            }
            lists => Ok(lists?.import(context)),
        },
        imported => imported,
    }
}

/// All lists that lie directly in a folder.
fn lists_in(folder: &Path) -> Result<ParsedFile, ImportError> {
    let entries = files::sorted_entries(folder)
        .map_err(|error| ImportError::new(folder, Reason::Read(error)))?;
    let files: Vec<PathBuf> = entries
        .into_iter()
        .filter(|file| file.is_file() && format::may_be_list(file))
        .collect();
    if files.is_empty() {
        Err(ImportError::new(folder, Reason::NoPlaylists))
    } else {
        Ok(ParsedFile::joined(read_all(&files)))
    }
}

/// Each file, in its order; of one that cannot be read only the reason.
fn read_all(files: &[PathBuf]) -> Vec<ParsedFile> {
    let read = |file: &PathBuf| {
        read(file).unwrap_or_else(|error| {
            ParsedFile::only_skipped(error.path.display().to_string(), error.reason.to_string())
        })
    };
    files.par_iter().map(read).collect()
}

fn read(path: &Path) -> Result<ParsedFile, ImportError> {
    let read = |file: ListFile| {
        let mut parsed = format::detect_format(&file)?.read(&file)?;
        if parsed.is_empty() {
            parsed.skip(file.name(), "names no tracks");
        }
        Ok(parsed)
    };
    ListFile::open(path)
        .and_then(read)
        .map_err(|reason| ImportError::new(path, reason))
}

#[cfg(test)]
mod tests;
