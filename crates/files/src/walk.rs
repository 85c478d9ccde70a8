//! Finding audio files in folders.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Opus has no decoder here; it is included so that its files are reported instead of ignored.
const AUDIO: [&str; 13] = [
    "wav", "flac", "mp3", "ogg", "oga", "opus", "m4a", "mp4", "aac", "alac", "aif", "aiff", "caf",
];

/// Audio files in `folder` and its sub-folders, sorted by name, and the paths that could not be read, each with the reason.
#[must_use]
pub fn audio_below(folder: &Path) -> (Vec<PathBuf>, Vec<(PathBuf, String)>) {
    let (mut files, mut unreadable) = (Vec::new(), Vec::new());
    audio_files(folder, &mut HashSet::new(), &mut files, &mut unreadable);
    (files, unreadable)
}

/// Collects audio files recursively. Symbolic links are followed; each real folder is visited once.
fn audio_files(
    folder: &Path,
    seen: &mut HashSet<PathBuf>,
    files: &mut Vec<PathBuf>,
    unreadable: &mut Vec<(PathBuf, String)>,
) {
    let entries = folder.canonicalize().and_then(|real| {
        if seen.insert(real) {
            sorted_entries(folder)
        } else {
            Ok(Vec::new())
        }
    });
    let entries = entries.unwrap_or_else(|error| {
        unreadable.push((folder.to_owned(), error.to_string()));
        Vec::new()
    });
    for entry in entries {
        if entry.is_dir() {
            audio_files(&entry, seen, files, unreadable);
        } else if !is_audio(&entry) {
            continue;
        } else if entry.to_str().is_none() {
            unreadable.push((entry, "its name is not valid Unicode; rename it".to_owned()));
        } else {
            files.push(entry);
        }
    }
}

/// Entries of a folder sorted by name, without hidden ones.
///
/// # Errors
/// If the folder cannot be read.
pub fn sorted_entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if !entry.file_name().to_string_lossy().starts_with('.') {
            entries.push(entry.path());
        }
    }
    entries.sort();
    Ok(entries)
}

/// Whether the extension is that of an audio format, in any case.
#[must_use]
pub fn is_audio(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default();
    AUDIO
        .iter()
        .any(|audio| extension.eq_ignore_ascii_case(audio))
}
