//! A playlist with its tracks, as a service or a file states it: what readers return and writers take.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Catalogue, Placement, Playlist, Provenance, Track, terms};

/// A playlist with its tracks in order, and with removed tracks if the source states them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlaylistSnapshot {
    /// With its id, `source:key`.
    pub playlist: Playlist,
    /// One per interval of a track on the playlist.
    pub entries: Vec<SnapshotEntry>,
}

/// One interval of a track on the playlist.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SnapshotEntry {
    /// As stated: `id` empty, the service's own id (`spotify:…`, `deezer:…`) in `aliases`, an ISRC only if it is one.
    pub track: Track,
    /// The first day, if known.
    pub added: Option<Date>,
    /// The day of its removal; `None` if it is still on the playlist.
    pub removed: Option<Date>,
    /// The recording's licence as the source writes it; empty if it states none.
    pub licence: String,
}

impl PlaylistSnapshot {
    /// The rows of the four tables; the permission to train follows from the source's terms.
    #[must_use]
    pub fn into_catalogue(self, retrieved: Timestamp) -> Catalogue {
        let mut raw = Catalogue::default();
        self.into_rows(retrieved, &mut raw);
        let mut catalogue = Catalogue::default();
        catalogue.merge(raw);
        catalogue
    }

    /// Appends the rows to tables that may hold a recording several times; [`Catalogue::merge`] makes them one.
    pub fn into_rows(self, retrieved: Timestamp, raw: &mut Catalogue) {
        let PlaylistSnapshot { playlist, entries } = self;
        for entry in entries {
            let mut track = entry.track;
            track.settle();
            raw.placements.push(Placement {
                playlist: playlist.id.clone(),
                track: track.id.clone(),
                added: entry.added,
                removed: entry.removed,
            });
            raw.provenance.push(Provenance {
                track: track.id.clone(),
                source: playlist.source.clone(),
                retrieved,
                may_train: terms::may_train(&playlist.source, &entry.licence),
                licence: entry.licence,
                quality_flag: None,
            });
            raw.tracks.push(track);
        }
        raw.playlists.push(playlist);
    }
}

/// The playlists of a catalogue by id, without reading the tables again.
pub struct SnapshotIndex<'c> {
    playlists: HashMap<&'c str, &'c Playlist>,
    tracks: HashMap<&'c str, &'c Track>,
    placements: HashMap<&'c str, Vec<&'c Placement>>,
    provenance: HashMap<&'c str, Vec<&'c Provenance>>,
}

impl<'c> SnapshotIndex<'c> {
    /// Indexes the tables of a catalogue.
    #[must_use]
    pub fn new(catalogue: &'c Catalogue) -> SnapshotIndex<'c> {
        let playlists = catalogue.playlists.iter();
        let tracks = catalogue.tracks.iter();
        let mut snapshots = SnapshotIndex {
            playlists: playlists
                .map(|playlist| (playlist.id.as_str(), playlist))
                .collect(),
            tracks: tracks.map(|track| (track.id.as_str(), track)).collect(),
            placements: HashMap::new(),
            provenance: catalogue.provenance_by_track(),
        };
        for row in &catalogue.placements {
            snapshots
                .placements
                .entry(&row.playlist)
                .or_default()
                .push(row);
        }
        snapshots
    }

    /// A playlist with its present and removed tracks, the oldest addition first; `None` if no playlist has the id. Unlike
    /// in a snapshot of a service, the tracks have their ids.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<PlaylistSnapshot> {
        let playlist = *self.playlists.get(id)?;
        let placements = self.placements.get(id).into_iter().flatten();
        let entry = |row: &&Placement| {
            let track = *self.tracks.get(row.track.as_str())?;
            Some(SnapshotEntry {
                track: track.clone(),
                added: row.added,
                removed: row.removed,
                licence: self.licence(&track.id, &playlist.source),
            })
        };
        let mut entries: Vec<SnapshotEntry> = placements.filter_map(entry).collect();
        entries.sort_by_key(|entry| entry.added);
        Some(PlaylistSnapshot {
            playlist: playlist.clone(),
            entries,
        })
    }

    /// What each source states about a track.
    pub fn provenance(&self, track: &str) -> &[&'c Provenance] {
        self.provenance.get(track).map_or(&[], Vec::as_slice)
    }

    /// The licence that the playlist's own source states, else that of another source.
    fn licence(&self, track: &str, source: &str) -> String {
        let rows = self.provenance(track);
        let own = rows.iter().find(|row| row.source == source);
        own.or(rows.first())
            .map_or(String::new(), |row| row.licence.clone())
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_playlist_survives_a_round_trip_with_all_intervals() {
        let entry = |title: &str, added: Date, removed: Option<Date>| SnapshotEntry {
            track: Track {
                title: title.to_owned(),
                artists: vec!["A".to_owned()],
                aliases: [format!("spotify:{title}")].into(),
                ..Track::default()
            },
            added: Some(added),
            removed,
            licence: String::new(),
        };
        let snapshot = PlaylistSnapshot {
            playlist: Playlist {
                id: "archive:1".to_owned(),
                source: "archive".to_owned(),
                name: "One".to_owned(),
                ..Playlist::default()
            },
            entries: vec![
                entry("b", date(2020, 1, 1), Some(date(2020, 2, 1))),
                entry("a", date(2020, 3, 1), None),
            ],
        };
        let catalogue = snapshot.clone().into_catalogue(Timestamp::UNIX_EPOCH);
        let found = SnapshotIndex::new(&catalogue).get("archive:1").unwrap();
        assert_eq!(found.playlist, snapshot.playlist);
        let intervals = |snapshot: &PlaylistSnapshot| -> Vec<_> {
            let entries = snapshot.entries.iter();
            entries
                .map(|entry| (entry.track.title.clone(), entry.added, entry.removed))
                .collect()
        };
        assert_eq!(intervals(&found), intervals(&snapshot));
        assert_eq!(SnapshotIndex::new(&catalogue).get("archive:2"), None);
    }
}
