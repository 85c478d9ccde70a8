//! Why a song fits its best list: what the network listened to, by occlusion (Zeiler and Fergus 2014).
//!
//! The window in which the list is heard most comes in, as its log-mel `[n_mels, frames]`. Parts of it are covered one after
//! another; the fall of the list's logit with a part covered is what that part pulled towards the list. [`WhyFacts`] go out.
//!
//! What covers a part is the mean of the window, as in SpecAugment, which networks meet while they learn: silence would
//! be a cut that no song has, and the mean of each band would leave a steady sound where it is.
//!
//! Must not: explain lists that were added without training, or a song shorter than a window, of which the rest is made up.

mod occlusion;
mod peaks;

#[cfg(test)]
mod tests;

pub use peaks::{Peak, Peaks};

use super::overview::Overview;
use super::words::{THIN_SPACE, clock, list_name, percent};
use super::{Hearing, Strongest, WhyFacts};
use bundle::Bundle;
use features::mel::FrontEnd;
use inference::Listener;
use inference::PredictError;
use occlusion::{BANDS, TIMES, occlude, span};

/// A part stands out where covering it takes at least this much from the logit, a tenth of the odds,
const LEAST_FALL: f32 = 0.1;
/// and this many times what covering a part changes in the middle of all.
const TIMES_MEDIAN: f32 = 2.0;
/// Neighbours of the strongest block belong to what pulled most where they pull at least this share of it.
const SHARE_OF_STRONGEST: f32 = 0.5;
/// Nobody hears where the lowest band begins.
const LOWEST_HEARD_HZ: f64 = 20.0;

/// Why the song fits the first list of `order` (places in the bundle, best first) that the network followed to its peak.
/// None where there is no such list.
///
/// # Errors
/// Where the network stops.
pub fn why(
    hearing: &Hearing,
    bundle: &Bundle,
    order: &[usize],
    listener: &dyn Listener,
) -> Result<Option<WhyFacts>, PredictError> {
    let front_end = &bundle.manifest.front_end;
    let followed = order
        .iter()
        .find_map(|&list| Some((list, hearing.peaks.of(list)?)));
    let Some((list, peak)) = followed else {
        return Ok(None);
    };
    if hearing.song.duration_seconds < front_end.window_seconds {
        return Ok(None);
    }
    let covered = occlude(&peak.picture, front_end.mel_bands, listener)?;
    let falls: Vec<f32> = covered
        .iter()
        .map(|covered| fall(peak, covered, list))
        .collect();
    let fit_of = |logits: &[f32]| window_fit(bundle, list, logits);
    let lists = bundle.manifest.playlists.len().max(1);
    let heard = hearing.logits.chunks_exact(lists).nth(peak.window);
    let facts = WhyFacts {
        playlist: bundle.manifest.cards()[list].name.clone(),
        start_seconds: hearing
            .starts_seconds
            .get(peak.window)
            .copied()
            .unwrap_or_default(),
        seconds: front_end.window_seconds,
        fit: heard.map(fit_of).unwrap_or_default(),
        strongest: None,
        sentence: String::new(),
        falls: falls.chunks(TIMES).map(<[f32]>::to_vec).collect(),
        picture: picture(peak, front_end),
    };
    let strongest = stands_out(&falls).map(|block| Strongest {
        fit_without: fit_of(&covered[block]),
        ..part(&falls, block, front_end, facts.start_seconds)
    });
    Ok(Some(WhyFacts {
        sentence: sentence(&facts, strongest.as_ref()),
        strongest,
        ..facts
    }))
}

/// By how much the list's logit falls; what is no number counts as none.
fn fall(peak: &Peak, covered: &[f32], list: usize) -> f32 {
    let fall = covered.get(list).map(|logit| peak.logit - logit);
    fall.filter(|fall| fall.is_finite()).unwrap_or_default()
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

fn picture(peak: &Peak, front_end: &FrontEnd) -> super::Spectrogram {
    let mut overview = Overview::new(front_end);
    // One window alone: from where its decibels count makes no difference.
    overview.add(0, &peak.picture, 0.0);
    overview.finish(front_end, front_end.window_samples())
}

/// The block that pulls most, where it does so clearly.
fn stands_out(falls: &[f32]) -> Option<usize> {
    let most = (0..falls.len()).max_by(|&left, &right| falls[left].total_cmp(&falls[right]))?;
    let mut sizes: Vec<f32> = falls.iter().map(|fall| fall.abs()).collect();
    sizes.sort_by(f32::total_cmp);
    let middle = sizes[sizes.len() / 2];
    (falls[most] >= LEAST_FALL.max(TIMES_MEDIAN * middle)).then_some(most)
}

/// The strongest block with its neighbours that pull nearly as much.
fn part(falls: &[f32], strongest: usize, front_end: &FrontEnd, start_seconds: f64) -> Strongest {
    let (row, column) = (strongest / TIMES, strongest % TIMES);
    let pulls = |row: usize, column: usize| {
        falls[row * TIMES + column] >= SHARE_OF_STRONGEST * falls[strongest]
    };
    let rows = grown(row, BANDS, |row| pulls(row, column));
    let columns = grown(column, TIMES, |column| pulls(row, column));
    let edges = front_end.band_edges_hz();
    let edge = |band: usize| edges.get(band).copied().unwrap_or(front_end.highest_hz);
    let step = front_end.window_seconds / (TIMES + 1) as f64;
    let bands = |row| span(row, BANDS, front_end.mel_bands);
    Strongest {
        lowest_hz: edge(bands(rows[0]).start),
        highest_hz: edge(bands(rows[1]).end),
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

fn sentence(facts: &WhyFacts, strongest: Option<&Strongest>) -> String {
    let list = list_name(&facts.playlist);
    let (from, to) = (
        clock(facts.start_seconds),
        clock(facts.start_seconds + facts.seconds),
    );
    let Some(part) = strongest else {
        return format!(
            "No part of {from} to {to}, where {list} is heard most, stands out: the whole pulls towards it more than any one \
             part."
        );
    };
    let (before, after) = (percent(facts.fit), percent(part.fit_without));
    let falls = match before == after {
        true => String::new(),
        false => format!(
            " With its strongest block covered, the fit of {from} to {to} goes from {before} to {after}."
        ),
    };
    format!(
        "What pulled most towards {list}: {}, {} to {}.{falls}",
        pitches(part.lowest_hz, part.highest_hz),
        clock(part.from_seconds.floor()),
        clock(part.to_seconds.ceil()),
    )
}

/// `60 to 250 Hz`, to two digits.
fn pitches(lowest_hz: f64, highest_hz: f64) -> String {
    let number = |hertz: f64| {
        let step = 10_f64.powf(hertz.max(1.0).log10().floor() - 1.0);
        let rounded = (hertz / step).round() * step;
        match rounded < 1_000.0 {
            true => (format!("{rounded:.0}"), "Hz"),
            false => (format!("{}", (rounded / 100.0).round() / 10.0), "kHz"),
        }
    };
    let ((low, low_unit), (high, unit)) = (number(lowest_hz), number(highest_hz));
    match (low.as_str(), low_unit == unit) {
        _ if lowest_hz < LOWEST_HEARD_HZ => format!("up to {high}{THIN_SPACE}{unit}"),
        (_, true) => format!("{low} to {high}{THIN_SPACE}{unit}"),
        (_, false) => format!("{low}{THIN_SPACE}{low_unit} to {high}{THIN_SPACE}{unit}"),
    }
}
