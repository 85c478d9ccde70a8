//! Pitch shifting at the same tempo.

use super::EffectKind;
use super::tempo::tempo;
use crate::resample;

/// Denominator of the pitch ratio: it has many divisors, so that the resampler's filters stay short; the error is below
/// one cent.
const STEPS: u32 = 960;

/// Shifts the pitch by semitones (negative: down), within an octave: time stretching, then resampling by the inverse
/// factor. Formants are shifted too.
#[must_use]
pub fn pitch(samples: &[f32], sample_rate_hz: u32, semitones: f64) -> Vec<f32> {
    let [min, max] = EffectKind::Pitch.limits();
    let ratio = (semitones.clamp(min, max) / 12.0).exp2();
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
