//! Merges a newer catalogue into an older one without losses and duplicates. The tables are sorted, so the order of
//! imports does not show in the placements.

pub(super) mod intervals;
#[cfg(test)]
mod tests;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap};

use self::intervals::{IntervalsByPair, by_pair, placements, settle};
use super::recording::deduplicate;
use super::{Catalogue, Licence, Playlist, Provenance, Track};

/// What a merge did to each table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// Of the tracks.
    pub tracks: Change,
    /// Of the playlists.
    pub playlists: Change,
    /// Of the placements.
    pub placements: Change,
    /// Of the provenance.
    pub provenance: Change,
}

/// Number of rows that are new, and of rows that were present and differ now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Number of new rows.
    pub added: usize,
    /// Number of changed rows.
    pub changed: usize,
}

impl Catalogue {
    /// Merges a newer import into this catalogue.
    ///
    /// * Tracks that are the same recording (see `recording`) become one; playlists are identified by id. Newer values
    ///   replace older ones, missing values do not; notes are joined.
    /// * Placements that are the same interval become one (see `intervals`).
    /// * Provenance has one complete row per track and source, the one that was retrieved last. Of two with the same
    ///   timestamp, the more restrictive values are used.
    pub fn merge(&mut self, newer: Catalogue) -> Merged {
        self.take_in(newer, |_, table, newer| {
            let mut change = Change::default();
            for (pair, stated) in newer {
                let known = table.entry(pair).or_default();
                let together = settle(known.iter().chain(&stated).copied());
                change += Change::between(known, &together);
                *known = together;
            }
            change
        })
    }

    /// A merge in which `merge_intervals` combines the known and the newer intervals; it gets the playlists before the
    /// merge.
    pub(super) fn take_in(
        &mut self,
        mut newer: Catalogue,
        merge_intervals: impl FnOnce(&[Playlist], &mut IntervalsByPair, IntervalsByPair) -> Change,
    ) -> Merged {
        let (tracks, renamed) = merge_tracks(&mut self.tracks, newer.tracks);
        for placement in self.placements.iter_mut().chain(&mut newer.placements) {
            rename(&mut placement.track, &renamed);
        }
        for provenance in self.provenance.iter_mut().chain(&mut newer.provenance) {
            rename(&mut provenance.track, &renamed);
        }
        let mut table = by_pair(self.placements.drain(..));
        let change = merge_intervals(&self.playlists, &mut table, by_pair(newer.placements));
        self.placements = placements(table);
        Merged {
            tracks,
            playlists: merge_rows(&mut self.playlists, newer.playlists),
            placements: change,
            provenance: merge_rows(&mut self.provenance, newer.provenance),
        }
    }
}

impl std::ops::AddAssign for Change {
    fn add_assign(&mut self, other: Change) {
        self.added += other.added;
        self.changed += other.changed;
    }
}

fn rename(track: &mut String, renamed: &HashMap<String, String>) {
    if let Some(id) = renamed.get(track) {
        track.clone_from(id);
    }
}

fn merge_tracks(tracks: &mut Vec<Track>, newer: Vec<Track>) -> (Change, HashMap<String, String>) {
    let known = tracks.len();
    let deduplicated = deduplicate(tracks.drain(..).chain(newer).collect());
    let mut change = Change::default();
    for (&row, &changed) in deduplicated.first_rows.iter().zip(&deduplicated.changed) {
        change.added += usize::from(row >= known);
        change.changed += usize::from(row < known && changed);
    }
    *tracks = deduplicated.tracks;
    tracks.sort_by(|a, b| a.id.cmp(&b.id));
    (change, deduplicated.renamed)
}

/// A row of a table that holds one row for each key.
trait Row: Clone + PartialEq {
    fn key(&self) -> (String, String);
    fn absorb(&mut self, newer: Self);
}

/// Leaves `rows` sorted by key.
fn merge_rows<R: Row>(rows: &mut Vec<R>, newer: Vec<R>) -> Change {
    let mut table = by_key(rows.drain(..));
    let mut change = Change::default();
    for (key, row) in by_key(newer) {
        match table.entry(key) {
            Entry::Vacant(free) => {
                free.insert(row);
                change.added += 1;
            }
            Entry::Occupied(mut known) => {
                let before = known.get().clone();
                known.get_mut().absorb(row);
                change.changed += usize::from(*known.get() != before);
            }
        }
    }
    rows.extend(table.into_values());
    change
}

fn by_key<R: Row>(rows: impl IntoIterator<Item = R>) -> BTreeMap<(String, String), R> {
    let mut table: BTreeMap<_, R> = BTreeMap::new();
    for row in rows {
        match table.entry(row.key()) {
            Entry::Vacant(free) => {
                free.insert(row);
            }
            Entry::Occupied(mut known) => known.get_mut().absorb(row),
        }
    }
    table
}

impl Row for Playlist {
    fn key(&self) -> (String, String) {
        (self.id.clone(), String::new())
    }

    fn absorb(&mut self, newer: Playlist) {
        if !newer.name.is_empty() {
            self.name = newer.name;
        }
        self.description = newer.description.or(self.description.take());
        self.owner = newer.owner.or(self.owner.take());
        self.followers = newer.followers.or(self.followers);
        self.market = newer.market.or(self.market.take());
        self.first_seen = [self.first_seen, newer.first_seen]
            .into_iter()
            .flatten()
            .min();
        self.last_seen = self.last_seen.max(newer.last_seen);
    }
}

impl Row for Provenance {
    fn key(&self) -> (String, String) {
        (self.track.clone(), self.source.clone())
    }

    fn absorb(&mut self, newer: Provenance) {
        if newer.retrieved > self.retrieved {
            *self = newer;
        } else if newer.retrieved == self.retrieved {
            self.tighten(newer);
        }
    }
}

impl Provenance {
    /// Combines two rows of one import on one track.
    fn tighten(&mut self, other: Provenance) {
        let strictness = |licence: &String| (Licence::parse(licence), licence.clone());
        self.may_train &= other.may_train;
        self.quality_flag = self.quality_flag.take().max(other.quality_flag);
        if strictness(&other.licence) > strictness(&self.licence) {
            self.licence = other.licence;
        }
    }
}
