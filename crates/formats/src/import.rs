//! Files and folders into a catalogue.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::parsed_file::ParsedFile;
use super::registry::{detect_format, may_be_playlist};
use super::rows::{WithoutAudio, import_rows};
use super::text_file::TextFile;
use super::{ImportContext, ImportError, Imported, Reason, archive, folders};
use catalogue::Catalogue;

/// Imports a playlist file, a folder of folders with audio, a folder of playlist files, or a clone of the Spotify playlist
/// archive.
///
/// # Errors
/// If nothing at `path` can be read as a playlist. Single rows and files are skipped instead.
pub fn import(path: &Path, context: &ImportContext) -> Result<Imported, ImportError> {
    if !path.is_dir() {
        return Ok(merge(read(path)?, context));
    }
    let archive = archive::folder(path);
    if !archive.snapshots.is_empty() {
        return Ok(merge(archive, context));
    }
    let is_none = |error: &ImportError| matches!(error.reason, Reason::NoPlaylists);
    match folders::import(path, context) {
        Err(error) if is_none(&error) => match playlists_in(path) {
            // The folders of the archive, but none of their files could be read.
            Err(error) if is_none(&error) && !archive.skipped.is_empty() => {
                Ok(merge(archive, context))
            }
            playlists => Ok(merge(playlists?, context)),
        },
        imported => imported,
    }
}

/// The catalogue of all that files state.
fn merge(mut parsed: ParsedFile, context: &ImportContext) -> Imported {
    archive::date_removals(&mut parsed.snapshots);
    let mut imported = import_rows(parsed.rows, WithoutAudio::Keep, parsed.skipped, context);
    let mut raw = Catalogue::default();
    for snapshot in parsed.snapshots {
        snapshot.into_rows(context.retrieved, &mut raw);
    }
    imported.catalogue.merge(raw);
    imported.complete = parsed.complete;
    imported
}

/// All playlist files directly in a folder.
fn playlists_in(folder: &Path) -> Result<ParsedFile, ImportError> {
    let entries = files::sorted_entries(folder)
        .map_err(|error| ImportError::new(folder, Reason::Read(error)))?;
    let is_playlist = |file: &PathBuf| file.is_file() && may_be_playlist(file);
    let files: Vec<PathBuf> = entries.into_iter().filter(is_playlist).collect();
    if files.is_empty() {
        return Err(ImportError::new(folder, Reason::NoPlaylists));
    }
    let read = |file: &PathBuf| {
        read(file).unwrap_or_else(|error| {
            ParsedFile::only_skipped(error.path.display().to_string(), error.reason.to_string())
        })
    };
    Ok(ParsedFile::joined(files.par_iter().map(read).collect()))
}

/// Reads one playlist file.
pub(super) fn read(path: &Path) -> Result<ParsedFile, ImportError> {
    let read = |file: TextFile| {
        let mut parsed = detect_format(&file)?.read(&file)?;
        if parsed.is_empty() {
            parsed.skip(file.name(), "names no tracks");
        }
        Ok(parsed)
    };
    TextFile::open(path)
        .and_then(read)
        .map_err(|reason| ImportError::new(path, reason))
}
