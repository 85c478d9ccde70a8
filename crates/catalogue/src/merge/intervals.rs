//! The intervals of one track on one playlist: which rows are the same interval, and its merged begin and end.
//!
//! In real playlists, tracks are added again: on the next day, on the same day, even twice with the same `added`. Rows are
//! the same interval only by these rules:
//!
//! * An open row (`removed` is `None`) without `added` states only that the track is present; any other interval implies
//!   it.
//! * A closed row without `added` ends the latest open interval that began before it. If a dated interval already has
//!   this end, it adds nothing; if it fits no interval, it is an interval of its own.
//! * An open row and a closed one with the same `added` are one closed interval, unless the closed one ended on the day
//!   on which it began: then the track was added again on that day.
//! * Of the remaining open rows, the earliest `added` is used: a track is on a playlist once.
//!
//! Rows may be in any order, with one exception: which of two open rows with different days an end belongs to is known
//! only while both are present.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::Change;
use crate::Placement;

/// Begin and end, in this order: intervals sort by their begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Interval {
    pub added: Option<Date>,
    pub removed: Option<Date>,
}

impl Interval {
    pub fn is_open(&self) -> bool {
        self.removed.is_none()
    }
}

pub type Intervals = BTreeSet<Interval>;

/// By playlist and track.
pub type IntervalsByPair = BTreeMap<(String, String), Intervals>;

/// Rows as intervals by playlist and track, merged by the rules above.
pub fn by_pair(rows: impl IntoIterator<Item = Placement>) -> IntervalsByPair {
    let mut table = IntervalsByPair::new();
    for row in rows {
        let interval = Interval {
            added: row.added,
            removed: row.removed,
        };
        table
            .entry((row.playlist, row.track))
            .or_default()
            .insert(interval);
    }
    for intervals in table.values_mut().filter(|intervals| intervals.len() > 1) {
        *intervals = settle(intervals.iter().copied());
    }
    table
}

/// Intervals as rows, sorted by playlist, track and begin.
pub fn placements(table: IntervalsByPair) -> Vec<Placement> {
    let rows = |((playlist, track), intervals): ((String, String), Intervals)| {
        intervals.into_iter().map(move |interval| Placement {
            playlist: playlist.clone(),
            track: track.clone(),
            added: interval.added,
            removed: interval.removed,
        })
    };
    table.into_iter().flat_map(rows).collect()
}

/// Merges the rows of one track on one playlist.
pub fn settle(rows: impl IntoIterator<Item = Interval>) -> Intervals {
    let (mut open, mut closed, mut ends) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut is_there = false;
    for interval in rows {
        match (interval.added, interval.removed) {
            (Some(added), Some(removed)) => closed.insert((added, removed)),
            (Some(added), None) => open.insert(added),
            (None, Some(removed)) => ends.insert(removed),
            (None, None) => {
                is_there = true;
                true
            }
        };
    }
    for (added, _) in closed.iter().filter(|(added, removed)| added != removed) {
        open.remove(added);
    }
    ends.retain(|end| closed.iter().all(|(_, removed)| removed != end));
    ends.retain(|&end| match open.range(..end).next_back().copied() {
        Some(added) => {
            open.remove(&added);
            closed.insert((added, end));
            false
        }
        None => true,
    });
    let closed = closed
        .into_iter()
        .map(|(added, removed)| (Some(added), Some(removed)));
    let ends = ends.into_iter().map(|removed| (None, Some(removed)));
    let open = open.first().map(|&added| (Some(added), None));
    let mut intervals: Intervals = closed
        .chain(ends)
        .chain(open)
        .map(|(added, removed)| Interval { added, removed })
        .collect();
    if is_there && intervals.is_empty() {
        intervals.insert(Interval {
            added: None,
            removed: None,
        });
    }
    intervals
}

impl Change {
    /// From the stays of a track on a list to those after.
    pub fn between(before: &Intervals, after: &Intervals) -> Change {
        let new = after.difference(before).count();
        let changed = before.difference(after).count().min(new);
        Change {
            added: new - changed,
            changed,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::*;

    use super::*;

    fn interval(added: Option<i8>, removed: Option<i8>) -> Interval {
        let day = |day| date(2020, 1, day);
        Interval {
            added: added.map(day),
            removed: removed.map(day),
        }
    }

    #[track_caller]
    fn becomes(rows: &[(i8, i8)], expected: &[(i8, i8)]) {
        let intervals = |rows: &[(i8, i8)]| -> Vec<Interval> {
            let some = |day| (day > 0).then_some(day);
            rows.iter()
                .map(|&(added, removed)| interval(some(added), some(removed)))
                .collect()
        };
        let settled: Vec<Interval> = settle(intervals(rows)).into_iter().collect();
        assert_eq!(settled, intervals(expected));
    }

    /// 0 stands for none.
    #[test]
    fn rows_on_one_stay_are_one_and_other_stays_stay_apart() {
        becomes(&[(0, 0), (3, 0)], &[(3, 0)]);
        becomes(&[(0, 0), (3, 5)], &[(3, 5)]);
        becomes(&[(5, 0), (3, 0)], &[(3, 0)]);
        becomes(&[(3, 5), (3, 0)], &[(3, 5)]);
        becomes(&[(0, 5), (3, 0)], &[(3, 5)]);
        becomes(&[(0, 5), (0, 0)], &[(0, 5)]);
        becomes(&[(0, 5), (3, 5)], &[(3, 5)]);
        // Touching, overlapping, the same begin, and a track that came back on the day on which it came and went.
        becomes(&[(3, 5), (5, 0)], &[(3, 5), (5, 0)]);
        becomes(&[(3, 9), (5, 0)], &[(3, 9), (5, 0)]);
        becomes(&[(3, 9), (3, 5)], &[(3, 5), (3, 9)]);
        becomes(&[(3, 3), (3, 0)], &[(3, 0), (3, 3)]);
        // It left before it is known to have come: another stay.
        becomes(&[(0, 2), (3, 0)], &[(0, 2), (3, 0)]);
        becomes(&[(0, 4), (3, 0), (5, 0)], &[(3, 4), (5, 0)]);
    }

    fn intervals() -> impl Strategy<Value = Vec<Interval>> {
        let days = (option::of(1..20_i8), option::of(1..20_i8));
        vec(
            days.prop_map(|(added, removed)| interval(added, removed)),
            0..8,
        )
    }

    proptest! {
        #[test]
        fn settling_again_changes_nothing(old in intervals(), new in intervals()) {
            let together = |one: &Intervals, other: &Intervals| settle(one.iter().chain(other).copied());
            let (old, new) = (settle(old), settle(new));
            let once = together(&old, &new);
            prop_assert_eq!(&settle(once.iter().copied()), &once);
            prop_assert_eq!(&together(&once, &new), &once);
        }

        #[test]
        fn no_dated_end_is_lost_and_at_most_one_stay_is_open(rows in intervals()) {
            let settled = settle(rows.iter().copied());
            for row in &rows {
                if row.added.is_some() && row.removed.is_some() {
                    prop_assert!(settled.contains(row));
                }
                prop_assert!(row.is_open() || settled.iter().any(|interval| interval.removed == row.removed));
            }
            prop_assert_eq!(settled.is_empty(), rows.is_empty());
            prop_assert!(settled.iter().filter(|interval| interval.is_open()).count() <= 1);
        }
    }
}
