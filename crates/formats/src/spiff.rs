//! What XSPF and JSPF share: songs with locations and identifiers. They name the user's audio files; a file that we wrote
//! for a playlist of a service has its id, so the playlist remains that service's.

use jiff::civil::Date;

use super::parsed_file::ParsedFile;
use super::paths::{self, LocationSyntax};
use super::text_file::TextFile;
use super::{ids, rows};
use catalogue::names;
use catalogue::{Playlist, PlaylistSnapshot, SnapshotEntry, Track};

/// A playlist as the two formats state it; empty if not stated.
#[derive(Debug, Default)]
pub(super) struct Spiff {
    pub title: String,
    pub creator: String,
    pub annotation: String,
    pub identifier: String,
    pub songs: Vec<SpiffSong>,
}

#[derive(Debug, Default)]
pub(super) struct SpiffSong {
    pub title: String,
    pub creator: String,
    pub album: String,
    pub identifiers: Vec<String>,
    /// URI references.
    pub locations: Vec<String>,
    pub duration_ms: Option<f64>,
    /// JSPF alone says it.
    pub added: Option<Date>,
}

impl Spiff {
    pub(super) fn into_parsed(self, file: &TextFile) -> ParsedFile {
        let mut parsed = ParsedFile::default();
        let nameless = self
            .songs
            .iter()
            .filter(|song| song.names_nothing())
            .count();
        if nameless > 0 {
            parsed.skip(
                file.name(),
                format!("{nameless} of its tracks name nothing; skipped"),
            );
        }
        parsed.add_files(self.into_snapshot(file), true, false, &file.name());
        parsed
    }

    pub(super) fn into_snapshot(self, file: &TextFile) -> PlaylistSnapshot {
        let songs = self.songs.into_iter().filter(|song| !song.names_nothing());
        let name = filled(&self.title).unwrap_or_else(|| file.stem());
        let own = rows::playlist(&name);
        let service = self
            .identifier
            .split_once(':')
            .filter(|_| ids::is_id(&self.identifier));
        PlaylistSnapshot {
            playlist: Playlist {
                source: service.map_or(own.source, |(source, _)| source.to_owned()),
                id: service.map_or(own.id, |_| self.identifier.clone()),
                description: filled(&self.annotation),
                owner: filled(&self.creator),
                ..own
            },
            entries: songs.map(|song| song.into_entry(file)).collect(),
        }
    }

    pub(super) fn from_snapshot(snapshot: &PlaylistSnapshot) -> Spiff {
        let playlist = &snapshot.playlist;
        let own = playlist.id == rows::playlist(&playlist.name).id;
        Spiff {
            title: playlist.name.clone(),
            creator: playlist.owner.clone().unwrap_or_default(),
            annotation: playlist.description.clone().unwrap_or_default(),
            identifier: Some(playlist.id.clone())
                .filter(|_| !own)
                .unwrap_or_default(),
            songs: snapshot.entries.iter().map(SpiffSong::from_entry).collect(),
        }
    }
}

impl SpiffSong {
    fn names_nothing(&self) -> bool {
        self.title.is_empty() && self.identifiers.is_empty() && self.locations.is_empty()
    }

    fn into_entry(self, file: &TextFile) -> SnapshotEntry {
        let mut track = Track {
            artists: names::artists(&self.creator),
            album: filled(&self.album),
            title: self.title,
            duration_seconds: self
                .duration_ms
                .map(|ms| ms / 1000.0)
                .filter(|seconds| *seconds > 0.0),
            ..Track::default()
        };
        for identifier in &self.identifiers {
            ids::learn(&mut track, identifier);
        }
        for location in &self.locations {
            paths::learn(&mut track, location, LocationSyntax::Uri, file);
        }
        SnapshotEntry {
            track,
            added: self.added,
            ..SnapshotEntry::default()
        }
    }

    fn from_entry(entry: &SnapshotEntry) -> SpiffSong {
        let track = &entry.track;
        let isrc = track.isrc.iter().map(|isrc| format!("isrc:{isrc}"));
        let ids = ids::beside_isrc(track).into_iter().map(|id| ids::link(&id));
        SpiffSong {
            title: track.title.clone(),
            creator: track.artists.join("; "),
            album: track.album.clone().unwrap_or_default(),
            identifiers: isrc.chain(ids).collect(),
            locations: track.audio.iter().map(|audio| paths::uri(audio)).collect(),
            duration_ms: track
                .duration_seconds
                .map(|seconds| (seconds * 1000.0).round()),
            added: entry.added,
        }
    }
}

fn filled(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}
