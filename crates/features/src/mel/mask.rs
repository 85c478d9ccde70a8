//! Masks over a log-mel (SpecAugment).

use std::ops::Range;

/// A rectangle of a log-mel `[n_mels, frames]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    /// Masked mel bands.
    pub bands: Range<usize>,
    /// Masked frames.
    pub frames: Range<usize>,
}

/// Sets the masked values to the mean of the whole log-mel `[bands, frames]`.
pub fn apply_mask(log_mel: &mut [f32], bands: usize, masks: &[Mask]) {
    if masks.is_empty() || log_mel.is_empty() {
        return;
    }
    let sum: f64 = log_mel.iter().map(|&value| f64::from(value)).sum();
    let mean = (sum / log_mel.len() as f64) as f32;
    let frames = log_mel.len() / bands;
    for mask in masks {
        for band in mask.bands.clone() {
            let row = band * frames;
            log_mel[row + mask.frames.start..row + mask.frames.end].fill(mean);
        }
    }
}
