//! Butterworth filters of second order: 12 dB per octave beyond the cutoff, -3 dB at it.

use biquad::{Biquad as _, Coefficients, DirectForm2Transposed, Hertz, Q_BUTTERWORTH_F64, Type};

/// Removes frequencies below the cutoff; everything if the cutoff is above the Nyquist frequency.
#[must_use]
pub fn high_pass(samples: &[f32], sample_rate_hz: u32, cut_off_hz: f64) -> Vec<f32> {
    filter(samples, sample_rate_hz, cut_off_hz, Type::HighPass)
        .unwrap_or_else(|| vec![0.0; samples.len()])
}

/// Removes frequencies above the cutoff; nothing if the cutoff is above the Nyquist frequency.
#[must_use]
pub fn low_pass(samples: &[f32], sample_rate_hz: u32, cut_off_hz: f64) -> Vec<f32> {
    filter(samples, sample_rate_hz, cut_off_hz, Type::LowPass).unwrap_or_else(|| samples.to_vec())
}

/// `None` if the cutoff is not between 0 and half the sample rate. Double precision, since the coefficients of a low
/// cutoff lose their digits in single precision.
fn filter(
    samples: &[f32],
    sample_rate_hz: u32,
    cut_off_hz: f64,
    kind: Type<f64>,
) -> Option<Vec<f32>> {
    let rate = Hertz::from_hz(f64::from(sample_rate_hz)).ok()?;
    let cut_off = Hertz::from_hz(cut_off_hz).ok()?;
    let coefficients = Coefficients::from_params(kind, rate, cut_off, Q_BUTTERWORTH_F64).ok()?;
    let mut filter = DirectForm2Transposed::<f64>::new(coefficients);
    let filtered = samples.iter();
    Some(
        filtered
            .map(|&sample| filter.run(f64::from(sample)) as f32)
            .collect(),
    )
}
