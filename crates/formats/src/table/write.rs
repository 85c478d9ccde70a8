//! The table of one list, one row for each stay and for each source that says something of the track: reading it gives
//! back the list, its tracks, their stays and where each comes from. What is said of the list itself but its name and
//! id has no column.

use std::collections::BTreeSet;
use std::io;

use csv::WriterBuilder;

use super::super::{Written, ids, rows};
use super::{KNOWN, UNSTATED};
use catalogue::names;
use catalogue::{
    Licence, PlaylistSnapshot, Provenance, SnapshotEntry, SnapshotIndex, Track, terms,
};

const COLUMNS: [&str; 16] = [
    "path",
    "title",
    "artist",
    "artists",
    "playlist",
    "playlist_id",
    "artist_group",
    "album",
    "isrc",
    "ids",
    "duration",
    "added",
    "removed",
    "licence",
    "source",
    "quality_flag",
];

/// # Errors
/// Never: the text is written to memory.
pub(in super::super) fn write(
    snapshot: &PlaylistSnapshot,
    known: &SnapshotIndex,
    delimiter: u8,
) -> io::Result<Written> {
    let notes = notes(snapshot);
    let mut writer = WriterBuilder::new()
        .delimiter(delimiter)
        .from_writer(Vec::new());
    writer.write_record(COLUMNS.into_iter().chain(notes.iter().copied()))?;
    for entry in &snapshot.entries {
        let noted = |note: &&str| entry.track.notes.get(*note).cloned().unwrap_or_default();
        for origin in origins(snapshot, entry, known) {
            let cells = cells(snapshot, entry, origin);
            writer.write_record(cells.into_iter().chain(notes.iter().map(noted)))?;
        }
    }
    let bytes = writer
        .into_inner()
        .map_err(|error| io::Error::other(error.to_string()))?;
    Ok(Written::complete(
        String::from_utf8_lossy(&bytes).into_owned(),
    ))
}

/// Names of notes that need a column of their own.
fn notes(snapshot: &PlaylistSnapshot) -> Vec<&str> {
    let tracks = snapshot.entries.iter().map(|entry| &entry.track);
    let notes: BTreeSet<&str> = tracks
        .flat_map(|track| track.notes.keys())
        .map(String::as_str)
        .collect();
    notes
        .into_iter()
        .filter(|note| !note.trim().is_empty() && !KNOWN.contains(note))
        .collect()
}

/// Source, licence and quality flag for each row of one placement.
fn origins(
    snapshot: &PlaylistSnapshot,
    entry: &SnapshotEntry,
    known: &SnapshotIndex,
) -> Vec<[String; 3]> {
    let rows = known.provenance(&entry.track.id);
    if rows.is_empty() {
        return vec![[
            snapshot.playlist.source.clone(),
            entry.licence.clone(),
            String::new(),
        ]];
    }
    rows.iter().map(|row| origin(row)).collect()
}

fn origin(row: &Provenance) -> [String; 3] {
    let unstated = row.licence.trim().is_empty();
    let harmless = unstated && terms::may_train(&row.source, "") == row.may_train;
    let licence = if harmless { UNSTATED } else { &row.licence };
    let allowed = Licence::parse(&row.licence).may_train();
    let is_forbidden_anyway =
        allowed && !row.may_train && terms::may_train(&row.source, &row.licence);
    let quality_flag = row.quality_flag.clone();
    let quality_flag =
        quality_flag.or_else(|| is_forbidden_anyway.then(|| "it may not be trained on".to_owned()));
    [
        row.source.clone(),
        licence.to_owned(),
        quality_flag.unwrap_or_default(),
    ]
}

fn cells(snapshot: &PlaylistSnapshot, entry: &SnapshotEntry, origin: [String; 3]) -> [String; 16] {
    let SnapshotEntry {
        track,
        added,
        removed,
        ..
    } = entry;
    let playlist = &snapshot.playlist;
    let own = playlist.id == rows::playlist(&playlist.name).id;
    let day = |day: &Option<jiff::civil::Date>| day.map_or(String::new(), |day| day.to_string());
    let audio = track.audio.as_ref();
    let [source, licence, quality_flag] = origin;
    [
        audio.map_or(String::new(), |path| path.to_string_lossy().into_owned()),
        track.title.clone(),
        artist(track),
        artists(track),
        playlist.name.clone(),
        if own {
            String::new()
        } else {
            playlist.id.clone()
        },
        track.artist_group.clone(),
        track.album.clone().unwrap_or_default(),
        track.isrc.clone().unwrap_or_default(),
        ids::beside_isrc(track).join(";"),
        track
            .duration_seconds
            .map_or(String::new(), |seconds| seconds.to_string()),
        day(added),
        day(removed),
        licence,
        source,
        quality_flag,
    ]
}

/// The value as it was in an imported table, if it is still the same.
fn artist(track: &Track) -> String {
    let noted = track.notes.get("artist");
    let same = |cell: &&String| names::artists(cell) == track.artists;
    let cell = noted.filter(same).cloned();
    cell.unwrap_or_else(|| track.artists.join("; "))
}

/// The artists one by one, where the cell above would be read as others.
fn artists(track: &Track) -> String {
    if names::artists(artist(track).trim()) == track.artists {
        String::new()
    } else {
        serde_json::json!(track.artists).to_string()
    }
}
