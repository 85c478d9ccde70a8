//! A newer look at lists into what is known of them: what came gets `added`, what went gets `removed`.
//!
//! | the look shows | what is known | what becomes of it |
//! |---|---|---|
//! | not there | an open stay | it ends on the day of the look, unless the look itself says when it ended |
//! | there | an open stay | it goes on |
//! | there since a day | only closed stays, one of them since that day | that end was a gap in what was seen: it goes on |
//! | there since a day | only other closed stays, or none | a stay from that day on |
//! | there, nobody says since when | only closed stays | a stay from the day of the look on |
//! | there, nobody says since when | nothing | the same; on the first look at the list none knows since when |

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::merge::intervals::{Interval, Intervals, settle};
use super::{Catalogue, Change, Merged, Playlist};

impl Catalogue {
    /// Takes in what was seen on `day`. The lists named in `whole` were seen whole: a track that is not on one any more
    /// left it, and one of them without a track is empty. A list is known by its id; a new name makes no new list.
    ///
    /// A look that is older than the last one at a list is only merged: what is there now it cannot tell.
    pub fn update(&mut self, mut newer: Catalogue, whole: &BTreeSet<String>, day: Date) -> Merged {
        for playlist in &mut newer.playlists {
            if whole.contains(&playlist.id) {
                playlist.first_seen = Some(playlist.first_seen.map_or(day, |first| first.min(day)));
                playlist.last_seen = playlist.last_seen.max(Some(day));
            }
        }
        self.take_in(newer, |playlists, table, mut snapshot| {
            let snapshots = snapshots(playlists, whole, day);
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

/// A look at a whole list.
struct Snapshot {
    day: Date,
    is_first: bool,
}

/// The looks that tell what is there now.
fn snapshots<'a>(
    known: &[Playlist],
    whole: &'a BTreeSet<String>,
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
    whole.iter().filter_map(snapshot).collect()
}

impl Snapshot {
    /// The stays of a track, from what was known of them and what the look states.
    fn after(&self, known: &Intervals, stated: &Intervals) -> Intervals {
        settle(self.told(known, stated))
    }

    fn told(&self, known: &Intervals, stated: &Intervals) -> Intervals {
        let mut intervals = settle(known.iter().chain(stated).copied());
        let Some(there) = stated.iter().find(|interval| interval.is_open()) else {
            self.close(&mut intervals, stated);
            return intervals;
        };
        if known.iter().any(Interval::is_open) {
            return intervals;
        }
        if there.added.is_some() {
            // Every end of a stay from this day on that the look does not know was a gap.
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
