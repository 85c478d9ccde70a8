//! Analyses one song. Input: an audio file, a bundle and a [`Predictor`]. Output: a [`FitReport`] of codes and numbers,
//! the JSON of `fit`. The song is streamed: memory does not grow with its length.
//!
//! Invariants: writes no files, composes no text, knows no tensors.

mod card;
mod comparison;
mod explanation;
mod fit_report;
mod highlight;
mod neighbour_context;
mod playlist_context;
mod robustness;
mod song_analysis;
mod thumbnail;
mod verdict;

pub use card::card_facts;
pub use comparison::{Comparison, FitDelta, compare};
pub use fit_report::*;
pub use playlist_context::{DescriptorContext, Difference, Direction, PlaylistContext};
pub use robustness::Excerpt;
pub use song_analysis::{FitError, SongAnalysis, analyse, analyse_with};
pub use verdict::MIN_POSSIBLE_FIT;

use audio::Decoder;
use bundle::Bundle;
use evaluation::{Evaluation, FewShotPlaylist};
use inference::Predictor;
use neighbours::song_embedding;

use explanation::explanation;
use highlight::highlight;
use neighbour_context::NeighbourContext;
use robustness::{PerturbationRun, predict_perturbed};
use verdict::verdict;

/// Playlists with neighbours and a fit over time.
const TOP_PLAYLISTS: usize = 5;

/// Analyses a song and reports which playlists it fits, the explanation, and how much small changes move the fit.
///
/// # Errors
/// If reading fails, the song is too short or silent, or the network fails.
pub fn fit(
    song: Decoder,
    bundle: &Bundle,
    predictor: &dyn Predictor,
) -> Result<FitReport, FitError> {
    fit_with(song, bundle, predictor, &mut |_| ())
}

/// As [`fit`]; `on_samples` is called with each block of mono samples at the front end's rate.
///
/// # Errors
/// As [`fit`].
pub fn fit_with(
    song: Decoder,
    bundle: &Bundle,
    predictor: &dyn Predictor,
    on_samples: &mut dyn FnMut(&[f32]),
) -> Result<FitReport, FitError> {
    let front_end = &bundle.manifest.front_end;
    let analysis = analyse_with(song, front_end, predictor, on_samples)?;
    fit_analysed(analysis, bundle, predictor)
}

/// The report of a song that [`analyse_with`] has analysed with the front end and the network of this bundle.
///
/// # Errors
/// If the network fails.
pub fn fit_analysed(
    analysis: SongAnalysis,
    bundle: &Bundle,
    predictor: &dyn Predictor,
) -> Result<FitReport, FitError> {
    let front_end = &bundle.manifest.front_end;
    let perturbations = predict_perturbed(&analysis, front_end, predictor)?;
    report(analysis, &perturbations, bundle, predictor)
}

fn report(
    analysis: SongAnalysis,
    perturbations: &PerturbationRun,
    bundle: &Bundle,
    predictor: &dyn Predictor,
) -> Result<FitReport, FitError> {
    let manifest = &bundle.manifest;
    let logits = manifest.pooling.scores(
        &analysis.logits,
        &analysis.attention,
        manifest.playlists.len(),
    );
    let song = song_embedding(&analysis.embeddings, bundle.neighbours.width);
    let fits = fits(bundle, &logits, &song);
    // Calibration curves differ between playlists, so fits may have another order than logits; logits break ties.
    let logit = |playlist: usize| logits.get(playlist).copied().unwrap_or_default();
    let mut order: Vec<usize> = (0..fits.len()).collect();
    order.sort_by(|&left, &right| {
        let by_logit = || logit(right).total_cmp(&logit(left));
        fits[right].total_cmp(&fits[left]).then_with(by_logit)
    });
    let cards = manifest.cards();
    let risk_control = manifest.risk_control;
    let neighbour_context = NeighbourContext::new(&analysis, &song, bundle);
    let ood = neighbour_context.ood();
    let is_out_of_distribution = ood.as_ref().is_some_and(|ood| ood.is_out_of_distribution);
    // Risk control was tested on in-distribution songs, and before any playlist was added without training.
    let is_selected = |playlist: usize| {
        !is_out_of_distribution
            && added(bundle, playlist).is_none()
            && risk_control.is_some_and(|risk_control| risk_control.selects(fits[playlist]))
    };
    let mut playlists: Vec<PlaylistFit> = order
        .iter()
        .enumerate()
        .map(|(index, &playlist)| PlaylistFit {
            name: cards[playlist].name.clone(),
            rank: index + 1,
            fit: fits[playlist],
            range: None,
            selected: is_selected(playlist),
            few_shot: added(bundle, playlist).map(FewShotPlaylist::facts),
            tracks: cards[playlist].tracks,
        })
        .collect();
    let robustness = perturbations.fill(&analysis, bundle, &order, &mut playlists);
    let top = &order[..order.len().min(TOP_PLAYLISTS)];
    let timeline = timeline(&analysis, bundle, top);
    Ok(FitReport {
        schema_version: SCHEMA_VERSION,
        bundle: facts(bundle),
        front_end: bundle.manifest.front_end.hash(),
        verdict: verdict(&playlists, risk_control.is_some(), is_out_of_distribution),
        neighbours: neighbour_context.nearest(top),
        highlight: highlight(&timeline, analysis.song.duration_seconds),
        timeline,
        playlists,
        risk_control,
        ood,
        robustness,
        playlist_contexts: neighbour_context.playlist_contexts(top),
        explanation: explanation(&analysis, bundle, &order, predictor)?,
        song: analysis.song,
        spectrogram: analysis.spectrogram,
    })
}

/// The calibrated fit of every playlist, 0–1: `[playlists]`, those of the network first, then the added ones. `logits` are
/// pooled `[playlists of the network]`, `embedding` is of unit length.
pub fn fits(bundle: &Bundle, logits: &[f32], embedding: &[f32]) -> Vec<f64> {
    let manifest = &bundle.manifest;
    let trained = logits.iter().enumerate();
    let trained = trained.map(|(playlist, &logit)| manifest.calibration.fit(playlist, logit));
    let added = manifest
        .added
        .iter()
        .map(|playlist| playlist.fit(embedding));
    trained.chain(added).collect()
}

/// The playlist at this index, if it was added without training.
fn added(bundle: &Bundle, playlist: usize) -> Option<&FewShotPlaylist> {
    let trained = bundle.manifest.playlists.len();
    bundle.manifest.added.get(playlist.checked_sub(trained)?)
}

fn facts(bundle: &Bundle) -> BundleFacts {
    let manifest = &bundle.manifest;
    BundleFacts {
        id: bundle.id(),
        name: manifest.name.clone(),
        disclaimer: manifest.disclaimer.clone(),
        architecture: manifest.network.architecture.name().into(),
        tracks: manifest.tracks,
        artists: manifest.artists,
        playlists: manifest.playlists.len(),
        evaluation: Some(without_text(manifest.evaluation.clone())),
        card: Some(card_facts(bundle)),
    }
}

/// Without the sentence that bundles of older programs store.
fn without_text(mut evaluation: Evaluation) -> Evaluation {
    if let Some(leak) = &mut evaluation.leak {
        leak.sentence.clear();
    }
    evaluation
}

fn timeline(analysis: &SongAnalysis, bundle: &Bundle, top: &[usize]) -> Timeline {
    let manifest = &bundle.manifest;
    let (playlists, width) = (manifest.playlists.len(), bundle.neighbours.width);
    let embeddings = analysis.embeddings.chunks_exact(width.max(1));
    let windows = analysis
        .logits
        .chunks_exact(playlists.max(1))
        .zip(embeddings);
    // Each as a song of one window, because the calibration applies to pooled scores.
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
        starts_seconds: analysis.starts_seconds.clone(),
        curves: top.iter().map(curve).collect(),
    }
}
