//! Less bass, or less treble: Butterworth filters of second order, which fall by 12 dB an octave beyond their cut-off
//! and stand at -3 dB on it.

use biquad::{Biquad as _, Coefficients, DirectForm2Transposed, Hertz, Q_BUTTERWORTH_F64, Type};

/// Takes away what lies below the cut-off; all of it where the cut-off lies above what the rate can hold.
pub fn high_pass(samples: &[f32], sample_rate_hz: u32, cut_off_hz: f64) -> Vec<f32> {
    filter(samples, sample_rate_hz, cut_off_hz, Type::HighPass)
        .unwrap_or_else(|| vec![0.0; samples.len()])
}

/// Takes away what lies above the cut-off; nothing where the cut-off lies above what the rate can hold.
pub fn low_pass(samples: &[f32], sample_rate_hz: u32, cut_off_hz: f64) -> Vec<f32> {
    filter(samples, sample_rate_hz, cut_off_hz, Type::LowPass).unwrap_or_else(|| samples.to_vec())
}

/// None where the cut-off is no frequency below half the rate. In double precision: a low cut-off leaves single
/// precision too few digits.
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
