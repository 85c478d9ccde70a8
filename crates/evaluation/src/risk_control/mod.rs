//! Which playlists may be named under a stated error. Fits and truth of artists that neither the network nor the
//! calibration learned from come in; a threshold goes out, or nothing where the evidence is too thin.
//!
//! The promise is about naming: of the playlists that are named, at most a stated share does not hold the song. Its
//! set may be empty, which is what "no good fit" means. The other promise that one could make, that at most a stated
//! share of a song's true playlists is missed (conformal risk control, Angelopoulos et al. 2022), always names some,
//! and with a weak network nearly all: it helps nobody to decide whom to write to.
//!
//! How: Learn then Test (Angelopoulos et al. 2021), since the share of wrong names is no monotone function of the
//! threshold. Artists are the independent draws: an artist's loss is the mean, over the songs for which anything is
//! named, of the share of wrong names. Artists for whom nothing is named do not count: as a loss of 0 they would let a
//! promise hold whose every name is wrong.
//!
//! A track's absence from a list is a missing label: what counts as wrong here may only be unknown, so the true share
//! of misfits is lower than what is promised.

mod binomial;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::bootstrap::{Bootstrap, LANES, share};
use super::{Estimate, RiskControlScores, ScoredLabels};
use binomial::{at_most, hoeffding_bentkus};

/// The errors that may be promised; the least that can be proven is.
pub const RISKS: [f64; 3] = [0.1, 0.2, 0.3];
/// How sure it is that the error of new artists stays below the stated one, all that was tried taken together.
const CONFIDENCE: f64 = 0.9;
/// Walks down the thresholds begin where just enough artists are named to prove anything, and at even ratios from there
/// towards all artists. Only how many are named decides that, never what came true.
const WALKS: i32 = 4;
/// Thresholds are hundredths.
const STEP: f64 = 0.01;

/// Controlled selection of playlists (Learn then Test): those with a fit of at least a threshold are selected.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct RiskControl {
    /// Bound of the fraction (0–1) of selected playlists that do not contain the song, on average over artists.
    pub risk: f64,
    /// The lowest fit that is selected, 0–1.
    pub threshold: f64,
    /// Artists of the test with a selected playlist.
    pub artists: usize,
    /// Probability (0–1) that the bound holds, over the draw of these artists.
    pub confidence: f64,
}

/// A threshold, tested.
struct ThresholdTest {
    threshold: f64,
    artists: usize,
    p_value: f64,
}

impl RiskControl {
    /// The lowest threshold at which the error is proven to be at most `risk`; `scored` holds fits in place of logits.
    /// None where no threshold is proven.
    pub fn learn(scored: &ScoredLabels, tracks: &[usize], risk: f64) -> Option<Self> {
        // Every risk and every walk is one more chance to be lucky (Bonferroni).
        let error = (1.0 - CONFIDENCE) / (RISKS.len() as f64 * f64::from(WALKS));
        // So many artists without any wrong name would prove it.
        let least = (error.ln() / (-risk).ln_1p()).ceil();
        let artists: BTreeSet<&String> =
            tracks.iter().map(|&track| &scored.artists[track]).collect();
        let ratio = (artists.len() as f64 / least).powf(1.0 / f64::from(WALKS));
        let steps = (1.0 / STEP).round() as usize;
        let trials: Vec<ThresholdTest> = (1..steps)
            .rev()
            .map(|step| ThresholdTest::new(scored, tracks, step as f64 * STEP, risk))
            .collect();
        let walk = |number: i32| {
            let enough = least * ratio.max(1.0).powi(number);
            let begin = trials
                .iter()
                .position(|trial| trial.artists as f64 >= enough)?;
            trials[begin..]
                .iter()
                .take_while(|trial| trial.p_value <= error)
                .last()
        };
        let lowest = (0..WALKS)
            .filter_map(walk)
            .min_by(|left, right| left.threshold.total_cmp(&right.threshold))?;
        Some(Self {
            risk,
            threshold: lowest.threshold,
            artists: lowest.artists,
            confidence: CONFIDENCE,
        })
    }

    /// Whether a playlist with this fit is named.
    pub fn selects(&self, fit: f64) -> bool {
        fit >= self.threshold
    }
}

impl ThresholdTest {
    fn new(scored: &ScoredLabels, tracks: &[usize], threshold: f64, risk: f64) -> Self {
        let mut losses: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
        for &track in tracks {
            let selected = selected(scored.row(track), threshold);
            if let Some(wrong) = false_discovery_proportion(&selected, &scored.truth[track]) {
                let loss = losses.entry(&scored.artists[track]).or_default();
                *loss = (loss.0 + wrong, loss.1 + 1.0);
            }
        }
        let mean = super::mean(losses.values().map(|(wrong, songs)| wrong / songs));
        Self {
            threshold,
            artists: losses.len(),
            p_value: hoeffding_bentkus(mean, losses.len(), risk),
        }
    }
}

/// The playlists of one song whose fit reaches the threshold.
pub fn selected(fits: &[f32], threshold: f64) -> Vec<usize> {
    (0..fits.len())
        .filter(|&playlist| f64::from(fits[playlist]) >= threshold)
        .collect()
}

/// None where nothing is named.
fn false_discovery_proportion(selected: &[usize], truth: &[usize]) -> Option<f64> {
    let wrong = selected
        .iter()
        .filter(|&playlist| !truth.contains(playlist));
    (!selected.is_empty()).then(|| wrong.count() as f64 / selected.len() as f64)
}

/// How playlists that were named, a set a track, did on artists that the promise was not made from. The interval is
/// over the artists for whom any was named.
pub fn scores(risk: f64, scored: &ScoredLabels, selected: &[Vec<usize>]) -> RiskControlScores {
    let losses: Vec<(usize, f64)> = selected
        .iter()
        .enumerate()
        .filter_map(|(track, selected)| {
            Some((
                track,
                false_discovery_proportion(selected, &scored.truth[track])?,
            ))
        })
        .collect();
    let artists: Vec<String> = losses
        .iter()
        .map(|loss| scored.artists[loss.0].clone())
        .collect();
    let mut songs: BTreeMap<&str, f64> = BTreeMap::new();
    for artist in &artists {
        *songs.entry(artist).or_default() += 1.0;
    }
    let weights: Vec<f64> = artists
        .iter()
        .map(|artist| 1.0 / songs[artist.as_str()])
        .collect();
    let [measured] = Bootstrap::new(&artists).estimate(|counts| {
        let (mut wrong, mut whole) = ([0.0; LANES], [0.0; LANES]);
        for ((loss, weight), counts) in losses.iter().zip(&weights).zip(counts) {
            for (lane, &count) in counts.iter().enumerate() {
                wrong[lane] += f64::from(count) * weight * loss.1;
                whole[lane] += f64::from(count) * weight;
            }
        }
        [share(wrong, whole)]
    });
    let tracks = selected.len().max(1) as f64;
    RiskControlScores {
        risk,
        holds: is_plausible(&measured, songs.len(), risk),
        measured,
        playlists: selected.iter().map(Vec::len).sum::<usize>() as f64 / tracks,
        empty: selected
            .iter()
            .filter(|selected| selected.is_empty())
            .count() as f64
            / tracks,
    }
}

/// Whether so many wrong names or fewer lie within the binomial interval (95 %, two-sided) of the risk.
fn is_plausible(measured: &Estimate, artists: usize, risk: f64) -> bool {
    const ABOVE: f64 = 0.975;
    let most = (0..artists)
        .find(|&wrong| at_most(wrong, artists, risk) >= ABOVE)
        .unwrap_or(artists);
    measured.value * artists as f64 <= most as f64 + 1e-9
}
