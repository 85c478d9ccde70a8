//! Explains the fit for the best playlist by occlusion sensitivity (Zeiler and Fergus 2014).
//!
//! Input: the log-mel `[n_mels, frames]` of the window with the highest logit for the playlist. Blocks of it are masked one
//! after another; the drop of the logit is the contribution of the masked block. Output: an [`Occlusion`].
//!
//! A block is masked with the mean of the window, as in SpecAugment, which networks see during training: silence would be
//! an unnatural gap, and the mean of each band would leave a steady sound in place.
//!
//! Invariants: explains neither playlists that were added without training, nor songs shorter than a window, which are
//! padded.

mod occlusion;
mod peaks;

#[cfg(test)]
mod tests;

pub use peaks::{PeakTracker, PeakWindow};

use super::thumbnail::SpectrogramThumbnail;
use super::{Occlusion, SongAnalysis, TopRegion};
use bundle::Bundle;
use features::mel::FrontEnd;
use inference::PredictError;
use inference::Predictor;
use occlusion::{BANDS, TIMES, occlude, span};

/// A region stands out if masking it lowers the logit by at least this much (a tenth of the odds),
const MIN_LOGIT_DROP: f32 = 0.1;
/// and by this many times the median change.
const TIMES_MEDIAN: f32 = 2.0;
/// Neighbours of the strongest block belong to its region if their drop is at least this fraction of its drop.
const FRACTION_OF_STRONGEST: f32 = 0.5;

/// Explains the first playlist of `order` (indices in the bundle, best first) that has a peak window. `None` if there is
/// none, or the song is shorter than a window.
///
/// # Errors
/// If the network fails.
pub fn explanation(
    analysis: &SongAnalysis,
    bundle: &Bundle,
    order: &[usize],
    predictor: &dyn Predictor,
) -> Result<Option<Occlusion>, PredictError> {
    let front_end = &bundle.manifest.front_end;
    let with_peak = order
        .iter()
        .find_map(|&playlist| Some((playlist, analysis.peaks.get(playlist)?)));
    let Some((playlist, peak)) = with_peak else {
        return Ok(None);
    };
    if analysis.song.duration_seconds < front_end.window_seconds {
        return Ok(None);
    }
    let masked = occlude(&peak.log_mel, front_end.n_mels, predictor)?;
    let logit_drops: Vec<f32> = masked
        .iter()
        .map(|masked| logit_drop(peak, masked, playlist))
        .collect();
    let fit = |logits: &[f32]| window_fit(bundle, playlist, logits);
    let playlists = bundle.manifest.playlists.len().max(1);
    let prediction = analysis.logits.chunks_exact(playlists).nth(peak.window);
    let facts = Occlusion {
        playlist: bundle.manifest.cards()[playlist].name.clone(),
        start_seconds: analysis
            .starts_seconds
            .get(peak.window)
            .copied()
            .unwrap_or_default(),
        seconds: front_end.window_seconds,
        fit: prediction.map(fit).unwrap_or_default(),
        top_region: None,
        logit_drops: logit_drops.chunks(TIMES).map(<[f32]>::to_vec).collect(),
        spectrogram: spectrogram(peak, front_end),
    };
    let top_region = stands_out(&logit_drops).map(|block| TopRegion {
        fit_without: fit(&masked[block]),
        ..part(&logit_drops, block, front_end, facts.start_seconds)
    });
    Ok(Some(Occlusion {
        top_region,
        ..facts
    }))
}

/// The drop of the playlist's logit; 0 if it is not finite.
fn logit_drop(peak: &PeakWindow, masked: &[f32], playlist: usize) -> f32 {
    let logit_drop = masked.get(playlist).map(|logit| peak.logit - logit);
    logit_drop
        .filter(|logit_drop| logit_drop.is_finite())
        .unwrap_or_default()
}

/// The fit of one window, as in the timeline.
fn window_fit(bundle: &Bundle, playlist: usize, logits: &[f32]) -> f64 {
    let manifest = &bundle.manifest;
    let pooled = manifest
        .pooling
        .scores(logits, &[], manifest.playlists.len());
    let logit = pooled.get(playlist).copied().unwrap_or_default();
    manifest.calibration.fit(playlist, logit)
}

fn spectrogram(peak: &PeakWindow, front_end: &FrontEnd) -> super::Spectrogram {
    let mut thumbnail = SpectrogramThumbnail::new(front_end);
    // The reference level of a single window makes no difference.
    thumbnail.add(0, &peak.log_mel, 0.0);
    thumbnail.finish(front_end, front_end.window_samples())
}

/// The block with the largest drop, if it stands out.
fn stands_out(logit_drops: &[f32]) -> Option<usize> {
    let most = (0..logit_drops.len())
        .max_by(|&left, &right| logit_drops[left].total_cmp(&logit_drops[right]))?;
    let mut sizes: Vec<f32> = logit_drops
        .iter()
        .map(|logit_drop| logit_drop.abs())
        .collect();
    sizes.sort_by(f32::total_cmp);
    let middle = sizes[sizes.len() / 2];
    (logit_drops[most] >= MIN_LOGIT_DROP.max(TIMES_MEDIAN * middle)).then_some(most)
}

/// The strongest block with those neighbours that have a similar drop.
fn part(
    logit_drops: &[f32],
    top_region: usize,
    front_end: &FrontEnd,
    start_seconds: f64,
) -> TopRegion {
    let (row, column) = (top_region / TIMES, top_region % TIMES);
    let belongs = |row: usize, column: usize| {
        logit_drops[row * TIMES + column] >= FRACTION_OF_STRONGEST * logit_drops[top_region]
    };
    let rows = grown(row, BANDS, |row| belongs(row, column));
    let columns = grown(column, TIMES, |column| belongs(row, column));
    let edges = front_end.band_edges_hz();
    let edge = |band: usize| edges.get(band).copied().unwrap_or(front_end.fmax);
    let step = front_end.window_seconds / (TIMES + 1) as f64;
    let bands = |row| span(row, BANDS, front_end.n_mels);
    TopRegion {
        low_hz: edge(bands(rows[0]).start),
        high_hz: edge(bands(rows[1]).end),
        from_seconds: start_seconds + columns[0] as f64 * step,
        to_seconds: start_seconds + (columns[1] + 2) as f64 * step,
        fit_without: 0.0,
    }
}

/// The first and the last of the indices around `from` that belong together.
fn grown(from: usize, end: usize, belongs: impl Fn(usize) -> bool) -> [usize; 2] {
    let first = (0..from).rev().take_while(|&index| belongs(index)).last();
    let last = (from + 1..end).take_while(|&index| belongs(index)).last();
    [first.unwrap_or(from), last.unwrap_or(from)]
}
