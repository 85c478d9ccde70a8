//! Merges a newer snapshot of playlists into their history: new tracks get `added`, missing ones get `removed`.
//!
//! | track in the snapshot | known intervals | result |
//! |---|---|---|
//! | absent | an open one | it ends on the day of the snapshot, unless the snapshot states its end |
//! | present | an open one | it continues |
//! | present since a day | only closed ones, one of them since that day | that end was a gap: it continues |
//! | present since a day | only other closed ones, or none | an interval from that day on |
//! | present, without a day | only closed ones | an interval from the day of the snapshot on |
//! | present, without a day | none | the same; `added` is unknown if it is the first snapshot of the playlist |

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::merge::intervals::{Interval, Intervals, settle};
use super::{Catalogue, Change, Merged, Playlist};

impl Catalogue {
    /// Merges the snapshots of `day`. The playlists in `complete` were read completely: a track that is missing was
    /// removed, and a playlist without tracks is empty. Playlists are identified by id.
    ///
    /// A snapshot that is older than the last one of its playlist is only merged: it does not tell the present state.
    pub fn update(
        &mut self,
        mut newer: Catalogue,
        complete: &BTreeSet<String>,
        day: Date,
    ) -> Merged {
        for playlist in &mut newer.playlists {
            if complete.contains(&playlist.id) {
                playlist.first_seen = Some(playlist.first_seen.map_or(day, |first| first.min(day)));
                playlist.last_seen = playlist.last_seen.max(Some(day));
            }
        }
        self.take_in(newer, |playlists, table, mut snapshot| {
            let snapshots = snapshots(playlists, complete, day);
            for pair in table.keys() {
                if snapshots.contains_key(pair.0.as_str()) && !snapshot.contains_key(pair) {
                    snapshot.insert(pair.clone(), Intervals::new());
                }
            }
            let mut change = Change::default();
            for (pair, stated) in snapshot {
                let snapshot = snapshots.get(pair.0.as_str());
                let known = table.entry(pair).or_default();
                let now = match snapshot {
                    Some(snapshot) => snapshot.after(known, &stated),
                    None => settle(known.iter().chain(&stated).copied()),
                };
                change += Change::between(known, &now);
                *known = now;
            }
            change
        })
    }
}

/// A complete snapshot of a playlist.
struct Snapshot {
    day: Date,
    is_first: bool,
}

/// The snapshots that tell the present state.
fn snapshots<'a>(
    known: &[Playlist],
    complete: &'a BTreeSet<String>,
    day: Date,
) -> BTreeMap<&'a str, Snapshot> {
    let known: BTreeMap<&str, &Playlist> = known
        .iter()
        .map(|playlist| (playlist.id.as_str(), playlist))
        .collect();
    let snapshot = |id: &'a String| {
        let playlist = known.get(id.as_str());
        let is_old = playlist.is_some_and(|playlist| playlist.last_seen > Some(day));
        let is_first = playlist.is_none_or(|playlist| playlist.first_seen.is_none());
        (!is_old).then_some((id.as_str(), Snapshot { day, is_first }))
    };
    complete.iter().filter_map(snapshot).collect()
}

impl Snapshot {
    /// The intervals of a track, from the known ones and those of the snapshot.
    fn after(&self, known: &Intervals, stated: &Intervals) -> Intervals {
        settle(self.merged(known, stated))
    }

    fn merged(&self, known: &Intervals, stated: &Intervals) -> Intervals {
        let mut intervals = settle(known.iter().chain(stated).copied());
        let Some(there) = stated.iter().find(|interval| interval.is_open()) else {
            self.close(&mut intervals, stated);
            return intervals;
        };
        if known.iter().any(Interval::is_open) {
            return intervals;
        }
        if there.added.is_some() {
            // An end of an interval from this day on that the snapshot does not state was a gap.
            intervals.retain(|interval| interval.added != there.added || stated.contains(interval));
            intervals.insert(*there);
        } else if !(known.is_empty() && self.is_first) {
            intervals.remove(there);
            intervals.insert(Interval {
                added: Some(self.day),
                removed: None,
            });
        }
        intervals
    }

    fn close(&self, intervals: &mut Intervals, stated: &Intervals) {
        let Some(open) = intervals.iter().copied().find(Interval::is_open) else {
            return;
        };
        intervals.remove(&open);
        if stated.iter().all(|interval| interval.added != open.added) {
            let removed = open.added.map_or(self.day, |added| added.max(self.day));
            intervals.insert(Interval {
                added: open.added,
                removed: Some(removed),
            });
        }
    }
}
