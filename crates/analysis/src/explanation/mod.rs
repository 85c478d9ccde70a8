//! Why a song fits its best list: what the network listened to, by occlusion (Zeiler and Fergus 2014).
//!
//! The window in which the list is heard most comes in, as its log-mel `[n_mels, frames]`. Parts of it are covered one after
//! another; the fall of the list's logit with a part covered is what that part pulled towards the list. [`Occlusion`] go out.
//!
//! What covers a part is the mean of the window, as in SpecAugment, which networks meet while they learn: silence would
//! be a cut that no song has, and the mean of each band would leave a steady sound where it is.
//!
//! Must not: explain lists that were added without training, or a song shorter than a window, of which the rest is made up.

mod occlusion;
mod peaks;

#[cfg(test)]
mod tests;

pub use peaks::{PeakTracker, PeakWindow};

use super::thumbnail::SpectrogramThumbnail;
use super::words::{THIN_SPACE, clock, list_name, percent};
use super::{Occlusion, SongAnalysis, TopRegion};
use bundle::Bundle;
use features::mel::FrontEnd;
use inference::PredictError;
use inference::Predictor;
use occlusion::{BANDS, TIMES, occlude, span};

/// A part stands out where covering it takes at least this much from the logit, a tenth of the odds,
const MIN_LOGIT_DROP: f32 = 0.1;
/// and this many times what covering a part changes in the middle of all.
const TIMES_MEDIAN: f32 = 2.0;
/// Neighbours of the strongest block belong to what pulled most where they pull at least this share of it.
const SHARE_OF_STRONGEST: f32 = 0.5;
/// Nobody hears where the lowest band begins.
const MIN_AUDIBLE_HZ: f64 = 20.0;

/// Why the song fits the first list of `order` (places in the bundle, best first) that the network followed to its peak.
/// None where there is no such list.
///
/// # Errors
/// Where the network stops.
pub fn explanation(
    analysis: &SongAnalysis,
    bundle: &Bundle,
    order: &[usize],
    predictor: &dyn Predictor,
) -> Result<Option<Occlusion>, PredictError> {
    let front_end = &bundle.manifest.front_end;
    let followed = order
        .iter()
        .find_map(|&list| Some((list, analysis.peaks.get(list)?)));
    let Some((list, peak)) = followed else {
        return Ok(None);
    };
    if analysis.song.duration_seconds < front_end.window_seconds {
        return Ok(None);
    }
    let covered = occlude(&peak.picture, front_end.n_mels, predictor)?;
    let logit_drops: Vec<f32> = covered
        .iter()
        .map(|covered| logit_drop(peak, covered, list))
        .collect();
    let fit_of = |logits: &[f32]| window_fit(bundle, list, logits);
    let lists = bundle.manifest.playlists.len().max(1);
    let prediction = analysis.logits.chunks_exact(lists).nth(peak.window);
    let facts = Occlusion {
        playlist: bundle.manifest.cards()[list].name.clone(),
        start_seconds: analysis
            .starts_seconds
            .get(peak.window)
            .copied()
            .unwrap_or_default(),
        seconds: front_end.window_seconds,
        fit: prediction.map(fit_of).unwrap_or_default(),
        top_region: None,
        sentence: String::new(),
        logit_drops: logit_drops.chunks(TIMES).map(<[f32]>::to_vec).collect(),
        picture: picture(peak, front_end),
    };
    let top_region = stands_out(&logit_drops).map(|block| TopRegion {
        fit_without: fit_of(&covered[block]),
        ..part(&logit_drops, block, front_end, facts.start_seconds)
    });
    Ok(Some(Occlusion {
        sentence: sentence(&facts, top_region.as_ref()),
        top_region,
        ..facts
    }))
}

/// By how much the list's logit falls; what is no number counts as none.
fn logit_drop(peak: &PeakWindow, covered: &[f32], list: usize) -> f32 {
    let logit_drop = covered.get(list).map(|logit| peak.logit - logit);
    logit_drop
        .filter(|logit_drop| logit_drop.is_finite())
        .unwrap_or_default()
}

/// The fit of one window, as on the curve along the song.
fn window_fit(bundle: &Bundle, list: usize, logits: &[f32]) -> f64 {
    let manifest = &bundle.manifest;
    let pooled = manifest
        .pooling
        .scores(logits, &[], manifest.playlists.len());
    let logit = pooled.get(list).copied().unwrap_or_default();
    manifest.calibration.fit(list, logit)
}

fn picture(peak: &PeakWindow, front_end: &FrontEnd) -> super::Spectrogram {
    let mut thumbnail = SpectrogramThumbnail::new(front_end);
    // One window alone: from where its decibels count makes no difference.
    thumbnail.add(0, &peak.picture, 0.0);
    thumbnail.finish(front_end, front_end.window_samples())
}

/// The block that pulls most, where it does so clearly.
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

/// The strongest block with its neighbours that pull nearly as much.
fn part(
    logit_drops: &[f32],
    top_region: usize,
    front_end: &FrontEnd,
    start_seconds: f64,
) -> TopRegion {
    let (row, column) = (top_region / TIMES, top_region % TIMES);
    let pulls = |row: usize, column: usize| {
        logit_drops[row * TIMES + column] >= SHARE_OF_STRONGEST * logit_drops[top_region]
    };
    let rows = grown(row, BANDS, |row| pulls(row, column));
    let columns = grown(column, TIMES, |column| pulls(row, column));
    let edges = front_end.band_edges_hz();
    let edge = |band: usize| edges.get(band).copied().unwrap_or(front_end.fmax);
    let step = front_end.window_seconds / (TIMES + 1) as f64;
    let bands = |row| span(row, BANDS, front_end.n_mels);
    TopRegion {
        fmin: edge(bands(rows[0]).start),
        fmax: edge(bands(rows[1]).end),
        from_seconds: start_seconds + columns[0] as f64 * step,
        to_seconds: start_seconds + (columns[1] + 2) as f64 * step,
        fit_without: 0.0,
    }
}

/// The first and the last of the places around `from` that belong together.
fn grown(from: usize, places: usize, belongs: impl Fn(usize) -> bool) -> [usize; 2] {
    let first = (0..from).rev().take_while(|&place| belongs(place)).last();
    let last = (from + 1..places)
        .take_while(|&place| belongs(place))
        .last();
    [first.unwrap_or(from), last.unwrap_or(from)]
}

fn sentence(facts: &Occlusion, top_region: Option<&TopRegion>) -> String {
    let list = list_name(&facts.playlist);
    let (from, to) = (
        clock(facts.start_seconds),
        clock(facts.start_seconds + facts.seconds),
    );
    let Some(part) = top_region else {
        return format!(
            "No part of {from} to {to}, where {list} is heard most, stands out: the whole pulls towards it more than any one \
             part."
        );
    };
    let (before, after) = (percent(facts.fit), percent(part.fit_without));
    let logit_drops = if before == after {
        String::new()
    } else {
        format!(
            " With its strongest block covered, the fit of {from} to {to} goes from {before} to {after}."
        )
    };
    format!(
        "What pulled most towards {list}: {}, {} to {}.{logit_drops}",
        pitches(part.fmin, part.fmax),
        clock(part.from_seconds.floor()),
        clock(part.to_seconds.ceil()),
    )
}

/// `60 to 250 Hz`, to two digits.
fn pitches(fmin: f64, fmax: f64) -> String {
    let number = |hertz: f64| {
        let step = 10_f64.powf(hertz.max(1.0).log10().floor() - 1.0);
        let rounded = (hertz / step).round() * step;
        if rounded < 1_000.0 {
            (format!("{rounded:.0}"), "Hz")
        } else {
            (format!("{}", (rounded / 100.0).round() / 10.0), "kHz")
        }
    };
    let ((low, low_unit), (high, unit)) = (number(fmin), number(fmax));
    match (low.as_str(), low_unit == unit) {
        _ if fmin < MIN_AUDIBLE_HZ => format!("up to {high}{THIN_SPACE}{unit}"),
        (_, true) => format!("{low} to {high}{THIN_SPACE}{unit}"),
        (_, false) => format!("{low}{THIN_SPACE}{low_unit} to {high}{THIN_SPACE}{unit}"),
    }
}
