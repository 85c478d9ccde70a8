//! Predictions for a window with one block after another masked.
//!
//! Input: a log-mel `[n_mels, frames]`. Output: the logits for each masked block.

use std::ops::Range;

use features::mel::{Mask, apply_mask};
use inference::PredictError;
use inference::Predictor;

/// Blocks along the frequency axis and along the time axis. Each covers two steps of the grid and begins one step after
/// its predecessor, so neighbours overlap by half.
pub const BANDS: usize = 6;
pub const TIMES: usize = 8;
/// Windows in a batch of the network.
const BATCH: usize = 8;

/// Masks each block in turn, the lowest bands first, and in each from the start to the end. Returns the logits with the
/// block masked, `[BANDS * TIMES][playlists]`.
///
/// # Errors
/// If the network fails.
pub fn occlude(
    window: &[f32],
    bands: usize,
    predictor: &dyn Predictor,
) -> Result<Vec<Vec<f32>>, PredictError> {
    let mut masked = Vec::with_capacity(BANDS * TIMES);
    for masks in masks(bands, window.len() / bands.max(1)).chunks(BATCH) {
        let mut windows = window.repeat(masks.len());
        let each = windows.chunks_exact_mut(window.len().max(1));
        for (window, mask) in each.zip(masks) {
            apply_mask(window, bands, std::slice::from_ref(mask));
        }
        let prediction = predictor.predict(&windows)?;
        let rows = prediction
            .logits
            .chunks_exact((prediction.logits.len() / masks.len()).max(1));
        masked.extend(rows.take(masks.len()).map(<[f32]>::to_vec));
    }
    Ok(masked)
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

/// The range of a block on an axis of `length` with this many `blocks`.
pub fn span(block: usize, blocks: usize, length: usize) -> Range<usize> {
    let step = |steps: usize| length * steps / (blocks + 1);
    step(block)..step(block + 2)
}
