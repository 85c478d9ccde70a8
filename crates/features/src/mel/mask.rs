//! Parts of a log-mel that are covered.

use std::ops::Range;

/// What one mask covers of a picture `[bands, frames]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mask {
    pub bands: Range<usize>,
    pub frames: Range<usize>,
}

/// Fills what the masks cover with the mean of the whole picture `[bands, frames]`.
pub fn apply_mask(picture: &mut [f32], bands: usize, masks: &[Mask]) {
    if masks.is_empty() || picture.is_empty() {
        return;
    }
    let sum: f64 = picture.iter().map(|&value| f64::from(value)).sum();
    let mean = (sum / picture.len() as f64) as f32;
    let frames = picture.len() / bands;
    for mask in masks {
        for band in mask.bands.clone() {
            let row = band * frames;
            picture[row + mask.frames.start..row + mask.frames.end].fill(mean);
        }
    }
}
