//! One song to a [`FitReport`]. An audio file and a bundle come in; what goes out is plain data: the JSON of the
//! product. The song streams through: memory does not grow with its length.
//!
//! Must not: write files, draw, or know tensors; it hears through [`Listener`].

mod card;
mod comparison;
mod excerpt;
mod fit_report;
mod hearing;
mod inside;
mod near;
mod overview;
mod pitch_sheet;
mod stability;
mod verdict;
mod why;
pub mod words;

pub use card::card_facts;
pub use comparison::{Comparison, MovedFit, compare};
pub use fit_report::*;
pub use hearing::{FitError, Hearing, hear};
pub use inside::{InsideList, TraitInside};
pub use pitch_sheet::pitch_sheet;
pub use stability::Stretch;
pub use verdict::POSSIBLE;

use std::path::Path;

use bundle::Bundle;
use evaluation::AddedList;
use inference::Listener;
use neighbours::song_embedding;

use excerpt::excerpt;
use hearing::hear_along;
use near::Surroundings;
use stability::{Trials, listen_changed};
use verdict::{promise_facts, verdict};
use why::why;

/// Playlists with neighbours and a curve along the song.
const TOP_PLAYLISTS: usize = 5;

/// Hears a song and says what it fits, why, and how far small changes would move that.
///
/// # Errors
/// Where the file is no audio, too short, or the network stops.
pub fn fit(path: &Path, bundle: &Bundle, listener: &dyn Listener) -> Result<FitReport, FitError> {
    fit_along(path, bundle, listener, &mut |_| ())
}

/// As [`fit`]; `along` is given the song's samples on their way, mono at the front end's rate, block by block.
///
/// # Errors
/// As [`fit`].
pub fn fit_along(
    path: &Path,
    bundle: &Bundle,
    listener: &dyn Listener,
    along: &mut dyn FnMut(&[f32]),
) -> Result<FitReport, FitError> {
    let front_end = &bundle.manifest.front_end;
    let hearing = hear_along(path, front_end, listener, along)?;
    let trials = listen_changed(&hearing, front_end, listener)?;
    report(hearing, &trials, bundle, listener)
}

fn report(
    hearing: Hearing,
    trials: &Trials,
    bundle: &Bundle,
    listener: &dyn Listener,
) -> Result<FitReport, FitError> {
    let manifest = &bundle.manifest;
    let logits = manifest.pooling.scores(
        &hearing.logits,
        &hearing.attention,
        manifest.playlists.len(),
    );
    let song = song_embedding(&hearing.embeddings, bundle.neighbours.width);
    let fits = fits(bundle, &logits, &song);
    // Lists with a curve of their own may change places with others; where fits are equal, logits decide.
    let logit = |playlist: usize| logits.get(playlist).copied().unwrap_or_default();
    let mut order: Vec<usize> = (0..fits.len()).collect();
    order.sort_by(|&left, &right| {
        let by_logit = || logit(right).total_cmp(&logit(left));
        fits[right].total_cmp(&fits[left]).then_with(by_logit)
    });
    let cards = manifest.cards();
    let promise = manifest.promise.as_ref();
    let surroundings = Surroundings::new(&hearing, &song, bundle);
    let novelty = surroundings.novelty();
    let is_unlike = novelty.as_ref().is_some_and(|novelty| novelty.is_unlike);
    // The promise was tested on songs of the bundle's own kind, and before anything was added without training.
    let names = |playlist: usize| {
        !is_unlike
            && added(bundle, playlist).is_none()
            && promise.is_some_and(|promise| promise.names(fits[playlist]))
    };
    let mut playlists: Vec<PlaylistFit> = order
        .iter()
        .enumerate()
        .map(|(place, &playlist)| PlaylistFit {
            name: cards[playlist].name.clone(),
            rank: place + 1,
            fit: fits[playlist],
            range: None,
            promised: names(playlist),
            note: added(bundle, playlist).map(AddedList::note),
            tracks: cards[playlist].tracks,
        })
        .collect();
    let stability = trials.fill(&hearing, bundle, &order, &mut playlists);
    let top = &order[..order.len().min(TOP_PLAYLISTS)];
    let promise = promise.map(|promise| promise_facts(promise, &playlists));
    let timeline = timeline(&hearing, bundle, top);
    let mut report = FitReport {
        schema_version: SCHEMA_VERSION,
        bundle: facts(bundle),
        front_end: bundle.manifest.front_end.hash(),
        verdict: verdict(&playlists, promise.as_ref(), novelty.as_ref()),
        neighbours: surroundings.nearest(top),
        excerpt: excerpt(&timeline, hearing.song.duration_seconds),
        timeline,
        playlists,
        promise,
        novelty,
        stability,
        inside: surroundings.inside(top),
        why: why(&hearing, bundle, &order, listener)?,
        pitch_sheet: String::new(),
        song: hearing.song,
        spectrogram: hearing.spectrogram,
    };
    report.pitch_sheet = pitch_sheet(&report);
    Ok(report)
}

/// The calibrated fit of every list, the added ones behind those of the network: `[lists]`, out of pooled logits and a
/// unit embedding.
pub fn fits(bundle: &Bundle, logits: &[f32], embedding: &[f32]) -> Vec<f64> {
    let manifest = &bundle.manifest;
    let trained = logits.iter().enumerate();
    let trained = trained.map(|(playlist, &logit)| manifest.calibration.fit(playlist, logit));
    let added = manifest.added.iter().map(|list| list.fit(embedding));
    trained.chain(added).collect()
}

/// The list at this place, where it was added without training.
fn added(bundle: &Bundle, playlist: usize) -> Option<&AddedList> {
    let trained = bundle.manifest.playlists.len();
    bundle.manifest.added.get(playlist.checked_sub(trained)?)
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
    let (playlists, width) = (manifest.playlists.len(), bundle.neighbours.width);
    let embeddings = hearing.embeddings.chunks_exact(width.max(1));
    let windows = hearing
        .logits
        .chunks_exact(playlists.max(1))
        .zip(embeddings);
    // Each as a song of one window, since the calibration knows pooled scores.
    let windows: Vec<Vec<f64>> = windows
        .map(|(logits, embedding)| {
            let pooled = manifest.pooling.scores(logits, &[], playlists);
            fits(bundle, &pooled, &song_embedding(embedding, width))
        })
        .collect();
    let cards = manifest.cards();
    let curve = |&playlist: &usize| FitCurve {
        playlist: cards[playlist].name.clone(),
        fit: windows.iter().map(|fits| fits[playlist]).collect(),
    };
    Timeline {
        window_seconds: manifest.front_end.window_seconds,
        starts_seconds: hearing.starts_seconds.clone(),
        curves: top.iter().map(curve).collect(),
    }
}
