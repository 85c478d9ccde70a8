//! Later or earlier.

/// Later by so many seconds, earlier by negative ones, in a circle: what runs out at one end comes in at the other. So
/// nothing of the window is lost and its loudness stays; silence at the edge would be a mark that no song has.
pub fn shift(samples: &[f32], sample_rate_hz: u32, seconds: f64) -> Vec<f32> {
    let mut shifted = samples.to_vec();
    if !shifted.is_empty() {
        let by = (seconds * f64::from(sample_rate_hz)).round() as i64;
        shifted.rotate_right(by.rem_euclid(samples.len() as i64) as usize);
    }
    shifted
}
