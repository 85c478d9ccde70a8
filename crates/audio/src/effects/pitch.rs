//! Higher or deeper, at the same tempo.

use super::EffectKind;
use super::tempo::tempo;
use crate::resample;

/// The ratio of the pitches is a fraction over this number, which has many divisors, so that the resampler's filters
/// stay short; no pitch is off by more than a cent.
const STEPS: u32 = 960;

/// Up by so many semitones, down by negative ones, within an octave: stretched in time, then played back at another
/// speed, which takes as much time away again. Formants move along, as when a singer transposes on a sampler.
pub fn pitch(samples: &[f32], sample_rate_hz: u32, semitones: f64) -> Vec<f32> {
    let [least, most] = EffectKind::Pitch.limits();
    let ratio = (semitones.clamp(least, most) / 12.0).exp2();
    let steps = (ratio * f64::from(STEPS)).round() as u32;
    if steps == STEPS {
        return samples.to_vec();
    }
    let stretched = tempo(samples, sample_rate_hz, f64::from(STEPS) / f64::from(steps));
    // The resampler refuses only rates of 0, which no pitch within an octave gives.
    let mut played = resample(&stretched, steps, STEPS).unwrap_or_else(|_| samples.to_vec());
    played.resize(samples.len(), 0.0);
    played
}
