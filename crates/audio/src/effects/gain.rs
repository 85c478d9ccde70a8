//! Change of level.

/// Scales the samples by a gain in dB: 20 dB are ten times the amplitude.
#[must_use]
pub fn gain(samples: &[f32], decibels: f64) -> Vec<f32> {
    let factor = 10.0_f64.powf(decibels / 20.0) as f32;
    samples.iter().map(|sample| sample * factor).collect()
}
