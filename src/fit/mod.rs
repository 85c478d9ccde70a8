//! One song to a [`FitReport`]. An audio file and a bundle come in; what goes out is plain data: the JSON of the
//! product. The song streams through: memory does not grow with its length.
//!
//! Must not: write files, draw, or know tensors; it hears through [`Listener`].

mod fit_report;
mod hearing;
mod overview;
mod stability;
mod verdict;

pub use fit_report::*;
pub use hearing::{FitError, Hearing, hear};
pub use stability::Stretch;

use std::path::Path;

use verdict::{promise_facts, verdict};

use crate::bundle::Bundle;
use crate::model::Listener;
use crate::neighbours::{Near, StoredTrack, song_embedding};

use stability::{Trials, listen_changed};

/// Playlists with neighbours and a curve along the song.
const TOP_PLAYLISTS: usize = 5;
const NEIGHBOURS_EACH: usize = 3;

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
    let novelty: Option<NoveltyFacts> = None;
    FitReport {
        schema_version: SCHEMA_VERSION,
        bundle: facts(bundle),
        front_end: bundle.manifest.front_end.hash(),
        verdict: verdict(&playlists, promise.as_ref(), novelty.as_ref()),
        neighbours: neighbours(&hearing, bundle, top),
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
    }
}

fn neighbours(hearing: &Hearing, bundle: &Bundle, top: &[usize]) -> Vec<NearTrack> {
    let query = song_embedding(&hearing.embeddings, bundle.neighbours.width);
    let similarities = bundle.neighbours.similarities(&query);
    let itself = |near: &Near| {
        near.track.content == hearing.song.content
            || near.similarity > bundle.manifest.same_recording_above
            || same_title(&hearing.song, near.track)
    };
    let of_playlist = |&playlist: &usize| {
        let near = bundle
            .neighbours
            .nearest_in(playlist, &similarities, NEIGHBOURS_EACH, itself);
        let name = bundle.manifest.playlists[playlist].name.clone();
        near.into_iter().map(move |near| NearTrack {
            playlist: name.clone(),
            title: near.track.title.clone(),
            artists: near.track.artists.join(", "),
            similarity: f64::from(near.similarity),
            percentile: None,
            licence: near.track.licence.clone(),
            source: near.track.source.clone(),
        })
    };
    top.iter().flat_map(of_playlist).collect()
}

/// Whether the song's tags name this track: the same title by one of its artists.
fn same_title(song: &SongFacts, track: &StoredTrack) -> bool {
    let plain = |text: &str| -> String {
        text.chars()
            .filter(|sign| sign.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect()
    };
    let artists = song.artists.as_deref().map(plain).unwrap_or_default();
    song.title
        .as_deref()
        .is_some_and(|title| plain(title) == plain(&track.title))
        && track
            .artists
            .iter()
            .map(|artist| plain(artist))
            .any(|artist| !artist.is_empty() && artists.contains(&artist))
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
