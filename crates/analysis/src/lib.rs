//! One song to a [`FitReport`]. An audio file and a bundle come in; what goes out is plain data: the JSON of the
//! product. The song streams through: memory does not grow with its length.
//!
//! Must not: write files, draw, or know tensors; it hears through [`Predictor`].

mod card;
mod comparison;
mod explanation;
mod fit_report;
mod highlight;
mod neighbour_context;
mod playlist_context;
mod robustness;
mod song_analysis;
mod summary_500;
mod thumbnail;
mod verdict;
pub mod words;

pub use card::card_facts;
pub use comparison::{Comparison, FitDelta, compare};
pub use fit_report::*;
pub use playlist_context::{DescriptorContext, PlaylistContext};
pub use robustness::Excerpt;
pub use song_analysis::{FitError, SongAnalysis, analyse, analyse_with};
pub use summary_500::summary_500;
pub use verdict::POSSIBLE;

use std::path::Path;

use bundle::Bundle;
use evaluation::FewShotPlaylist;
use inference::Predictor;
use neighbours::song_embedding;

use explanation::explanation;
use highlight::highlight;
use neighbour_context::NeighbourContext;
use robustness::{PerturbationRun, predict_perturbed};
use verdict::{risk_control_facts, verdict};

/// Playlists with neighbours and a curve along the song.
const TOP_PLAYLISTS: usize = 5;

/// Hears a song and says what it fits, why, and how far small changes would move that.
///
/// # Errors
/// Where the file is no audio, too short, or the network stops.
pub fn fit(path: &Path, bundle: &Bundle, predictor: &dyn Predictor) -> Result<FitReport, FitError> {
    fit_with(path, bundle, predictor, &mut |_| ())
}

/// As [`fit`]; `on_samples` is given the song's samples on their way, mono at the front end's rate, block by block.
///
/// # Errors
/// As [`fit`].
pub fn fit_with(
    path: &Path,
    bundle: &Bundle,
    predictor: &dyn Predictor,
    on_samples: &mut dyn FnMut(&[f32]),
) -> Result<FitReport, FitError> {
    let front_end = &bundle.manifest.front_end;
    let analysis = analyse_with(path, front_end, predictor, on_samples)?;
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
    // Lists with a curve of their own may change places with others; where fits are equal, logits decide.
    let logit = |playlist: usize| logits.get(playlist).copied().unwrap_or_default();
    let mut order: Vec<usize> = (0..fits.len()).collect();
    order.sort_by(|&left, &right| {
        let by_logit = || logit(right).total_cmp(&logit(left));
        fits[right].total_cmp(&fits[left]).then_with(by_logit)
    });
    let cards = manifest.cards();
    let risk_control = manifest.risk_control.as_ref();
    let neighbour_context = NeighbourContext::new(&analysis, &song, bundle);
    let ood = neighbour_context.ood();
    let is_out_of_distribution = ood.as_ref().is_some_and(|ood| ood.is_out_of_distribution);
    // The promise was tested on songs of the bundle's own kind, and before anything was added without training.
    let names = |playlist: usize| {
        !is_out_of_distribution
            && added(bundle, playlist).is_none()
            && risk_control.is_some_and(|risk_control| risk_control.selects(fits[playlist]))
    };
    let mut playlists: Vec<PlaylistFit> = order
        .iter()
        .enumerate()
        .map(|(place, &playlist)| PlaylistFit {
            name: cards[playlist].name.clone(),
            rank: place + 1,
            fit: fits[playlist],
            range: None,
            selected: names(playlist),
            note: added(bundle, playlist).map(FewShotPlaylist::note),
            tracks: cards[playlist].tracks,
        })
        .collect();
    let robustness = perturbations.fill(&analysis, bundle, &order, &mut playlists);
    let top = &order[..order.len().min(TOP_PLAYLISTS)];
    let risk_control =
        risk_control.map(|risk_control| risk_control_facts(risk_control, &playlists));
    let timeline = timeline(&analysis, bundle, top);
    let mut report = FitReport {
        schema_version: SCHEMA_VERSION,
        bundle: facts(bundle),
        front_end: bundle.manifest.front_end.hash(),
        verdict: verdict(&playlists, risk_control.as_ref(), ood.as_ref()),
        neighbours: neighbour_context.nearest(top),
        highlight: highlight(&timeline, analysis.song.duration_seconds),
        timeline,
        playlists,
        risk_control,
        ood,
        robustness,
        playlist_contexts: neighbour_context.playlist_contexts(top),
        explanation: explanation(&analysis, bundle, &order, predictor)?,
        summary_500: String::new(),
        song: analysis.song,
        spectrogram: analysis.spectrogram,
    };
    report.summary_500 = summary_500(&report);
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
        evaluation: Some(manifest.evaluation.clone()),
        card: Some(card_facts(bundle)),
    }
}

fn timeline(analysis: &SongAnalysis, bundle: &Bundle, top: &[usize]) -> Timeline {
    let manifest = &bundle.manifest;
    let (playlists, width) = (manifest.playlists.len(), bundle.neighbours.width);
    let embeddings = analysis.embeddings.chunks_exact(width.max(1));
    let windows = analysis
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
        starts_seconds: analysis.starts_seconds.clone(),
        curves: top.iter().map(curve).collect(),
    }
}
