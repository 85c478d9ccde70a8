//! How far a song's fits move under small changes that no listener would mind: what a fit is worth beyond its digits.
//!
//! A few stretches spread over the song are heard unchanged and changed; what each change adds to a window's logits goes
//! to all windows nearest to that stretch, the windows are pooled and calibrated as ever, and the range of a fit is the
//! least and the most that comes out. So a song of up to [`stretches::MOST_STRETCHES`] windows is examined nearly whole, and a
//! longer one costs no more than that. Comparing each stretch with itself keeps apart what the change does from what
//! the song does meanwhile.
//!
//! The MP3 is the codec-like loss of [`codec`](audio::effects::codec) at the front end's rate, no real one: over
//! eight songs it moved the largest of the top five fits by 2.7 points on average where LAME's MP3 at 128 kbit/s moved
//! it by 0.8, so a range is rather too wide; of one song LAME moved a fit more.

mod stretches;

#[cfg(test)]
mod tests;

pub use stretches::{Stretch, Stretches};

use rayon::prelude::*;

use super::{FitRange, HarmlessChange, Hearing, PlaylistFit, TOP_PLAYLISTS, fits};
use audio::effects::{Effect, apply_all, samples_needed};
use bundle::Bundle;
use features::mel::{FrontEnd, LogMel, window_at};
use inference::PredictError;
use inference::{Listener, Prediction};
use neighbours::song_embedding;

const KILOBITS_PER_SECOND: f64 = 128.0;
const DECIBELS: f64 = -3.0;
const TEMPI: [f64; 2] = [1.02, 0.98];
/// The other crop begins half a hop later, where windows lie furthest from those that were heard, but no more than this
/// later, and no more than a third of the stretch.
const MOST_LATER_SECONDS: f64 = 5.0;

/// Something done to a song before it is heard.
#[derive(Default)]
struct Change {
    name: String,
    effects: Vec<Effect>,
    /// Samples that are left out at the beginning.
    later: usize,
}

impl Change {
    fn effect(name: String, effect: Effect) -> Self {
        Self {
            name,
            effects: vec![effect],
            later: 0,
        }
    }

    /// The harmless ones, in the order in which they are reported.
    fn harmless(front_end: &FrontEnd) -> Vec<Self> {
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
        let later = half_hop.map_or(MOST_LATER_SECONDS, |half| half.min(MOST_LATER_SECONDS));
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
    fn window(&self, stretch: &[f32], front_end: &FrontEnd) -> Vec<f32> {
        let (rate, window) = (front_end.sample_rate_hz, front_end.window_samples());
        let rest = &stretch[self.later.min(stretch.len() / 3)..];
        let needed = samples_needed(&self.effects, rate, window).min(rest.len());
        let changed = apply_all(&self.effects, rest[..needed].to_vec(), rate, window);
        window_at(front_end, 0, window, |_, out| {
            out[..changed.len()].copy_from_slice(&changed);
            changed.len()
        })
    }
}

/// How many samples a stretch must have for every change.
pub fn stretch_samples(front_end: &FrontEnd) -> usize {
    let changes = Change::harmless(front_end);
    let samples = changes.iter().map(|change| change.samples(front_end));
    samples.max().unwrap_or_default()
}

/// What the network said of the stretches of a song.
pub struct Trials {
    /// Names of the changes.
    changes: Vec<String>,
    stretches: Vec<Trial>,
}

struct Trial {
    start_seconds: f64,
    /// The window as it is, then after each change.
    heard: Prediction,
}

/// Hears the song's stretches unchanged and after each harmless change, one stretch at a time.
///
/// # Errors
/// Where the network stops.
pub fn listen_changed(
    hearing: &Hearing,
    front_end: &FrontEnd,
    listener: &dyn Listener,
) -> Result<Trials, PredictError> {
    let mut changes = vec![Change::default()];
    changes.extend(Change::harmless(front_end));
    let log_mel = LogMel::new(front_end);
    let trial = |stretch: &Stretch| {
        let pictures = pictures(&stretch.samples, &changes, front_end, &log_mel);
        Ok(Trial {
            start_seconds: stretch.start as f64 / f64::from(front_end.sample_rate_hz),
            heard: listener.listen(&pictures)?,
        })
    };
    let stretches = hearing.stretches.iter().map(trial);
    Ok(Trials {
        stretches: stretches.collect::<Result<_, PredictError>>()?,
        changes: changes.drain(1..).map(|change| change.name).collect(),
    })
}

/// `[changes, n_mels, frames]`.
fn pictures(
    stretch: &[f32],
    changes: &[Change],
    front_end: &FrontEnd,
    log_mel: &LogMel,
) -> Vec<f32> {
    let picture = |log_mel: &mut LogMel, change: &Change| {
        let mut picture = Vec::with_capacity(front_end.window_size());
        log_mel.append(&change.window(stretch, front_end), &mut picture);
        picture
    };
    let pictures = changes.par_iter().map_with(log_mel.clone(), picture);
    pictures.collect::<Vec<_>>().concat()
}

impl Trials {
    /// Fills the ranges of `playlists`, which stand in `order` (places in the bundle), and answers how far each change
    /// moves the fits of the first [`TOP_PLAYLISTS`].
    pub fn fill(
        &self,
        hearing: &Hearing,
        bundle: &Bundle,
        order: &[usize],
        playlists: &mut [PlaylistFit],
    ) -> Vec<HarmlessChange> {
        let mut changes = Vec::new();
        for (change, name) in self.changes.iter().enumerate() {
            let fits = self.fits(change, hearing, bundle);
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
            changes.push(HarmlessChange {
                name: name.clone(),
                moved,
            });
        }
        changes
    }

    /// Of the whole song after a change: `[playlists]`, added ones too.
    fn fits(&self, change: usize, hearing: &Hearing, bundle: &Bundle) -> Vec<f64> {
        let (playlists, width) = (bundle.manifest.playlists.len(), bundle.neighbours.width);
        let changed = |windows: &[f32], width, of: fn(&Prediction) -> &[f32]| {
            self.changed(change, hearing, windows, width, of)
        };
        let logits = changed(&hearing.logits, playlists, |heard| &heard.logits);
        let attention = changed(&hearing.attention, 1, |heard| &heard.attention);
        let embeddings = changed(&hearing.embeddings, width, |heard| &heard.embeddings);
        let pooling = bundle.manifest.pooling;
        let pooled = pooling.scores(&logits, &attention, playlists);
        fits(bundle, &pooled, &song_embedding(&embeddings, width))
    }

    /// `[windows, width]` of the song with what the change added at the nearest stretch; silence stays as it is.
    fn changed(
        &self,
        change: usize,
        hearing: &Hearing,
        windows: &[f32],
        width: usize,
        of: fn(&Prediction) -> &[f32],
    ) -> Vec<f32> {
        let mut changed = windows.to_vec();
        let rows = changed.chunks_exact_mut(width.max(1));
        let places = hearing.starts_seconds.iter().zip(&hearing.silent);
        for (row, (&start, _)) in rows.zip(places).filter(|(_, (_, silent))| !**silent) {
            let Some(near) = self.nearest(start) else {
                continue;
            };
            let mut heard = of(&near.heard).chunks_exact(width.max(1));
            if let (Some(before), Some(after)) = (heard.next(), heard.nth(change)) {
                for (value, (before, after)) in row.iter_mut().zip(before.iter().zip(after)) {
                    *value += after - before;
                }
            }
        }
        changed
    }

    fn nearest(&self, seconds: f64) -> Option<&Trial> {
        let distance = |trial: &Trial| (trial.start_seconds - seconds).abs();
        self.stretches
            .iter()
            .min_by(|left, right| distance(left).total_cmp(&distance(right)))
    }
}
