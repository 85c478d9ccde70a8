//! Statistics of a playlist's history: its size over time, additions and removals, the time of tracks on it, and its
//! overlap with other playlists.
//!
//! Days are the smallest unit. Intervals of a track that touch or overlap are one presence: a track that was removed and
//! added again on one day was never absent. When a track of the first snapshot was added is unknown, whatever `added`
//! states: it counts for the size, but is not an addition and has no length.
//!
//! Invariants: no change of the catalogue, no clock.

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

/// Version of the JSON of these types.
pub const SCHEMA_VERSION: u32 = 2;

const NEWEST: usize = 20;

/// One row of the table of playlists.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Overview {
    /// The playlist's id.
    pub id: String,
    /// The playlist's name.
    pub name: String,
    /// The playlist's source.
    pub source: String,
    /// Number of tracks that are on it now.
    pub tracks: usize,
    /// Number of additions in the 30 days up to `last_seen`; `None` if there is only one snapshot.
    pub added_in_30_days: Option<usize>,
    /// Number of removals in the same days.
    pub removed_in_30_days: Option<usize>,
    /// The day of the first snapshot.
    pub first_seen: Option<Date>,
    /// The day of the last snapshot.
    pub last_seen: Option<Date>,
}

/// The statistics of one playlist.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Statistics {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// Size, additions and removals now.
    #[serde(flatten)]
    pub overview: Overview,
    /// The last day of the history: `last_seen`, or the last day in a placement.
    pub until: Option<Date>,
    /// The size as a step function, from the first day of the history.
    pub sizes: Vec<SizeFrom>,
    /// The months of the history.
    pub months: Vec<Month>,
    /// The mean churn of the complete months; `None` without one.
    pub churn: Option<f64>,
    /// How long tracks stay.
    pub time_on_playlist: TimeOnPlaylist,
    /// Up to 20 additions that are still on the playlist, the newest first.
    pub newest: Vec<Addition>,
    /// The other playlists that share tracks with this one now, by descending Jaccard index.
    pub overlap: Vec<Overlap>,
}

/// A track that was added.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Addition {
    /// The day.
    pub added: Date,
    /// The track's title.
    pub title: String,
    /// The track's artists.
    pub artists: Vec<String>,
    /// The track's id.
    pub track: String,
}

/// Another playlist with common tracks.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Overlap {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Number of tracks that are on both now.
    pub shared: usize,
    /// Jaccard index: tracks on both over tracks on either, 0 to 1.
    pub jaccard: f64,
}

impl Catalogue {
    /// One row per playlist, by name, then id.
    #[must_use]
    pub fn overview(&self) -> Vec<Overview> {
        let rows = self.placements_by_playlist();
        let mut playlists: Vec<Overview> = self
            .playlists
            .iter()
            .map(|playlist| overview(&History::new(playlist, rows_of(&rows, playlist))))
            .collect();
        playlists.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        playlists
    }

    /// The statistics of one playlist of this catalogue.
    #[must_use]
    pub fn statistics(&self, playlist: &Playlist) -> Statistics {
        let rows = self.placements_by_playlist();
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

    fn placements_by_playlist(&self) -> BTreeMap<&str, Vec<&Placement>> {
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
        newest.sort_by(|a, b| (b.added, &a.title, &a.track).cmp(&(a.added, &b.title, &b.track)));
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
        overlaps.sort_by(|a, b| {
            let by_jaccard = b.jaccard.total_cmp(&a.jaccard);
            by_jaccard.then_with(|| a.id.cmp(&b.id))
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
    let has_two_snapshots = playlist.first_seen < playlist.last_seen;
    let last = playlist.last_seen.filter(|_| has_two_snapshots);
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
