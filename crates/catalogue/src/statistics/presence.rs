//! When each track was on a playlist: its intervals, those that touch or overlap merged.

use jiff::civil::Date;

use crate::{Placement, Playlist};

/// A track on a playlist without a day's gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Presence<'a> {
    pub track: &'a str,
    /// The first day; `None` if unknown.
    pub from: Option<Date>,
    /// The day of its removal, never before `from`; `None` if it is still on the playlist.
    pub to: Option<Date>,
}

/// A playlist and all its present and removed tracks.
pub struct History<'a> {
    pub playlist: &'a Playlist,
    /// By track, then begin.
    pub presences: Vec<Presence<'a>>,
    /// The day of the first snapshot, or the first day in a placement; `None` if no day is known.
    pub start: Option<Date>,
    /// The day of the last snapshot, or the last day in a placement.
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

    /// The presences that began after the first snapshot.
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
        let continues = |last: &&mut Presence| {
            last.track == interval.track && (last.to.is_none() || interval.from <= last.to)
        };
        match presences.last_mut().filter(continues) {
            Some(last) => last.to = last.to.zip(interval.to).map(|(a, b)| a.max(b)),
            None => presences.push(interval),
        }
    }
    presences
}
