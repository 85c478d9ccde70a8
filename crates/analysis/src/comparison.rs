//! Two mixes of a song, judged by one bundle: what moved from the first to the second.

use serde::{Deserialize, Serialize};

use super::words::{and, list_name, percent};
use super::{FitReport, PlaylistFit, SCHEMA_VERSION, TOP_PLAYLISTS};

/// Lists that the sentence names, each way.
const NAMED: usize = 3;

/// Two songs side by side.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Comparison {
    pub schema_version: u32,
    pub songs: [FitReport; 2],
    /// What moved by more than small changes would move it, in a sentence.
    pub sentence: String,
    /// The lists that are among the best five of either, what moved most first.
    #[serde(rename = "moved")]
    pub deltas: Vec<FitDelta>,
}

/// One list, of the first song and of the second.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FitDelta {
    pub playlist: String,
    pub fits: [f64; 2],
    pub ranks: [usize; 2],
    /// The second fit less the first.
    pub difference: f64,
    /// Whether the ranges in which small changes move the two fits lie apart; none where a report has no ranges.
    #[serde(rename = "more_than_small_changes")]
    pub exceeds_robustness: Option<bool>,
}

/// Both songs must have been judged by one bundle.
pub fn compare(first: FitReport, second: FitReport) -> Comparison {
    let of_second = |list: &PlaylistFit| {
        second
            .playlists
            .iter()
            .find(|other| other.name == list.name)
    };
    let pairs = first.playlists.iter();
    let mut deltas: Vec<FitDelta> = pairs
        .filter_map(|list| Some((list, of_second(list)?)))
        .filter(|(one, other)| one.rank.min(other.rank) <= TOP_PLAYLISTS)
        .map(|(one, other)| fit_delta(one, other))
        .collect();
    deltas.sort_by(|one, other| other.difference.abs().total_cmp(&one.difference.abs()));
    Comparison {
        schema_version: SCHEMA_VERSION,
        sentence: sentence(&deltas),
        songs: [first, second],
        deltas,
    }
}

fn fit_delta(one: &PlaylistFit, other: &PlaylistFit) -> FitDelta {
    let ranges = one.range.zip(other.range);
    FitDelta {
        playlist: one.name.clone(),
        fits: [one.fit, other.fit],
        ranks: [one.rank, other.rank],
        difference: other.fit - one.fit,
        exceeds_robustness: ranges.map(|(one, other)| one.high < other.low || other.high < one.low),
    }
}

fn sentence(moved: &[FitDelta]) -> String {
    if moved.iter().any(|moved| moved.exceeds_robustness.is_none()) {
        return "How far small changes move these fits was not measured, so what moved may mean nothing.".into();
    }
    let clear = || {
        moved
            .iter()
            .filter(|moved| moved.exceeds_robustness == Some(true))
    };
    let named = |verb: &str, way: fn(f64) -> bool| {
        let lists = clear().filter(|moved| way(moved.difference)).take(NAMED);
        let lists: Vec<String> = lists.map(from_to).collect();
        (!lists.is_empty()).then(|| format!("the second {verb} {}", and(&lists)))
    };
    let ways = [
        named("gains in", |difference| difference > 0.0),
        named("loses in", |difference| difference < 0.0),
    ];
    let ways: Vec<String> = ways.into_iter().flatten().collect();
    if ways.is_empty() {
        "No fit differs by more than small changes would move it.".into()
    } else {
        format!(
            "By more than small changes would move it, {}.",
            ways.join(", and ")
        )
    }
}

fn from_to(moved: &FitDelta) -> String {
    let [from, to] = moved.fits.map(percent);
    format!("{} ({from} to {to})", list_name(&moved.playlist))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FitRange;

    fn list(name: &str, rank: usize, fit: f64, spread: f64) -> PlaylistFit {
        PlaylistFit {
            name: name.into(),
            rank,
            fit,
            range: Some(FitRange {
                low: fit - spread,
                high: fit + spread,
            }),
            selected: false,
            note: None,
            tracks: 20,
        }
    }

    fn said(moved: &[FitDelta]) -> String {
        sentence(moved).replace('\u{202f}', " ")
    }

    #[test]
    fn a_move_beyond_both_ranges_is_told_from_one_within_them() {
        let clear = fit_delta(
            &list("ambient", 1, 0.44, 0.03),
            &list("ambient", 2, 0.30, 0.05),
        );
        let within = fit_delta(&list("piano", 2, 0.20, 0.05), &list("piano", 1, 0.28, 0.04));
        assert_eq!(clear.exceeds_robustness, Some(true));
        assert_eq!(within.exceeds_robustness, Some(false));
        assert_eq!((clear.ranks, clear.difference < 0.0), ([1, 2], true));
        let gain = fit_delta(&list("epic", 3, 0.10, 0.01), &list("epic", 1, 0.40, 0.01));
        assert_eq!(
            said(&[clear, within.clone(), gain]),
            "By more than small changes would move it, the second gains in Epic (10 % to 40 %), and the second loses in Ambient (44 % to 30 %)."
        );
        assert!(said(&[within]).starts_with("No fit differs"));
    }

    #[test]
    fn without_ranges_nothing_is_claimed() {
        let mut bare = list("piano", 1, 0.9, 0.0);
        bare.range = None;
        let moved = fit_delta(&list("piano", 1, 0.1, 0.0), &bare);
        assert_eq!(moved.exceeds_robustness, None);
        assert!(said(&[moved]).contains("not measured"));
    }
}
