//! What files state, before their audio is read. One catalogue is made of all files at once, because each merge reads the
//! whole catalogue.

use std::collections::BTreeSet;

use super::rows::ImportRow;
use catalogue::{PlaylistSnapshot, SkippedItem, terms};

#[derive(Debug, Default)]
pub(super) struct ParsedFile {
    /// Playlists of services: their tracks are known by ids.
    pub snapshots: Vec<PlaylistSnapshot>,
    /// Rows that may name the user's audio files.
    pub rows: Vec<ImportRow>,
    /// Ids of the playlists that are stated completely.
    pub complete: BTreeSet<String>,
    pub skipped: Vec<SkippedItem>,
}

impl ParsedFile {
    pub(super) fn only_skipped(path: String, reason: String) -> ParsedFile {
        let mut parsed = ParsedFile::default();
        parsed.skip(path, reason);
        parsed
    }

    /// Whether it holds nothing, not even a skipped item.
    pub(super) fn is_empty(&self) -> bool {
        self.snapshots.is_empty() && self.rows.is_empty() && self.skipped.is_empty()
    }

    pub(super) fn joined(parts: Vec<ParsedFile>) -> ParsedFile {
        let mut all = ParsedFile::default();
        for part in parts {
            all.snapshots.extend(part.snapshots);
            all.rows.extend(part.rows);
            all.complete.extend(part.complete);
            all.skipped.extend(part.skipped);
        }
        all
    }

    pub(super) fn skip(&mut self, path: impl Into<String>, reason: impl Into<String>) {
        self.skipped.push(SkippedItem {
            path: path.into(),
            reason: reason.into(),
        });
    }

    /// Adds a playlist of a service; an empty one is skipped.
    pub(super) fn add(&mut self, snapshot: PlaylistSnapshot, is_complete: bool) {
        if !self.holds_tracks(&snapshot) {
            return;
        }
        if is_complete {
            self.complete.insert(snapshot.playlist.id.clone());
        }
        self.snapshots.push(snapshot);
    }

    /// Adds a playlist that may name the user's files. `for_display`: see [`ImportRow`].
    pub(super) fn add_files(
        &mut self,
        snapshot: PlaylistSnapshot,
        is_complete: bool,
        for_display: bool,
        file: &str,
    ) {
        if !self.holds_tracks(&snapshot) {
            return;
        }
        let PlaylistSnapshot { playlist, entries } = snapshot;
        if is_complete {
            self.complete.insert(playlist.id.clone());
        }
        let numbered = (1..).zip(entries);
        self.rows.extend(numbered.map(|(number, entry)| ImportRow {
            label: format!("track {number} of {file}"),
            track: entry.track,
            for_display,
            playlists: vec![playlist.clone()],
            added: entry.added,
            removed: entry.removed,
            source: playlist.source.clone(),
            may_train: terms::may_train(&playlist.source, &entry.licence),
            licence: entry.licence,
            quality_flag: None,
        }));
    }

    fn holds_tracks(&mut self, snapshot: &PlaylistSnapshot) -> bool {
        if snapshot.entries.is_empty() {
            let name = format!("playlist `{}`", snapshot.playlist.name);
            self.skip(name, "holds no tracks; skipped");
        }
        !snapshot.entries.is_empty()
    }
}
