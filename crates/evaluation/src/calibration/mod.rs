//! Calibration of logits on held-out artists: one curve for all playlists, and one per playlist with enough tracks.
//!
//! Each curve is increasing. Curves of two playlists can reverse the order of their logits; rankings use the fit, so that
//! ranks and printed numbers agree.

mod isotonic;
mod platt;
mod reliability;
#[cfg(test)]
mod tests;

pub use isotonic::Isotonic;
pub use platt::Platt;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::ScoredLabels;
use platt::{Pair, Prior, loss};

/// Maps the logit of each playlist to its fit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// The curve of all playlists without an own one. Old bundles have nothing else.
    #[serde(flatten)]
    pub shared: Platt,
    /// By playlist index.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub playlists: BTreeMap<usize, PlaylistCalibration>,
}

/// The curve of one playlist.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlaylistCalibration {
    /// The line.
    #[serde(flatten)]
    pub platt: Platt,
    /// Isotonic steps mixed with the line. `None` below the minimum of placements.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub isotonic: Option<Isotonic>,
}

/// Below this number of artists only a temperature is fitted, and no risk control.
pub const MIN_ARTISTS: usize = 20;
/// Minimum (placements, artists) of a playlist with its own line, and with its own isotonic steps.
const ENOUGH_FOR_LINE: (usize, usize) = (20, 10);
const ENOUGH_FOR_STEPS: (usize, usize) = (200, 50);
/// Prior deviation of a playlist's line from the shared one: of its offset in log odds, and of its slope relative to the
/// shared slope. Chosen on held-out artists.
const SPREADS: [f64; 3] = [0.1, 0.3, 1.0];
/// The line's part in a curve with steps: where steps are level or say 0 or 1, the curve still rises and is never sure.
const LINE_IN_STEPS: f64 = 0.01;

impl PlaylistCalibration {
    fn fit(&self, logit: f64) -> f64 {
        let line = self.platt.fit(logit);
        let steps = self.isotonic.as_ref().and_then(|steps| steps.fit(logit));
        steps.map_or(line, |steps| line + (1.0 - LINE_IN_STEPS) * (steps - line))
    }
}

/// What a calibration may fit per playlist.
#[derive(Clone, Copy)]
struct Freedom {
    /// One of [`SPREADS`]. `None`: the shared line only.
    spread: Option<f64>,
    steps: bool,
}

impl Calibration {
    /// The probability that a song with this logit is on the playlist with this index.
    pub fn fit(&self, playlist: usize, logit: f32) -> f64 {
        let logit = f64::from(logit);
        let own = self.playlists.get(&playlist);
        own.map_or_else(|| self.shared.fit(logit), |curve| curve.fit(logit))
    }

    /// Fits to these held-out tracks. `groups` has one number per track and keeps
    /// artists whole: how far playlists may differ is chosen on held-out groups (partial pooling, with the
    /// strength by cross-validation). Under [`MIN_ARTISTS`] one temperature; without positives and negatives nothing.
    pub fn learn(scored: &ScoredLabels, tracks: &[usize], groups: &[usize]) -> Self {
        let pairs = all_pairs(scored, tracks);
        let positives = pairs.iter().filter(|pair| pair.1 == 1.0).count();
        if positives == 0 || positives == pairs.len() {
            return Self::default();
        }
        let artists: BTreeSet<&str> = tracks
            .iter()
            .map(|&track| scored.artists[track].as_str())
            .collect();
        if artists.len() < MIN_ARTISTS {
            return Self {
                shared: Platt::temperature(&pairs),
                playlists: BTreeMap::new(),
            };
        }
        let shared = Platt::temperature_or_offset(&pairs);
        let freedom = best_freedom(scored, tracks, groups);
        Self::with(scored, tracks, shared, freedom)
    }

    fn with(scored: &ScoredLabels, tracks: &[usize], shared: Platt, freedom: Freedom) -> Self {
        let curve = |playlist: usize| {
            let steps = freedom.steps && enough(scored, tracks, playlist, ENOUGH_FOR_STEPS);
            let line = enough(scored, tracks, playlist, ENOUGH_FOR_LINE);
            let own_line = freedom.spread.filter(|_| line);
            if own_line.is_none() && !steps {
                return None;
            }
            let pairs = pairs(scored, tracks, playlist);
            let prior = |spread: f64| Prior {
                centre: shared,
                slope_deviation: spread * shared.slope,
                offset_deviation: spread,
            };
            let platt = own_line.map_or(shared, |spread| Platt::learn(&pairs, &prior(spread)));
            let isotonic = steps.then(|| Isotonic::learn(&pairs));
            Some((playlist, PlaylistCalibration { platt, isotonic }))
        };
        Self {
            shared,
            playlists: (0..scored.playlists).filter_map(curve).collect(),
        }
    }

    /// How unlikely it thinks what came true, in nats.
    fn loss(&self, scored: &ScoredLabels, tracks: &[usize]) -> f64 {
        let of_list = |playlist: usize| {
            let fit = |logit: f64| self.fit(playlist, logit as f32);
            loss(&pairs(scored, tracks, playlist), fit)
        };
        (0..scored.playlists).map(of_list).sum()
    }
}

fn best_freedom(scored: &ScoredLabels, tracks: &[usize], groups: &[usize]) -> Freedom {
    let some_list =
        |least| (0..scored.playlists).any(|playlist| enough(scored, tracks, playlist, least));
    let mut best = Freedom {
        spread: None,
        steps: false,
    };
    if !some_list(ENOUGH_FOR_LINE) {
        return best;
    }
    let present: BTreeSet<usize> = tracks.iter().map(|&track| groups[track]).collect();
    let parts: Vec<(Vec<usize>, Vec<usize>, Platt)> = present
        .into_iter()
        .map(|group| {
            let (left_out, rest) = without(tracks, groups, group);
            let shared = Platt::temperature_or_offset(&all_pairs(scored, &rest));
            (left_out, rest, shared)
        })
        .collect();
    let left_out_loss = |freedom: Freedom| -> f64 {
        let of_part = |(left_out, rest, shared): &(Vec<usize>, Vec<usize>, Platt)| {
            Calibration::with(scored, rest, *shared, freedom).loss(scored, left_out)
        };
        parts.iter().map(of_part).sum()
    };
    let mut least = left_out_loss(best);
    let mut consider = |freedom: Freedom, best: &mut Freedom| {
        let loss = left_out_loss(freedom);
        if loss < least {
            (least, *best) = (loss, freedom);
        }
    };
    for spread in SPREADS {
        let freedom = Freedom {
            spread: Some(spread),
            steps: false,
        };
        consider(freedom, &mut best);
    }
    if some_list(ENOUGH_FOR_STEPS) {
        let freedom = Freedom {
            steps: true,
            ..best
        };
        consider(freedom, &mut best);
    }
    best
}

/// The tracks of one group, and those of all others.
pub fn without(tracks: &[usize], groups: &[usize], group: usize) -> (Vec<usize>, Vec<usize>) {
    tracks.iter().partition(|&&track| groups[track] == group)
}

/// Whether the list has so many positives by so many artists, and a negative.
fn enough(scored: &ScoredLabels, tracks: &[usize], playlist: usize, least: (usize, usize)) -> bool {
    let own: Vec<usize> = tracks
        .iter()
        .copied()
        .filter(|&track| scored.truth[track].contains(&playlist))
        .collect();
    let artists: BTreeSet<&str> = own
        .iter()
        .map(|&track| scored.artists[track].as_str())
        .collect();
    own.len() >= least.0 && artists.len() >= least.1 && own.len() < tracks.len()
}

fn pairs(scored: &ScoredLabels, tracks: &[usize], playlist: usize) -> Vec<Pair> {
    let pair = |&track: &usize| {
        let logit = scored.scores[track * scored.playlists + playlist];
        let truth = scored.truth[track].contains(&playlist);
        (f64::from(logit), f64::from(u8::from(truth)))
    };
    tracks.iter().map(pair).collect()
}

fn all_pairs(scored: &ScoredLabels, tracks: &[usize]) -> Vec<Pair> {
    (0..scored.playlists)
        .flat_map(|playlist| pairs(scored, tracks, playlist))
        .collect()
}
