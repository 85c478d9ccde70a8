//! Fits beside what came true.

use super::super::bootstrap::Bootstrap;
use super::super::metrics::brier_and_ece;
use super::super::{ECE_BINS, Reliability, ReliabilityBin, ScoredLabels};

impl Reliability {
    /// Of `[tracks, playlists]` fits; `scored` brings the truth, `bootstrap` are of its artists.
    pub fn new(name: &str, fits: &[f32], scored: &ScoredLabels, bootstrap: &Bootstrap) -> Self {
        let [brier, ece] = brier_and_ece(fits, scored, bootstrap);
        Self {
            name: name.into(),
            ece,
            brier,
            bins: bins(fits, scored),
        }
    }
}

/// Bins of equal mass, the lowest fits first. Equal fits share their truth evenly, so that no bin depends on their order.
fn bins(fits: &[f32], scored: &ScoredLabels) -> Vec<ReliabilityBin> {
    let pair = |(place, &fit): (usize, &f32)| {
        let own = &scored.truth[place / scored.playlists];
        (fit, own.contains(&(place % scored.playlists)))
    };
    let mut pairs: Vec<(f32, bool)> = fits.iter().enumerate().map(pair).collect();
    pairs.sort_by(|left, right| left.0.total_cmp(&right.0));
    let shared = pairs.chunk_by(|left, right| left.0 == right.0);
    let shared: Vec<(f64, f64)> = shared
        .flat_map(|equal| {
            let placed = equal.iter().filter(|pair| pair.1).count();
            let rate = placed as f64 / equal.len() as f64;
            std::iter::repeat_n((f64::from(equal[0].0), rate), equal.len())
        })
        .collect();
    let bin = |pairs: &[(f64, f64)]| ReliabilityBin {
        fit: super::super::mean(pairs.iter().map(|pair| pair.0)),
        rate: super::super::mean(pairs.iter().map(|pair| pair.1)),
        pairs: pairs.len(),
    };
    let size = shared.len().div_ceil(ECE_BINS).max(1);
    shared.chunks(size).map(bin).collect()
}
