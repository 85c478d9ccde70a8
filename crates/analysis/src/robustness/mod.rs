//! How far a song's fits move under small changes that no listener would mind: what a fit is worth beyond its digits.
//!
//! A few stretches spread over the song are heard unchanged and changed; what each change adds to a window's logits goes
//! to all windows nearest to that stretch, the windows are pooled and calibrated as ever, and the range of a fit is the
//! least and the most that comes out. So a song of up to [`excerpts::MAX_EXCERPTS`] windows is examined nearly whole, and a
//! longer one costs no more than that. Comparing each stretch with itself keeps apart what the change does from what
//! the song does meanwhile.
//!
//! The MP3 is the codec-like loss of [`codec`](audio::effects::codec) at the front end's rate, no real one: over
//! eight songs it moved the largest of the top five fits by 2.7 points on average where LAME's MP3 at 128 kbit/s moved
//! it by 0.8, so a range is rather too wide; of one song LAME moved a fit more.

mod excerpts;

#[cfg(test)]
mod tests;

pub use excerpts::{Excerpt, ExcerptCollector};

use rayon::prelude::*;

use super::{FitRange, Perturbation, PlaylistFit, SongAnalysis, TOP_PLAYLISTS, fits};
use audio::effects::{Effect, apply_all, samples_needed};
use bundle::Bundle;
use features::mel::{FrontEnd, LogMel, segment_at};
use inference::PredictError;
use inference::{Prediction, Predictor};
use neighbours::song_embedding;

const KILOBITS_PER_SECOND: f64 = 128.0;
const DECIBELS: f64 = -3.0;
const TEMPI: [f64; 2] = [1.02, 0.98];
/// The other crop begins half a hop later, where windows lie furthest from those that were heard, but no more than this
/// later, and no more than a third of the stretch.
const MAX_OFFSET_SECONDS: f64 = 5.0;

/// Something done to a song before it is heard.
#[derive(Default)]
struct PerturbationSpec {
    name: String,
    effects: Vec<Effect>,
    /// Samples that are left out at the beginning.
    later: usize,
}

impl PerturbationSpec {
    fn effect(name: String, effect: Effect) -> Self {
        Self {
            name,
            effects: vec![effect],
            later: 0,
        }
    }

    /// The harmless ones, in the order in which they are reported.
    fn all(front_end: &FrontEnd) -> Vec<Self> {
        let codec = Self::effect(
            format!("MP3 at {KILOBITS_PER_SECOND:.0} kbit/s"),
            Effect::Codec(KILOBITS_PER_SECOND),
        );
        let quieter = Self::effect(
            format!("{:.0} dB quieter", -DECIBELS),
            Effect::Gain(DECIBELS),
        );
        let [faster, slower] = TEMPI.map(|times| {
            let percent = (times - 1.0).abs() * 100.0;
            let way = if times > 1.0 { "faster" } else { "slower" };
            Self::effect(format!("{percent:.0} % {way}"), Effect::Tempo(times))
        });
        let half_hop = front_end.window_hop_seconds.map(|hop| hop / 2.0);
        let later = half_hop.map_or(MAX_OFFSET_SECONDS, |half| half.min(MAX_OFFSET_SECONDS));
        let crop = Self {
            name: format!("beginning {later:.1} s later"),
            effects: Vec::new(),
            later: (later * f64::from(front_end.sample_rate_hz)).round() as usize,
        };
        vec![codec, quieter, faster, slower, crop]
    }

    /// How much of a song it takes to fill a window.
    fn samples(&self, front_end: &FrontEnd) -> usize {
        let (rate, window) = (front_end.sample_rate_hz, front_end.window_samples());
        self.later + samples_needed(&self.effects, rate, window)
    }

    /// The first window of the changed stretch; what a short song leaves open is filled afterwards, as ever.
    fn window(&self, excerpt: &[f32], front_end: &FrontEnd) -> Vec<f32> {
        let (rate, window) = (front_end.sample_rate_hz, front_end.window_samples());
        let rest = &excerpt[self.later.min(excerpt.len() / 3)..];
        let needed = samples_needed(&self.effects, rate, window).min(rest.len());
        let changed = apply_all(&self.effects, rest[..needed].to_vec(), rate, window);
        segment_at(front_end, 0, window, |_, out| {
            out[..changed.len()].copy_from_slice(&changed);
            changed.len()
        })
    }
}

/// How many samples a stretch must have for every change.
pub fn excerpt_samples(front_end: &FrontEnd) -> usize {
    let changes = PerturbationSpec::all(front_end);
    let samples = changes.iter().map(|change| change.samples(front_end));
    samples.max().unwrap_or_default()
}

/// What the network said of the stretches of a song.
pub struct PerturbationRun {
    /// Names of the changes.
    changes: Vec<String>,
    excerpts: Vec<ExcerptPrediction>,
}

struct ExcerptPrediction {
    start_seconds: f64,
    /// The window as it is, then after each change.
    prediction: Prediction,
}

/// Hears the song's stretches unchanged and after each harmless change, one stretch at a time.
///
/// # Errors
/// Where the network stops.
pub fn predict_perturbed(
    analysis: &SongAnalysis,
    front_end: &FrontEnd,
    predictor: &dyn Predictor,
) -> Result<PerturbationRun, PredictError> {
    let mut changes = vec![PerturbationSpec::default()];
    changes.extend(PerturbationSpec::all(front_end));
    let log_mel = LogMel::new(front_end);
    let trial = |excerpt: &Excerpt| {
        let pictures = pictures(&excerpt.samples, &changes, front_end, &log_mel);
        Ok(ExcerptPrediction {
            start_seconds: excerpt.start as f64 / f64::from(front_end.sample_rate_hz),
            prediction: predictor.predict(&pictures)?,
        })
    };
    let excerpts = analysis.excerpts.iter().map(trial);
    Ok(PerturbationRun {
        excerpts: excerpts.collect::<Result<_, PredictError>>()?,
        changes: changes.drain(1..).map(|change| change.name).collect(),
    })
}

/// `[changes, n_mels, frames]`.
fn pictures(
    excerpt: &[f32],
    changes: &[PerturbationSpec],
    front_end: &FrontEnd,
    log_mel: &LogMel,
) -> Vec<f32> {
    let picture = |log_mel: &mut LogMel, change: &PerturbationSpec| {
        let mut picture = Vec::with_capacity(front_end.window_size());
        log_mel.append(&change.window(excerpt, front_end), &mut picture);
        picture
    };
    let pictures = changes.par_iter().map_with(log_mel.clone(), picture);
    pictures.collect::<Vec<_>>().concat()
}

impl PerturbationRun {
    /// Fills the ranges of `playlists`, which stand in `order` (places in the bundle), and answers how far each change
    /// moves the fits of the first [`TOP_PLAYLISTS`].
    pub fn fill(
        &self,
        analysis: &SongAnalysis,
        bundle: &Bundle,
        order: &[usize],
        playlists: &mut [PlaylistFit],
    ) -> Vec<Perturbation> {
        let mut changes = Vec::new();
        for (change, name) in self.changes.iter().enumerate() {
            let fits = self.fits(change, analysis, bundle);
            let mut moved = 0.0;
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
                    moved = f64::max(moved, (fit - shown.fit).abs());
                }
            }
            changes.push(Perturbation {
                name: name.clone(),
                moved,
            });
        }
        changes
    }

    /// Of the whole song after a change: `[playlists]`, added ones too.
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

    /// `[windows, width]` of the song with what the change added at the nearest stretch; silence stays as it is.
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
        let places = analysis.starts_seconds.iter().zip(&analysis.silent);
        for (row, (&start, _)) in rows.zip(places).filter(|(_, (_, silent))| !**silent) {
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
        let distance = |trial: &ExcerptPrediction| (trial.start_seconds - seconds).abs();
        self.excerpts
            .iter()
            .min_by(|left, right| distance(left).total_cmp(&distance(right)))
    }
}
