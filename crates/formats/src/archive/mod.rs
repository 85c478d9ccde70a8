//! The Spotify playlist archive (mackorone/spotify-playlist-archive): for each playlist a cumulative file with the days
//! on which each track was added and removed, a pretty one and a plain one with the present tracks.
//!
//! A track may be on a playlist several times; each interval is an entry of its own.

pub(super) mod json;
mod markdown;
mod plain;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use rayon::prelude::*;

use super::input_format::{InputFormat, read_first};
use super::parsed_file::ParsedFile;
use super::text_file::TextFile;
use super::{ImportError, Reason, ids};
use catalogue::SkippedItem;
use catalogue::{Playlist, PlaylistSnapshot};

pub(super) use json::Json;
pub(super) use markdown::Markdown;
pub(super) use plain::Plain;

/// The source of its playlists and tracks in a catalogue.
pub const SOURCE: &str = "archive";

/// The archive's folders and the extensions in them, the most complete first.
const KINDS: [(&str, &str); 5] = [
    ("cumulative", "json"),
    ("cumulative", "md"),
    ("pretty", "json"),
    ("pretty", "md"),
    ("plain", ""),
];

/// The archive's formats.
const FORMATS: [&dyn InputFormat; 3] = [&Json, &Markdown, &Plain];

/// Reads a clone, its folder `playlists`, or one folder in it: each playlist once, from the most complete file. Empty if
/// the folder holds no such file; unreadable files are skipped with their reason.
pub(super) fn folder(path: &Path) -> ParsedFile {
    let mut known = BTreeSet::new();
    let mut parts = Vec::new();
    for (folder, extension) in KINDS {
        let is_new = |file: &PathBuf| {
            let stem = file.file_stem().unwrap_or_default().to_string_lossy();
            !known.contains(&format!("{SOURCE}:{stem}"))
        };
        let mut files = files(path, folder, extension);
        files.retain(is_new);
        let read: Vec<ParsedFile> = files.par_iter().map(|file| read_file(file)).collect();
        for mut part in read {
            part.snapshots
                .retain(|snapshot| !known.contains(&snapshot.playlist.id));
            let ids = || part.snapshots.iter().map(|snapshot| &snapshot.playlist.id);
            known.extend(ids().cloned());
            part.complete.retain(|id| ids().any(|read| read == id));
            parts.push(part);
        }
    }
    ParsedFile::joined(parts)
}

fn read_file(path: &Path) -> ParsedFile {
    let parsed = TextFile::open(path).and_then(|file| parse(&file));
    parsed.unwrap_or_else(|reason| {
        ParsedFile::only_skipped(path.display().to_string(), reason.to_string())
    })
}

/// The playlists of the archive in a file.
fn parse(file: &TextFile) -> Result<ParsedFile, Reason> {
    let mut parsed = read_first(&FORMATS, file)?;
    parsed
        .snapshots
        .retain(|snapshot| snapshot.playlist.source == SOURCE);
    Ok(parsed)
}

/// Reads one playlist from a file of the archive; the second value lists the tracks that were skipped.
///
/// # Errors
/// If the file is not a playlist of the archive.
pub fn open(path: &Path) -> Result<(PlaylistSnapshot, Vec<SkippedItem>), ImportError> {
    let read = TextFile::open(path).and_then(|file| only_playlist(&file));
    read.map_err(|reason| ImportError::new(path, reason))
}

/// [`open`] for the bytes of a downloaded file.
///
/// # Errors
/// If they are not a playlist of the archive.
pub fn read(name: &str, bytes: Vec<u8>) -> Result<(PlaylistSnapshot, Vec<SkippedItem>), Reason> {
    only_playlist(&TextFile::new(Path::new(name), bytes)?)
}

fn only_playlist(file: &TextFile) -> Result<(PlaylistSnapshot, Vec<SkippedItem>), Reason> {
    let mut parsed = parse(file)?;
    date_removals(&mut parsed.snapshots);
    match parsed.snapshots.pop() {
        Some(snapshot) => Ok((snapshot, parsed.skipped)),
        None => Err(Reason::Invalid(
            "it holds no playlist of the archive with tracks".to_owned(),
        )),
    }
}

/// The Spotify key of a playlist that the user names by key or link; `None` if it is neither.
pub fn key(named: &str) -> Option<String> {
    let bare = Some(named.to_owned()).filter(|key| is_key(key));
    bare.or_else(|| ids::spotify_playlist(named))
}

fn files(path: &Path, folder: &str, extension: &str) -> Vec<PathBuf> {
    let is_itself = std::path::absolute(path)
        .is_ok_and(|path| path.file_name().is_some_and(|name| name == folder));
    let inside = [path.join("playlists").join(folder), path.join(folder)];
    let place = inside.into_iter().find(|place| place.is_dir());
    let Some(place) = place.or_else(|| is_itself.then(|| path.to_owned())) else {
        return Vec::new();
    };
    let of_kind = |file: &PathBuf| {
        let found = file.extension().unwrap_or_default();
        let named = file.file_name().unwrap_or_default().to_string_lossy();
        found == extension && (!extension.is_empty() || is_key(&named)) && file.is_file()
    };
    let files = files::sorted_entries(&place).unwrap_or_default();
    files.into_iter().filter(of_kind).collect()
}

/// Whether a name has the shape of a Spotify playlist key.
pub(super) fn is_key(name: &str) -> bool {
    name.len() == 22 && name.chars().all(|c| c.is_ascii_alphanumeric())
}

/// Sets `last_seen` of each playlist to the latest day in any of them: the archive updates all playlists daily.
pub(super) fn date_removals(snapshots: &mut [PlaylistSnapshot]) {
    let of_archive = |snapshot: &&mut PlaylistSnapshot| snapshot.playlist.source == SOURCE;
    let last = snapshots
        .iter_mut()
        .filter(of_archive)
        .filter_map(|snapshot| last_day(snapshot))
        .max();
    for snapshot in snapshots.iter_mut().filter(of_archive) {
        snapshot.playlist.last_seen = snapshot.playlist.last_seen.max(last);
    }
}

fn last_day(snapshot: &PlaylistSnapshot) -> Option<Date> {
    let entries = snapshot.entries.iter();
    let days = entries.flat_map(|entry| [entry.added, entry.removed]);
    days.chain([snapshot.playlist.first_seen]).flatten().max()
}

/// A playlist with the key of its link, or else of its file's name.
fn playlist(link: &str, name: &str, file: &TextFile) -> Playlist {
    let key = ids::spotify_playlist(link).unwrap_or_else(|| file.stem());
    Playlist {
        id: format!("{SOURCE}:{key}"),
        source: SOURCE.to_owned(),
        name: Some(name.trim().to_owned())
            .filter(|name| !name.is_empty())
            .unwrap_or(key),
        ..Playlist::default()
    }
}

#[cfg(test)]
mod tests;
