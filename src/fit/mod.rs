//! One song to a [`FitReport`]. An audio file and a bundle come in; what goes out is plain data: the JSON of the
//! product. The song streams through: memory does not grow with its length.
//!
//! Must not: write files, draw, or know tensors; it hears through [`Listener`].

mod card;
mod fit_report;
mod hearing;
mod near;
mod overview;
mod stability;
mod verdict;

pub use card::card_facts;
pub use fit_report::*;
pub use hearing::{FitError, Hearing, hear};
pub use stability::Stretch;

use std::path::Path;

use crate::bundle::Bundle;
use crate::model::Listener;

use near::Surroundings;
use stability::{Trials, listen_changed};
use verdict::{promise_facts, verdict};

/// Playlists with neighbours and a curve along the song.
const TOP_PLAYLISTS: usize = 5;

/// Hears a song and says what it fits, and how far small changes would move that.
///
/// # Errors
/// Where the file is no audio, too short, or the network stops.
pub fn fit(path: &Path, bundle: &Bundle, listener: &dyn Listener) -> Result<FitReport, FitError> {
    let front_end = &bundle.manifest.front_end;
    let hearing = hear(path, front_end, listener)?;
    let trials = listen_changed(&hearing, front_end, listener)?;
    Ok(report(hearing, &trials, bundle))
}

fn report(hearing: Hearing, trials: &Trials, bundle: &Bundle) -> FitReport {
    let logits = bundle.manifest.pooling.scores(
        &hearing.logits,
        &hearing.attention,
        bundle.manifest.playlists.len(),
    );
    let calibration = &bundle.manifest.calibration;
    let fits: Vec<f64> = logits
        .iter()
        .enumerate()
        .map(|(playlist, &logit)| calibration.fit(playlist, logit))
        .collect();
    // Lists with a curve of their own may change places with others; where fits are equal, logits decide.
    let mut order: Vec<usize> = (0..logits.len()).collect();
    order.sort_by(|&left, &right| {
        let by_logit = || logits[right].total_cmp(&logits[left]);
        fits[right].total_cmp(&fits[left]).then_with(by_logit)
    });
    let promise = bundle.manifest.promise.as_ref();
    let mut playlists: Vec<PlaylistFit> = order
        .iter()
        .enumerate()
        .map(|(place, &playlist)| PlaylistFit {
            name: bundle.manifest.playlists[playlist].name.clone(),
            rank: place + 1,
            fit: fits[playlist],
            range: None,
            promised: promise.is_some_and(|promise| promise.names(fits[playlist])),
            note: None,
            tracks: bundle.manifest.playlists[playlist].tracks,
        })
        .collect();
    let stability = trials.fill(&hearing, &bundle.manifest, &order, &mut playlists);
    let top = &order[..order.len().min(TOP_PLAYLISTS)];
    let promise = promise.map(|promise| promise_facts(promise, &playlists));
    let surroundings = Surroundings::new(&hearing, bundle);
    let novelty = surroundings.novelty();
    FitReport {
        schema_version: SCHEMA_VERSION,
        bundle: facts(bundle),
        front_end: bundle.manifest.front_end.hash(),
        verdict: verdict(&playlists, promise.as_ref(), novelty.as_ref()),
        neighbours: surroundings.nearest(top),
        timeline: timeline(&hearing, bundle, top),
        playlists,
        promise,
        novelty,
        stability,
        song: hearing.song,
        spectrogram: hearing.spectrogram,
    }
}

fn facts(bundle: &Bundle) -> BundleFacts {
    let manifest = &bundle.manifest;
    BundleFacts {
        id: bundle.id(),
        name: manifest.name.clone(),
        notice: manifest.notice.clone(),
        architecture: manifest.network.architecture.name().into(),
        tracks: manifest.tracks,
        artists: manifest.artists,
        playlists: manifest.playlists.len(),
        evaluation: Some(manifest.evaluation.clone()),
        card: Some(card_facts(bundle)),
    }
}

fn timeline(hearing: &Hearing, bundle: &Bundle, top: &[usize]) -> Timeline {
    let manifest = &bundle.manifest;
    let playlists = manifest.playlists.len();
    let windows = hearing.logits.chunks_exact(playlists.max(1));
    // Each as a song of one window, since the calibration knows pooled scores.
    let windows: Vec<Vec<f32>> = windows
        .map(|logits| manifest.pooling.scores(logits, &[], playlists))
        .collect();
    let curve = |&playlist: &usize| FitCurve {
        playlist: manifest.playlists[playlist].name.clone(),
        fit: windows
            .iter()
            .map(|scores| manifest.calibration.fit(playlist, scores[playlist]))
            .collect(),
    };
    Timeline {
        window_seconds: manifest.front_end.window_seconds,
        starts_seconds: hearing.starts_seconds.clone(),
        curves: top.iter().map(curve).collect(),
    }
}
