//! Circular shift in time.

/// Shifts by seconds (negative: earlier). Samples that leave at one end enter at the other, so that no audio is lost and
/// the loudness stays; silence at the edge would be a cue that real songs do not have.
#[must_use]
pub fn shift(samples: &[f32], sample_rate_hz: u32, seconds: f64) -> Vec<f32> {
    let mut shifted = samples.to_vec();
    if !shifted.is_empty() {
        let by = (seconds * f64::from(sample_rate_hz)).round() as i64;
        shifted.rotate_right(by.rem_euclid(samples.len() as i64) as usize);
    }
    shifted
}
