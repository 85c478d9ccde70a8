//! What the history of a list tells: how large it is and was, what comes and goes, how long a track stays, what it shares
//! with other lists. A catalogue comes in, plain data goes out.
//!
//! Days are the smallest unit. Stays of a track that touch or overlap are one presence here: a track that left and came
//! back on one day was never away. A track that was there on the first day on which somebody looked came nobody knows when,
//! whatever `added` says: it counts for the size, but is no addition and has no known life.
//!
//! Must not: change the catalogue, or ask the clock.

mod life;
mod presence;
#[cfg(test)]
mod tests;
mod timeline;
mod turnover;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::{Span, ToSpan as _};
use serde::Serialize;

use super::{Catalogue, Placement, Playlist, Track};
pub use life::TimeOnPlaylist;
use presence::{History, Presence};
pub use timeline::{Month, SizeFrom};
pub use turnover::Turnover;

/// Of the JSON that is made of what stands here.
pub const SCHEMA_VERSION: u32 = 2;

const NEWEST: usize = 20;

/// A list in one line.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Overview {
    pub id: String,
    pub name: String,
    pub source: String,
    /// Tracks that are on it now.
    pub tracks: usize,
    /// In the 30 days up to `last_seen`; none where nobody looked twice.
    pub added_in_30_days: Option<usize>,
    pub removed_in_30_days: Option<usize>,
    pub first_seen: Option<Date>,
    pub last_seen: Option<Date>,
}

/// All that the history of one list tells.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Statistics {
    pub schema_version: u32,
    #[serde(flatten)]
    pub overview: Overview,
    /// The last day of the history: `last_seen`, or the last day that a row names.
    pub until: Option<Date>,
    /// The size in steps, from the first day on which the list is known.
    pub sizes: Vec<SizeFrom>,
    /// Every month of the history.
    pub months: Vec<Month>,
    /// The mean of the churn of the whole months; none where there is no such month.
    pub churn: Option<f64>,
    /// How long tracks stay.
    pub time_on_playlist: TimeOnPlaylist,
    /// The newest additions that are still there, the newest first.
    pub newest: Vec<Addition>,
    /// The other lists that share tracks with this one now, the most alike first.
    pub overlap: Vec<Overlap>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Addition {
    pub added: Date,
    pub title: String,
    pub artists: Vec<String>,
    pub track: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Overlap {
    pub id: String,
    pub name: String,
    /// Tracks that are on both now.
    pub shared: usize,
    /// Of the tracks that are on one of the two, the share that is on both.
    pub jaccard: f64,
}

impl Catalogue {
    /// One line a list, by name, then id.
    #[must_use]
    pub fn overview(&self) -> Vec<Overview> {
        let rows = self.placements_by_list();
        let mut lists: Vec<Overview> = self
            .playlists
            .iter()
            .map(|playlist| overview(&History::new(playlist, rows_of(&rows, playlist))))
            .collect();
        lists.sort_by(|one, other| (&one.name, &one.id).cmp(&(&other.name, &other.id)));
        lists
    }

    /// What the history of one of the lists tells.
    #[must_use]
    pub fn statistics(&self, playlist: &Playlist) -> Statistics {
        let rows = self.placements_by_list();
        let history = History::new(playlist, rows_of(&rows, playlist));
        let sizes = timeline::sizes(&history);
        let months = timeline::months(&history, &sizes);
        Statistics {
            schema_version: SCHEMA_VERSION,
            overview: overview(&history),
            until: history.until,
            churn: timeline::mean_churn(&months),
            sizes,
            months,
            time_on_playlist: life::time_on_playlist(&history),
            newest: self.newest(&history),
            overlap: self.overlap(playlist, &rows),
        }
    }

    fn placements_by_list(&self) -> BTreeMap<&str, Vec<&Placement>> {
        let mut rows: BTreeMap<&str, Vec<&Placement>> = BTreeMap::new();
        for row in &self.placements {
            rows.entry(&row.playlist).or_default().push(row);
        }
        rows
    }

    fn newest(&self, history: &History) -> Vec<Addition> {
        let tracks: BTreeMap<&str, &Track> = self
            .tracks
            .iter()
            .map(|track| (track.id.as_str(), track))
            .collect();
        let addition = |presence: &Presence| {
            let track = tracks.get(presence.track)?;
            Some(Addition {
                added: presence.from.filter(|_| presence.to.is_none())?,
                title: track.title.clone(),
                artists: track.artists.clone(),
                track: track.id.clone(),
            })
        };
        let mut newest: Vec<Addition> = history.additions().filter_map(addition).collect();
        newest.sort_by(|one, other| {
            (other.added, &one.title, &one.track).cmp(&(one.added, &other.title, &other.track))
        });
        newest.truncate(NEWEST);
        newest
    }

    fn overlap(&self, playlist: &Playlist, rows: &BTreeMap<&str, Vec<&Placement>>) -> Vec<Overlap> {
        let own = on_it_now(rows_of(rows, playlist));
        let overlap = |other: &Playlist| {
            let others = on_it_now(rows_of(rows, other));
            let shared = own.intersection(&others).count();
            let either = own.len() + others.len() - shared;
            (other.id != playlist.id && shared > 0).then(|| Overlap {
                id: other.id.clone(),
                name: other.name.clone(),
                shared,
                jaccard: shared as f64 / either as f64,
            })
        };
        let mut overlaps: Vec<Overlap> = self.playlists.iter().filter_map(overlap).collect();
        overlaps.sort_by(|one, other| {
            let alike = other.jaccard.total_cmp(&one.jaccard);
            alike.then_with(|| one.id.cmp(&other.id))
        });
        overlaps
    }
}

fn rows_of<'a, 'b>(
    rows: &'a BTreeMap<&str, Vec<&'b Placement>>,
    playlist: &Playlist,
) -> &'a [&'b Placement] {
    rows.get(playlist.id.as_str()).map_or(&[], Vec::as_slice)
}

fn on_it_now<'a>(rows: &[&'a Placement]) -> BTreeSet<&'a str> {
    let open = rows.iter().filter(|row| row.removed.is_none());
    open.map(|row| row.track.as_str()).collect()
}

fn overview(history: &History) -> Overview {
    let playlist = history.playlist;
    let looked_twice = playlist.first_seen < playlist.last_seen;
    let last = playlist.last_seen.filter(|_| looked_twice);
    let month: Span = 30.days();
    let is_recent = |day: Date, last: Date| day > last.saturating_sub(month) && day <= last;
    let recent =
        |days: Vec<Date>| last.map(|last| days.iter().filter(|day| is_recent(**day, last)).count());
    Overview {
        id: playlist.id.clone(),
        name: playlist.name.clone(),
        source: playlist.source.clone(),
        tracks: history
            .presences
            .iter()
            .filter(|presence| presence.to.is_none())
            .count(),
        added_in_30_days: recent(
            history
                .additions()
                .filter_map(|interval| interval.from)
                .collect(),
        ),
        removed_in_30_days: recent(
            history
                .presences
                .iter()
                .filter_map(|interval| interval.to)
                .collect(),
        ),
        first_seen: playlist.first_seen,
        last_seen: playlist.last_seen,
    }
}
