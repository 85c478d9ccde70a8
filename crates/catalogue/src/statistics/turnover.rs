//! How fast a playlist changes, in the two numbers that a bundle stores.

use jiff::ToSpan as _;
use serde::{Deserialize, Serialize};

use super::presence::History;
use super::{life, rows_of, timeline};
use crate::{Catalogue, Playlist};

const DAYS: i64 = 90;

/// How fast a playlist changes. A value is `None` if the known days do not determine it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Turnover {
    /// Median time of an added track on the playlist, in days ([`TimeOnPlaylist::median_days`](super::TimeOnPlaylist::median_days)).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub median_stay_days: Option<i64>,
    /// The fraction of the playlist that was replaced in the last 90 known days: the lesser of additions and removals over
    /// the mean size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced_in_90_days: Option<f64>,
}

impl Catalogue {
    /// The turnover of each of these playlists, in their order; `None` if no days are recorded.
    #[must_use]
    pub fn turnovers(&self, playlists: &[Playlist]) -> Vec<Option<Turnover>> {
        let rows = self.placements_by_playlist();
        let turnover = |playlist: &Playlist| {
            let history = History::new(playlist, rows_of(&rows, playlist));
            let turnover = Turnover {
                median_stay_days: life::time_on_playlist(&history).median_days,
                replaced_in_90_days: replaced(&history),
            };
            (turnover != Turnover::default()).then_some(turnover)
        };
        playlists.iter().map(turnover).collect()
    }
}

/// `None` if fewer days are known, or the playlist was empty in them.
fn replaced(history: &History) -> Option<f64> {
    let until = history.until?;
    let from = until.checked_sub(DAYS.days()).ok()?;
    history.start.filter(|start| *start <= from)?;
    let recent = |day: &jiff::civil::Date| *day > from;
    let additions = history.additions().filter_map(|presence| presence.from);
    let removals = history.presences.iter().filter_map(|presence| presence.to);
    let replaced = additions
        .filter(recent)
        .count()
        .min(removals.filter(recent).count());
    let size = timeline::mean_size(&timeline::sizes(history), from, until);
    (size > 0.0).then(|| replaced as f64 / size)
}
