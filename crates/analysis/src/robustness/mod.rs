//! Robustness of a song's fits under barely audible perturbations.
//!
//! A few excerpts of the song are predicted unchanged and perturbed; the change of a window's logits is added to all
//! windows nearest to that excerpt, the windows are pooled and calibrated as usual, and the range of a fit is the minimum
//! and maximum of the results. So a song of up to [`excerpts::MAX_EXCERPTS`] windows is covered almost completely, and a
//! longer one costs no more than that. Comparing each excerpt with itself separates the effect of the perturbation from
//! the song's own course.
//!
//! The MP3 is simulated by the lossy [`codec`](audio::effects::codec) at the front end's rate. It changed the largest of
//! the top five fits of eight songs by 2.7 points on average, where LAME's MP3 at 128 kbit/s changed it by 0.8, so ranges
//! are rather too wide; for one song LAME changed a fit more.

mod excerpts;

#[cfg(test)]
mod tests;

pub use excerpts::{Excerpt, ExcerptCollector};

use std::iter;

use rayon::prelude::*;

use super::{
    FitRange, Perturbation, PerturbationKind, PlaylistFit, SongAnalysis, TOP_PLAYLISTS, fits,
};
use audio::effects::{Effect, apply_all, samples_needed};
use bundle::Bundle;
use features::mel::{FrontEnd, LogMel, segment_at};
use inference::PredictError;
use inference::{Prediction, Predictor};
use neighbours::song_embedding;

const KBPS: f64 = 128.0;
const GAIN_DB: f64 = -3.0;
const TEMPO_RATIOS: [f64; 2] = [1.02, 0.98];
/// The offset is half a hop, which maximises the distance from the analysed windows, but at most this and at most a third
/// of the excerpt.
const MAX_OFFSET_SECONDS: f64 = 5.0;

/// A perturbation and how to compute it.
struct PerturbationSpec {
    kind: PerturbationKind,
    effects: Vec<Effect>,
    /// Samples skipped at the beginning.
    skip: usize,
}

impl PerturbationSpec {
    fn effect(kind: PerturbationKind, effect: Effect) -> Self {
        Self {
            kind,
            effects: vec![effect],
            skip: 0,
        }
    }

    /// All perturbations, in the order of the report.
    fn all(front_end: &FrontEnd) -> Vec<Self> {
        let codec = Self::effect(PerturbationKind::Mp3 { kbps: KBPS }, Effect::Codec(KBPS));
        let quieter = Self::effect(
            PerturbationKind::Gain { db: GAIN_DB },
            Effect::Gain(GAIN_DB),
        );
        let [faster, slower] = TEMPO_RATIOS
            .map(|ratio| Self::effect(PerturbationKind::Tempo { ratio }, Effect::Tempo(ratio)));
        let half_hop = front_end.window_hop_seconds.map(|hop| hop / 2.0);
        let seconds = half_hop.map_or(MAX_OFFSET_SECONDS, |half| half.min(MAX_OFFSET_SECONDS));
        let offset = Self {
            kind: PerturbationKind::Offset { seconds },
            effects: Vec::new(),
            skip: (seconds * f64::from(front_end.sample_rate_hz)).round() as usize,
        };
        vec![codec, quieter, faster, slower, offset]
    }

    /// Samples of the song that are needed to fill a window.
    fn samples(&self, front_end: &FrontEnd) -> usize {
        let (rate, window) = (front_end.sample_rate_hz, front_end.window_samples());
        self.skip + samples_needed(&self.effects, rate, window)
    }

    /// The first window of the perturbed excerpt, padded as usual if the song is short.
    fn window(&self, excerpt: &[f32], front_end: &FrontEnd) -> Vec<f32> {
        let (rate, window) = (front_end.sample_rate_hz, front_end.window_samples());
        let rest = &excerpt[self.skip.min(excerpt.len() / 3)..];
        let needed = samples_needed(&self.effects, rate, window).min(rest.len());
        let changed = apply_all(&self.effects, rest[..needed].to_vec(), rate, window);
        segment_at(front_end, 0, window, |_, out| {
            out[..changed.len()].copy_from_slice(&changed);
            changed.len()
        })
    }
}

/// Samples that an excerpt needs for all perturbations.
pub fn excerpt_samples(front_end: &FrontEnd) -> usize {
    let specs = PerturbationSpec::all(front_end);
    let samples = specs.iter().map(|spec| spec.samples(front_end));
    samples.max().unwrap_or_default()
}

/// Predictions for the excerpts of a song.
pub struct PerturbationRun {
    perturbations: Vec<PerturbationKind>,
    excerpts: Vec<ExcerptPrediction>,
}

struct ExcerptPrediction {
    start_seconds: f64,
    /// The unchanged window, then after each perturbation.
    prediction: Prediction,
}

/// Predicts the song's excerpts unchanged and after each perturbation, one excerpt at a time.
///
/// # Errors
/// If the network fails.
pub fn predict_perturbed(
    analysis: &SongAnalysis,
    front_end: &FrontEnd,
    predictor: &dyn Predictor,
) -> Result<PerturbationRun, PredictError> {
    let unchanged = PerturbationSpec {
        kind: PerturbationKind::Offset { seconds: 0.0 },
        effects: Vec::new(),
        skip: 0,
    };
    let perturbations = PerturbationSpec::all(front_end);
    let kinds = perturbations.iter().map(|spec| spec.kind).collect();
    let specs: Vec<_> = iter::once(unchanged).chain(perturbations).collect();
    let log_mel = LogMel::new(front_end);
    let predict = |excerpt: &Excerpt| {
        let windows = log_mels(&excerpt.samples, &specs, front_end, &log_mel);
        Ok(ExcerptPrediction {
            start_seconds: excerpt.start as f64 / f64::from(front_end.sample_rate_hz),
            prediction: predictor.predict(&windows)?,
        })
    };
    let excerpts = analysis.excerpts.iter().map(predict);
    Ok(PerturbationRun {
        excerpts: excerpts.collect::<Result<_, PredictError>>()?,
        perturbations: kinds,
    })
}

/// Log-mels of the perturbed excerpt: `[specs, n_mels, frames]`.
fn log_mels(
    excerpt: &[f32],
    specs: &[PerturbationSpec],
    front_end: &FrontEnd,
    log_mel: &LogMel,
) -> Vec<f32> {
    let window = |log_mel: &mut LogMel, spec: &PerturbationSpec| {
        let mut window = Vec::with_capacity(front_end.window_size());
        log_mel.append(&spec.window(excerpt, front_end), &mut window);
        window
    };
    let windows = specs.par_iter().map_with(log_mel.clone(), window);
    windows.collect::<Vec<_>>().concat()
}

impl PerturbationRun {
    /// Sets the ranges of `playlists`, which are in `order` (indices in the bundle). Returns the effect of each
    /// perturbation on the fits of the first [`TOP_PLAYLISTS`].
    pub fn fill(
        &self,
        analysis: &SongAnalysis,
        bundle: &Bundle,
        order: &[usize],
        playlists: &mut [PlaylistFit],
    ) -> Vec<Perturbation> {
        let mut perturbations = Vec::new();
        for (index, &kind) in self.perturbations.iter().enumerate() {
            let fits = self.fits(index, analysis, bundle);
            let mut max_fit_change = 0.0;
            for (rank, (shown, &playlist)) in playlists.iter_mut().zip(order).enumerate() {
                let fit = fits[playlist];
                let range = shown.range.unwrap_or(FitRange {
                    low: shown.fit,
                    high: shown.fit,
                });
                shown.range = Some(FitRange {
                    low: range.low.min(fit),
                    high: range.high.max(fit),
                });
                if rank < TOP_PLAYLISTS {
                    max_fit_change = f64::max(max_fit_change, (fit - shown.fit).abs());
                }
            }
            perturbations.push(Perturbation {
                kind,
                max_fit_change,
            });
        }
        perturbations
    }

    /// Fits of the whole song after a perturbation: `[playlists]`, with the added ones.
    fn fits(&self, change: usize, analysis: &SongAnalysis, bundle: &Bundle) -> Vec<f64> {
        let (playlists, width) = (bundle.manifest.playlists.len(), bundle.neighbours.width);
        let changed = |windows: &[f32], width, of: fn(&Prediction) -> &[f32]| {
            self.changed(change, analysis, windows, width, of)
        };
        let logits = changed(&analysis.logits, playlists, |prediction| &prediction.logits);
        let attention = changed(&analysis.attention, 1, |prediction| &prediction.attention);
        let embeddings = changed(&analysis.embeddings, width, |prediction| {
            &prediction.embeddings
        });
        let pooling = bundle.manifest.pooling;
        let pooled = pooling.scores(&logits, &attention, playlists);
        fits(bundle, &pooled, &song_embedding(&embeddings, width))
    }

    /// `[windows, width]` of the song plus the change at the nearest excerpt; silent windows are not changed.
    fn changed(
        &self,
        change: usize,
        analysis: &SongAnalysis,
        windows: &[f32],
        width: usize,
        of: fn(&Prediction) -> &[f32],
    ) -> Vec<f32> {
        let mut changed = windows.to_vec();
        let rows = changed.chunks_exact_mut(width.max(1));
        let windows = analysis.starts_seconds.iter().zip(&analysis.silent);
        for (row, (&start, _)) in rows.zip(windows).filter(|(_, (_, silent))| !**silent) {
            let Some(near) = self.nearest(start) else {
                continue;
            };
            let mut prediction = of(&near.prediction).chunks_exact(width.max(1));
            if let (Some(before), Some(after)) = (prediction.next(), prediction.nth(change)) {
                for (value, (before, after)) in row.iter_mut().zip(before.iter().zip(after)) {
                    *value += after - before;
                }
            }
        }
        changed
    }

    fn nearest(&self, seconds: f64) -> Option<&ExcerptPrediction> {
        let distance = |excerpt: &ExcerptPrediction| (excerpt.start_seconds - seconds).abs();
        self.excerpts
            .iter()
            .min_by(|left, right| distance(left).total_cmp(&distance(right)))
    }
}
