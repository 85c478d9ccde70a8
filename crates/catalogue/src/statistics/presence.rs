//! When each track was on a list: its stays, those that touch or overlap taken together.

use jiff::civil::Date;

use crate::{Placement, Playlist};

/// A track on a list without a day's break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Presence<'a> {
    pub track: &'a str,
    /// None where nobody knows.
    pub from: Option<Date>,
    /// The first day on which it was not there, never before `from`; none while it is there.
    pub to: Option<Date>,
}

/// A list and all that was ever on it.
pub struct History<'a> {
    pub playlist: &'a Playlist,
    /// By track, then begin.
    pub presences: Vec<Presence<'a>>,
    /// The first day on which somebody looked, or the first that a row names; none where no day is known.
    pub start: Option<Date>,
    /// The last such day.
    pub until: Option<Date>,
}

impl<'a> History<'a> {
    pub fn new(playlist: &'a Playlist, rows: &[&'a Placement]) -> History<'a> {
        let interval = |row: &&'a Placement| Presence {
            track: &row.track,
            from: row.added,
            to: row
                .removed
                .map(|to| row.added.map_or(to, |from| to.max(from))),
        };
        let presences = merge_overlapping(rows.iter().map(interval).collect());
        let days = || {
            rows.iter()
                .flat_map(|row| [row.added, row.removed])
                .flatten()
        };
        let until = days().chain(playlist.last_seen).max();
        History {
            playlist,
            presences,
            start: playlist.first_seen.or_else(|| days().min()),
            until,
        }
    }

    /// Those that are known to have come while somebody looked.
    pub fn additions(&self) -> impl Iterator<Item = &Presence<'a>> {
        let first = self.playlist.first_seen;
        let came = move |from: Date| first.is_none_or(|first| from > first);
        self.presences
            .iter()
            .filter(move |presence| presence.from.is_some_and(came))
    }
}

fn merge_overlapping(mut intervals: Vec<Presence>) -> Vec<Presence> {
    intervals.sort_by_key(|interval| (interval.track, interval.from));
    let mut presences: Vec<Presence> = Vec::new();
    for interval in intervals {
        let goes_on = |last: &&mut Presence| {
            last.track == interval.track && (last.to.is_none() || interval.from <= last.to)
        };
        match presences.last_mut().filter(goes_on) {
            Some(last) => last.to = last.to.zip(interval.to).map(|(one, other)| one.max(other)),
            None => presences.push(interval),
        }
    }
    presences
}
