//! What the network's answer hangs on: parts of a picture are covered one after another, and it listens again.
//!
//! A picture `[n_mels, frames]` comes in, the fall of one list's logit for each block goes out.

use std::ops::Range;

use features::mel::{Mask, apply_mask};
use inference::PredictError;
use inference::Predictor;

/// Blocks from low to high, and along the window. Each covers two steps of the grid and begins a step after the one
/// before, so neighbours overlap by half.
pub const BANDS: usize = 6;
pub const TIMES: usize = 8;
/// Pictures that wait for the network together.
const BATCH: usize = 8;

/// Covers each block in turn, the lowest bands first, in each from the beginning to the end: the logits with it covered,
/// `[BANDS * TIMES][playlists]`.
///
/// # Errors
/// Where the network stops.
pub fn occlude(
    picture: &[f32],
    bands: usize,
    predictor: &dyn Predictor,
) -> Result<Vec<Vec<f32>>, PredictError> {
    let mut covered = Vec::with_capacity(BANDS * TIMES);
    for masks in masks(bands, picture.len() / bands.max(1)).chunks(BATCH) {
        let mut pictures = picture.repeat(masks.len());
        let each = pictures.chunks_exact_mut(picture.len().max(1));
        for (picture, mask) in each.zip(masks) {
            apply_mask(picture, bands, std::slice::from_ref(mask));
        }
        let prediction = predictor.predict(&pictures)?;
        let rows = prediction
            .logits
            .chunks_exact((prediction.logits.len() / masks.len()).max(1));
        covered.extend(rows.take(masks.len()).map(<[f32]>::to_vec));
    }
    Ok(covered)
}

fn masks(bands: usize, frames: usize) -> Vec<Mask> {
    let row = |row| {
        (0..TIMES).map(move |column| Mask {
            bands: span(row, BANDS, bands),
            frames: span(column, TIMES, frames),
        })
    };
    (0..BANDS).flat_map(row).collect()
}

/// Where a block lies on an axis of `length`, on which there are so many `blocks`.
pub fn span(block: usize, blocks: usize, length: usize) -> Range<usize> {
    let step = |steps: usize| length * steps / (blocks + 1);
    step(block)..step(block + 2)
}
