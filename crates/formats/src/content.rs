//! What files say, before anybody looks at the audio that they name. One catalogue is made of all of them at once,
//! because a merge walks over everything that is known.

use std::collections::BTreeSet;

use super::rows::{Row, WithoutAudio, gather};
use super::{Imported, Outside, archive};
use catalogue::Skipped;
use catalogue::{Catalogue, Listing, terms};

#[derive(Debug, Default)]
pub(super) struct Content {
    /// Lists whose tracks a service knows.
    pub listings: Vec<Listing>,
    /// Rows that may name audio of the user's.
    pub rows: Vec<Row>,
    /// Ids of the lists that are stated whole.
    pub whole: BTreeSet<String>,
    pub skipped: Vec<Skipped>,
}

impl Content {
    pub(super) fn only_skipped(path: String, why: String) -> Content {
        let mut content = Content::default();
        content.skip(path, why);
        content
    }

    /// Whether it says nothing, not even what is wrong.
    pub(super) fn is_empty(&self) -> bool {
        self.listings.is_empty() && self.rows.is_empty() && self.skipped.is_empty()
    }

    pub(super) fn joined(parts: Vec<Content>) -> Content {
        let mut all = Content::default();
        for part in parts {
            all.listings.extend(part.listings);
            all.rows.extend(part.rows);
            all.whole.extend(part.whole);
            all.skipped.extend(part.skipped);
        }
        all
    }

    pub(super) fn skip(&mut self, path: impl Into<String>, why: impl Into<String>) {
        self.skipped.push(Skipped {
            path: path.into(),
            why: why.into(),
        });
    }

    /// A list of a service. An empty one is left out: whoever made the file had nothing to say of the list.
    pub(super) fn add(&mut self, listing: Listing, whole: bool) {
        if !self.holds_tracks(&listing) {
            return;
        }
        if whole {
            self.whole.insert(listing.playlist.id.clone());
        }
        self.listings.push(listing);
    }

    /// A list that may name files of the user's. `for_display`: see [`Row`].
    pub(super) fn add_files(
        &mut self,
        listing: Listing,
        whole: bool,
        for_display: bool,
        file: &str,
    ) {
        if !self.holds_tracks(&listing) {
            return;
        }
        let Listing { playlist, entries } = listing;
        if whole {
            self.whole.insert(playlist.id.clone());
        }
        let numbered = (1..).zip(entries);
        self.rows.extend(numbered.map(|(number, entry)| Row {
            label: format!("track {number} of {file}"),
            track: entry.track,
            for_display,
            playlists: vec![playlist.clone()],
            added: entry.added,
            removed: entry.removed,
            source: playlist.source.clone(),
            may_train: terms::may_train(&playlist.source, &entry.licence),
            licence: entry.licence,
            doubt: None,
        }));
    }

    fn holds_tracks(&mut self, listing: &Listing) -> bool {
        if listing.entries.is_empty() {
            let name = format!("list `{}`", listing.playlist.name);
            self.skip(name, "holds no tracks; left out");
        }
        !listing.entries.is_empty()
    }

    /// Everything as one catalogue.
    pub(super) fn import(mut self, outside: &Outside) -> Imported {
        archive::look_back(&mut self.listings);
        let mut imported = gather(self.rows, WithoutAudio::Keep, self.skipped, outside);
        let mut raw = Catalogue::default();
        for listing in self.listings {
            listing.into_rows(outside.retrieved, &mut raw);
        }
        imported.catalogue.merge(raw);
        imported.whole = self.whole;
        imported
    }
}
