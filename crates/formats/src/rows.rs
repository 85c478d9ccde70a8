//! Rows of any format into a catalogue: reads each audio file once, completes the rows from tags and file names, and
//! makes one track of all rows of a recording.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::mem;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::civil::Date;
use rayon::prelude::*;

use super::{ImportContext, Imported};
use catalogue::terms::OWN_FILES;
use catalogue::{AudioFileInfo, Catalogue, Placement, Playlist, Provenance, Track};
use catalogue::{SkippedItem, names};

/// A track on some playlists, as one row of a file states it.
#[derive(Clone, Debug, Default)]
pub(super) struct ImportRow {
    /// The row's name in messages.
    pub label: String,
    /// Without an id; empty fields are not stated; `audio` is absolute and may not exist.
    pub track: Track,
    /// Whether title and artists are a display text, over which the file's tags take precedence.
    pub for_display: bool,
    pub playlists: Vec<Playlist>,
    pub added: Option<Date>,
    pub removed: Option<Date>,
    pub source: String,
    pub licence: String,
    pub may_train: bool,
    pub quality_flag: Option<String>,
}

/// What to do with a row whose audio cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WithoutAudio {
    /// Import the track without audio.
    Keep,
    /// Skip the row.
    Drop,
}

/// One file of the rows, or one row without a file.
struct RowSong {
    track: Track,
    /// Whether the title is only the file's name.
    guessed: bool,
    /// Whether it became part of the catalogue.
    kept: bool,
}

/// A catalogue of all rows; what could not be used is appended to `skipped`.
pub(super) fn import_rows(
    mut rows: Vec<ImportRow>,
    without_audio: WithoutAudio,
    mut skipped: Vec<SkippedItem>,
    context: &ImportContext,
) -> Imported {
    let (tracks, song_of_row) = one_of_each_file(&mut rows);
    let mut row_of_song = vec![0; tracks.len()];
    song_of_row
        .iter()
        .enumerate()
        .rev()
        .for_each(|(row, &song)| row_of_song[song] = row);
    let probed = probe(&tracks, context);
    let mut songs = Vec::with_capacity(tracks.len());
    for ((track, facts), row) in tracks.into_iter().zip(probed).zip(row_of_song) {
        let facts = facts.transpose().unwrap_or_else(|reason| {
            skipped.push(unreadable(&rows[row], reason, without_audio));
            None
        });
        songs.push(complete(track, facts, rows[row].for_display, without_audio));
    }
    let mut catalogue = Catalogue::default();
    catalogue.merge(raw_catalogue(&rows, songs, &song_of_row, context));
    Imported {
        catalogue,
        skipped,
        ..Imported::default()
    }
}

fn unreadable(row: &ImportRow, reason: String, without_audio: WithoutAudio) -> SkippedItem {
    let reason = match without_audio {
        WithoutAudio::Keep => format!("{reason}; the track is imported without its audio"),
        WithoutAudio::Drop => reason,
    };
    SkippedItem {
        path: row.label.clone(),
        reason,
    }
}

/// The tracks of the rows, one per file, and the index of each row's track.
fn one_of_each_file(rows: &mut [ImportRow]) -> (Vec<Track>, Vec<usize>) {
    let mut song_of_file: HashMap<PathBuf, usize> = HashMap::new();
    let mut tracks: Vec<Track> = Vec::new();
    let mut song_of_row = Vec::with_capacity(rows.len());
    for row in rows {
        let track = mem::take(&mut row.track);
        let next = tracks.len();
        let song = match track.audio.clone().map(|audio| song_of_file.entry(audio)) {
            Some(Entry::Occupied(known)) => *known.get(),
            Some(Entry::Vacant(new)) => *new.insert(next),
            None => next,
        };
        match tracks.get_mut(song) {
            Some(known) => fill(known, track),
            None => tracks.push(track),
        }
        song_of_row.push(song);
    }
    (tracks, song_of_row)
}

/// Completes a track from another row of the same file.
fn fill(track: &mut Track, other: Track) {
    if track.title.is_empty() {
        track.title = other.title;
    }
    if track.artists.is_empty() {
        track.artists = other.artists;
    }
    if track.artist_group.is_empty() {
        track.artist_group = other.artist_group;
    }
    track.album = track.album.take().or(other.album);
    track.isrc = track.isrc.take().or(other.isrc);
    track.duration_seconds = track.duration_seconds.or(other.duration_seconds);
    track.aliases.extend(other.aliases);
    for (name, value) in other.notes {
        track.notes.entry(name).or_insert(value);
    }
}

/// Reads each track's file, in parallel; `None` if it has none.
fn probe(tracks: &[Track], context: &ImportContext) -> Vec<Option<Result<AudioFileInfo, String>>> {
    let total = tracks.iter().filter(|track| track.audio.is_some()).count();
    let done = AtomicUsize::new(0);
    let ask = |path: &Path| {
        // A playlist may name a folder, or a device without an end.
        let facts = if path.exists() && !path.is_file() {
            Err(format!("{} is not a file", path.display()))
        } else {
            context.facts.probe(path)
        };
        (context.progress)(done.fetch_add(1, Ordering::Relaxed) + 1, total);
        facts
    };
    tracks
        .par_iter()
        .map(|track| track.audio.as_deref().map(ask))
        .collect()
}

/// Completes from the tags, then from the file's name; a display text comes between the two.
fn complete(
    mut stated: Track,
    facts: Option<AudioFileInfo>,
    for_display: bool,
    without_audio: WithoutAudio,
) -> RowSong {
    let is_readable = facts.is_some();
    let audio = stated.audio.take();
    let (audio_hash, mut tags) = tagged(facts.unwrap_or_default());
    let guessed = tags.title.is_empty() && (for_display || stated.title.is_empty());
    let duration_seconds = tags.duration_seconds.or(stated.duration_seconds);
    let mut track = if for_display {
        fill(&mut tags, stated);
        tags
    } else {
        fill(&mut stated, tags);
        stated
    };
    if let Some(path) = audio {
        fill(&mut track, named(&path));
        track.audio = Some(path).filter(|_| is_readable);
    }
    track.duration_seconds = duration_seconds;
    if is_readable {
        track.aliases.remove(&format!("content:{audio_hash}"));
        track.audio_hash = Some(audio_hash);
    }
    track.settle();
    RowSong {
        track,
        guessed,
        kept: is_readable || without_audio == WithoutAudio::Keep,
    }
}

/// The audio hash of a file, and a track from its tags.
fn tagged(facts: AudioFileInfo) -> (String, Track) {
    let artists = facts.artists.iter();
    let track = Track {
        title: facts.title.unwrap_or_default().trim().to_owned(),
        artists: artists.flat_map(|artist| names::artists(artist)).collect(),
        album: facts.album.filter(|album| !album.trim().is_empty()),
        isrc: facts.isrc.as_deref().and_then(names::isrc),
        duration_seconds: facts.duration_seconds,
        ..Track::default()
    };
    (facts.audio_hash, track)
}

/// A track from a file's name.
fn named(path: &Path) -> Track {
    let (artist, title) = names::artist_and_title(path);
    let artists = artist.iter();
    Track {
        title,
        artists: artists.flat_map(|artist| names::artists(artist)).collect(),
        ..Track::default()
    }
}

/// The rows as tables, in which a recording may be several times.
fn raw_catalogue(
    rows: &[ImportRow],
    songs: Vec<RowSong>,
    song_of_row: &[usize],
    context: &ImportContext,
) -> Catalogue {
    let mut raw = Catalogue::default();
    let on_songs = rows
        .iter()
        .zip(song_of_row)
        .map(|(row, &song)| (row, &songs[song]));
    for (row, song) in on_songs.filter(|(_, song)| song.kept) {
        for playlist in &row.playlists {
            raw.playlists.push(playlist.clone());
            raw.placements.push(Placement {
                playlist: playlist.id.clone(),
                track: song.track.id.clone(),
                added: row.added,
                removed: row.removed,
            });
        }
        raw.provenance.push(Provenance {
            track: song.track.id.clone(),
            source: row.source.clone(),
            retrieved: context.retrieved,
            licence: row.licence.clone(),
            may_train: row.may_train,
            quality_flag: row.quality_flag.clone(),
        });
    }
    // In a merge later rows take precedence: tags and statements over file names.
    let kept = songs.into_iter().filter(|song| song.kept);
    let (guessed, stated): (Vec<RowSong>, Vec<RowSong>) = kept.partition(|song| song.guessed);
    raw.tracks = guessed
        .into_iter()
        .chain(stated)
        .map(|song| song.track)
        .collect();
    raw
}

/// One of the user's own playlists.
pub(super) fn playlist(name: &str) -> Playlist {
    Playlist {
        id: format!("{OWN_FILES}:{name}"),
        source: OWN_FILES.to_owned(),
        name: name.to_owned(),
        ..Playlist::default()
    }
}
