//! Test doubles that depend on one block of a window.

use super::occlusion::occlude;
use super::*;
use features::mel::{Mask, apply_mask};
use inference::Prediction;

const MEL_BANDS: usize = 14;
const FRAMES: usize = 36;

/// Predicts the mean of one part of a window for the first of two playlists.
struct MaskPredictor(Mask);

impl MaskPredictor {
    fn logit(&self, log_mel: &[f32]) -> f32 {
        let rows = self.0.bands.clone();
        let row = |band: usize| &log_mel[band * FRAMES..][self.0.frames.clone()];
        let cells: Vec<f32> = rows.flat_map(row).copied().collect();
        cells.iter().sum::<f32>() / cells.len() as f32
    }
}

impl Predictor for MaskPredictor {
    fn predict(&self, windows: &[f32]) -> Result<Prediction, PredictError> {
        let log_mels = windows.chunks_exact(MEL_BANDS * FRAMES);
        assert!(log_mels.remainder().is_empty());
        Ok(Prediction {
            windows: log_mels.len(),
            logits: log_mels
                .flat_map(|log_mel| [self.logit(log_mel), 0.3])
                .collect(),
            ..Prediction::default()
        })
    }
}

/// Loud in the block, quiet elsewhere.
fn window(loud: &Mask) -> Vec<f32> {
    let mut log_mel = vec![0.0; MEL_BANDS * FRAMES];
    for band in loud.bands.clone() {
        log_mel[band * FRAMES..][loud.frames.clone()].fill(2.0);
    }
    log_mel
}

fn logit_drops(loud: &Mask, predictor: &MaskPredictor) -> Vec<f32> {
    let loud_window = window(loud);
    let whole = predictor.logit(&loud_window);
    let masked = occlude(&loud_window, MEL_BANDS, predictor).unwrap();
    masked.iter().map(|masked| whole - masked[0]).collect()
}

/// The block in row 4 and column 6, as the grid lays it.
fn block() -> Mask {
    Mask {
        bands: span(4, BANDS, MEL_BANDS),
        frames: span(6, TIMES, FRAMES),
    }
}

#[test]
fn blocks_cover_the_whole_picture_and_half_of_their_neighbours() {
    assert_eq!(span(0, BANDS, MEL_BANDS), 0..4);
    assert_eq!(span(1, BANDS, MEL_BANDS), 2..6);
    assert_eq!(span(BANDS - 1, BANDS, MEL_BANDS).end, MEL_BANDS);
    assert_eq!(span(TIMES - 1, TIMES, 1001).end, 1001);
}

#[test]
fn the_block_that_is_listened_to_is_found() {
    let logit_drops = logit_drops(&block(), &MaskPredictor(block()));
    assert_eq!(logit_drops.len(), BANDS * TIMES);
    let top_region = stands_out(&logit_drops).unwrap();
    assert_eq!((top_region / TIMES, top_region % TIMES), (4, 6));
    // All of it masked by the mean of the window.
    let mut masked = window(&block());
    apply_mask(&mut masked, MEL_BANDS, &[block()]);
    let left = MaskPredictor(block()).logit(&masked);
    assert!((logit_drops[top_region] - (2.0 - left)).abs() < 1e-5);
    // A block that shares nothing with it takes nothing away.
    assert!(logit_drops[0].abs() < 1e-6);
}

#[test]
fn its_place_is_told_in_hertz_and_seconds() {
    let front_end = FrontEnd {
        n_mels: MEL_BANDS,
        window_seconds: 9.0,
        ..FrontEnd::efficientat()
    };
    let logit_drops = logit_drops(&block(), &MaskPredictor(block()));
    let top_region = stands_out(&logit_drops).unwrap();
    let part = part(&logit_drops, top_region, &front_end, 60.0);
    // Its neighbours by one step pull half as much, and so belong to it.
    assert!((part.from_seconds..part.to_seconds).contains(&66.5));
    assert!(part.from_seconds >= 65.0 && part.to_seconds <= 69.0 + 1e-9);
    let edges = front_end.band_edges_hz();
    assert_eq!(edges.len(), MEL_BANDS + 1);
    assert!(part.low_hz <= edges[8] && part.high_hz >= edges[12]);
    assert!(part.low_hz >= edges[6] && part.high_hz <= edges[14]);
}

#[test]
fn where_all_pull_alike_nothing_stands_out() {
    assert_eq!(stands_out(&[0.3; BANDS * TIMES]), None);
    assert_eq!(stands_out(&[-1.0; BANDS * TIMES]), None);
    let mut tiny = vec![0.0; BANDS * TIMES];
    tiny[7] = 0.02;
    assert_eq!(stands_out(&tiny), None);
    tiny[7] = 0.5;
    assert_eq!(stands_out(&tiny), Some(7));
    let peak = PeakWindow {
        window: 0,
        log_mel: Vec::new(),
        logit: 1.0,
    };
    assert_eq!(logit_drop(&peak, &[f32::NAN], 0), 0.0);
    assert_eq!(logit_drop(&peak, &[], 0), 0.0);
}
