//! Two songs, such as two mixes of one, analysed with the same bundle: the differences of their fits.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{FitReport, PlaylistFit, SCHEMA_VERSION, TOP_PLAYLISTS};

/// Two songs side by side.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Comparison {
    /// See [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The reports of both.
    pub songs: [FitReport; 2],
    /// The playlists among the best five of either song, the largest difference first.
    #[serde(alias = "moved")]
    pub deltas: Vec<FitDelta>,
}

/// The fits of both songs for one playlist.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FitDelta {
    /// Name of the playlist.
    pub playlist: String,
    /// Of the first and the second song, 0–1.
    pub fits: [f64; 2],
    /// Of the first and the second song, 1 for the best.
    pub ranks: [usize; 2],
    /// The second fit minus the first.
    pub difference: f64,
    /// Whether the robustness ranges of the two fits are disjoint; `None` if a report has no ranges.
    #[serde(alias = "more_than_small_changes")]
    pub exceeds_robustness: Option<bool>,
}

/// Compares two reports of the same bundle.
pub fn compare(first: FitReport, second: FitReport) -> Comparison {
    let in_second = |left: &PlaylistFit| {
        let mut playlists = second.playlists.iter();
        playlists.find(|right| right.name == left.name)
    };
    let pairs = first.playlists.iter();
    let mut deltas: Vec<FitDelta> = pairs
        .filter_map(|left| Some((left, in_second(left)?)))
        .filter(|(left, right)| left.rank.min(right.rank) <= TOP_PLAYLISTS)
        .map(|(left, right)| fit_delta(left, right))
        .collect();
    deltas.sort_by(|left, right| right.difference.abs().total_cmp(&left.difference.abs()));
    Comparison {
        schema_version: SCHEMA_VERSION,
        songs: [first, second],
        deltas,
    }
}

fn fit_delta(left: &PlaylistFit, right: &PlaylistFit) -> FitDelta {
    let ranges = left.range.zip(right.range);
    FitDelta {
        playlist: left.name.clone(),
        fits: [left.fit, right.fit],
        ranks: [left.rank, right.rank],
        difference: right.fit - left.fit,
        exceeds_robustness: ranges
            .map(|(left, right)| left.high < right.low || right.high < left.low),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FitRange;

    fn playlist(name: &str, rank: usize, fit: f64, spread: f64) -> PlaylistFit {
        PlaylistFit {
            name: name.into(),
            rank,
            fit,
            range: Some(FitRange {
                low: fit - spread,
                high: fit + spread,
            }),
            selected: false,
            few_shot: None,
            tracks: 20,
        }
    }

    #[test]
    fn a_difference_beyond_both_ranges_exceeds_the_robustness() {
        let clear = fit_delta(
            &playlist("ambient", 1, 0.44, 0.03),
            &playlist("ambient", 2, 0.30, 0.05),
        );
        let within = fit_delta(
            &playlist("piano", 2, 0.20, 0.05),
            &playlist("piano", 1, 0.28, 0.04),
        );
        assert_eq!(clear.exceeds_robustness, Some(true));
        assert_eq!(within.exceeds_robustness, Some(false));
        assert_eq!((clear.ranks, clear.difference < 0.0), ([1, 2], true));
    }

    #[test]
    fn without_ranges_the_robustness_is_unknown() {
        let mut bare = playlist("piano", 1, 0.9, 0.0);
        bare.range = None;
        let delta = fit_delta(&playlist("piano", 1, 0.1, 0.0), &bare);
        assert_eq!(delta.exceeds_robustness, None);
    }
}
