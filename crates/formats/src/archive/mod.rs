//! The Spotify playlist archive (mackorone/spotify-playlist-archive): for each list a cumulative file with the day on
//! which each track came and went, a pretty one and a plain one with what is on it now.
//!
//! A track may be on a list several times; each stay is an entry of its own.

pub(super) mod json;
pub(super) mod markdown;
pub(super) mod plain;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jiff::civil::Date;

use super::list_file::ListFile;
use super::parsed_file::ParsedFile;
use super::{ImportError, Reason, format, ids, read_all};
use catalogue::SkippedItem;
use catalogue::{Playlist, PlaylistSnapshot};

pub const SOURCE: &str = "archive";

/// The archive's folders and the extensions in them, what says the most first.
const KINDS: [(&str, &str); 5] = [
    ("cumulative", "json"),
    ("cumulative", "md"),
    ("pretty", "json"),
    ("pretty", "md"),
    ("plain", ""),
];

/// Reads a clone, its folder `playlists`, or one folder in that: each list once, from the file that says the most.
/// Without a list where the folder holds no such file; what could not be read is named.
pub(super) fn folder(path: &Path) -> ParsedFile {
    let mut known = BTreeSet::new();
    let mut parts = Vec::new();
    for (folder, extension) in KINDS {
        let of_new_list = |file: &PathBuf| {
            let stem = file.file_stem().unwrap_or_default().to_string_lossy();
            !known.contains(&format!("{SOURCE}:{stem}"))
        };
        let files: Vec<PathBuf> = files(path, folder, extension)
            .into_iter()
            .filter(of_new_list)
            .collect();
        for mut part in read_all(&files) {
            let of_archive = |snapshot: &PlaylistSnapshot| snapshot.playlist.source == SOURCE;
            part.snapshots
                .retain(|snapshot| of_archive(snapshot) && !known.contains(&snapshot.playlist.id));
            known.extend(
                part.snapshots
                    .iter()
                    .map(|snapshot| snapshot.playlist.id.clone()),
            );
            part.rows.clear();
            part.complete.retain(|id| {
                part.snapshots
                    .iter()
                    .any(|snapshot| snapshot.playlist.id == *id)
            });
            parts.push(part);
        }
    }
    ParsedFile::joined(parts)
}

/// One list out of a file of the archive, with what of it could not be used.
///
/// # Errors
/// Where the file is no such list.
pub fn open(path: &Path) -> Result<(PlaylistSnapshot, Vec<SkippedItem>), ImportError> {
    let read = ListFile::open(path).and_then(|file| only_list(&file));
    read.map_err(|reason| ImportError::new(path, reason))
}

/// [`open`] for the bytes of a file, as they came from elsewhere.
///
/// # Errors
/// Where they are no such list.
pub fn read(name: &str, bytes: Vec<u8>) -> Result<(PlaylistSnapshot, Vec<SkippedItem>), Reason> {
    only_list(&ListFile::new(Path::new(name), bytes)?)
}

fn only_list(file: &ListFile) -> Result<(PlaylistSnapshot, Vec<SkippedItem>), Reason> {
    let mut parsed = format::detect_format(file)?.read(file)?;
    parsed
        .snapshots
        .retain(|snapshot| snapshot.playlist.source == SOURCE);
    date_removals(&mut parsed.snapshots);
    match parsed.snapshots.pop() {
        Some(snapshot) => Ok((snapshot, parsed.skipped)),
        None => Err(Reason::Broken(
            "it holds no list of the archive with tracks".to_owned(),
        )),
    }
}

/// The key of a list as a user writes it: bare, or in a link.
pub fn key(named: &str) -> Option<String> {
    let bare = Some(named.to_owned()).filter(|key| is_key(key));
    bare.or_else(|| ids::spotify_list(named))
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

/// Whether a name may be Spotify's key of a list.
pub(super) fn is_key(name: &str) -> bool {
    name.len() == 22 && name.chars().all(|c| c.is_ascii_alphanumeric())
}

/// The archive was up to date for all lists on the latest day that any of them names.
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

/// A list known by its link, or else by its file's name.
fn playlist(link: &str, name: &str, file: &ListFile) -> Playlist {
    let key = ids::spotify_list(link).unwrap_or_else(|| file.stem());
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
