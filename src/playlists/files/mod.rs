//! Lists that lie on the disk. A file or a folder comes in, a [`Catalogue`] goes out with all that was
//! skipped. Each format is a file here that turns what it reads into rows; `rows` makes a catalogue of them.
//!
//! Must not: write anything, or ask the clock.

#[cfg(test)]
mod fake;
mod folders;
pub(crate) mod names;
mod rows;
mod table;

use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::{AudioFacts, Catalogue};

pub use folders::audio_below;

/// The source of the user's own lists: a playlist is known by its name, whichever file names it.
pub const SOURCE: &str = "files";

/// What an import needs of the world outside.
pub struct Outside<'a> {
    pub facts: &'a dyn AudioFacts,
    /// When the import takes place.
    pub retrieved: Timestamp,
    /// Called with how many audio files have been looked at, and how many there are; from several threads.
    pub progress: &'a (dyn Fn(usize, usize) + Sync),
}

/// What an import brought.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Imported {
    pub catalogue: Catalogue,
    /// What was left out or mended, in the order in which it was met.
    pub skipped: Vec<Skipped>,
}

/// Something that could not be used as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The file, or `row 7 of manifest.csv`.
    pub path: String,
    pub why: String,
}

/// Why nothing could be imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("{}: {source}; name a folder of folders with audio, or a CSV table", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("{} is not a list that can be read; name a folder of folders with audio, or a table that ends in .csv, .tsv or .txt", .0.display())]
    Format(PathBuf),
    #[error("{} holds no folder with audio; each folder in it is a playlist, with its tracks inside", .0.display())]
    NoPlaylists(PathBuf),
    #[error("{}: line {line} is not UTF-8 text; save the table as `CSV UTF-8`", path.display())]
    NotText { path: PathBuf, line: usize },
    #[error("{} has the columns {found}; it needs {needed}", path.display())]
    Columns {
        path: PathBuf,
        found: String,
        needed: &'static str,
    },
}

/// Reads a folder of folders, or a table.
///
/// # Errors
/// Where nothing at `path` can be read as a list. Single rows and files never are an error: they are skipped.
pub fn import(path: &Path, outside: &Outside) -> Result<Imported, ImportError> {
    if path.is_dir() {
        return folders::import(path, outside);
    }
    let extension = path
        .extension()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase();
    match extension.as_str() {
        "csv" | "tsv" | "txt" => table::import(path, outside),
        _ if path.exists() => Err(ImportError::Format(path.to_owned())),
        _ => Err(unreadable(path)(io::Error::from(io::ErrorKind::NotFound))),
    }
}

fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> ImportError + use<'_> {
    |source| ImportError::Read {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_is_no_list_says_what_can_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let song = folder.path().join("song.mp3");
        fs::write(&song, b"").unwrap();
        for (path, says) in [
            (song, "is not a list"),
            (folder.path().join("gone.csv"), "gone.csv"),
        ] {
            let error = fake::import(&path).unwrap_err().to_string();
            assert!(
                error.contains(says) && error.contains("folder of folders"),
                "{error}"
            );
        }
    }
}
