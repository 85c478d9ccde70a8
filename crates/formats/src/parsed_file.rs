//! What files say, before anybody looks at the audio that they name. One catalogue is made of all of them at once,
//! because a merge walks over everything that is known.

use std::collections::BTreeSet;

use super::rows::{ImportRow, WithoutAudio, import_rows};
use super::{ImportContext, Imported, archive};
use catalogue::SkippedItem;
use catalogue::{Catalogue, PlaylistSnapshot, terms};

#[derive(Debug, Default)]
pub(super) struct ParsedFile {
    /// Lists whose tracks a service knows.
    pub snapshots: Vec<PlaylistSnapshot>,
    /// Rows that may name audio of the user's.
    pub rows: Vec<ImportRow>,
    /// Ids of the lists that are stated whole.
    pub complete: BTreeSet<String>,
    pub skipped: Vec<SkippedItem>,
}

impl ParsedFile {
    pub(super) fn only_skipped(path: String, reason: String) -> ParsedFile {
        let mut parsed = ParsedFile::default();
        parsed.skip(path, reason);
        parsed
    }

    /// Whether it says nothing, not even what is wrong.
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

    /// A list of a service. An empty one is left out: whoever made the file had nothing to say of the list.
    pub(super) fn add(&mut self, snapshot: PlaylistSnapshot, whole: bool) {
        if !self.holds_tracks(&snapshot) {
            return;
        }
        if whole {
            self.complete.insert(snapshot.playlist.id.clone());
        }
        self.snapshots.push(snapshot);
    }

    /// A list that may name files of the user's. `for_display`: see [`ImportRow`].
    pub(super) fn add_files(
        &mut self,
        snapshot: PlaylistSnapshot,
        whole: bool,
        for_display: bool,
        file: &str,
    ) {
        if !self.holds_tracks(&snapshot) {
            return;
        }
        let PlaylistSnapshot { playlist, entries } = snapshot;
        if whole {
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
            let name = format!("list `{}`", snapshot.playlist.name);
            self.skip(name, "holds no tracks; left out");
        }
        !snapshot.entries.is_empty()
    }

    /// Everything as one catalogue.
    pub(super) fn import(mut self, context: &ImportContext) -> Imported {
        archive::date_removals(&mut self.snapshots);
        let mut imported = import_rows(self.rows, WithoutAudio::Keep, self.skipped, context);
        let mut raw = Catalogue::default();
        for snapshot in self.snapshots {
            snapshot.into_rows(context.retrieved, &mut raw);
        }
        imported.catalogue.merge(raw);
        imported.complete = self.complete;
        imported
    }
}
