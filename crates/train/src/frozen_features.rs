//! Predictions of a frozen network for the training tracks, for the linear probe before and the attention after the
//! fine-tuning. Songs are pooled at once; the number of stored windows is bounded, so that memory does not grow with the
//! data set.

use super::predict::SongPredictions;
use super::{Dataset, TrainError};
use evaluation::Pooling;
use inference::{Prediction, Predictor};
use model::Network;

/// Windows of all tracks together that are stored: 8,192 tracks have eight each. About 200 MB for 800 numbers a window.
const MAX_CACHED_WINDOWS: usize = 1 << 16;

/// Predictions for whole tracks.
pub struct FeatureCache {
    /// Pooled over all windows.
    pub songs: SongPredictions,
    /// Of each track a subsample as in [`subsample_rows`], in the order of the songs.
    pub windows: Vec<Prediction>,
}

/// Predicts whole tracks, one after the other.
///
/// # Errors
/// Returns an error if the network cannot run.
pub fn extract_features(
    network: &Network,
    dataset: &Dataset,
    tracks: &[usize],
) -> Result<FeatureCache, TrainError> {
    let mut cache = FeatureCache {
        songs: SongPredictions::default(),
        windows: Vec::with_capacity(tracks.len()),
    };
    for &track in tracks {
        let all = network.predict(&dataset.source.song_windows(track))?;
        cache.songs.add(&all, dataset.playlists, Pooling::Mean);
        let few = |rows: &[f32]| subsample_rows(rows, all.windows, tracks.len());
        let (logits, embeddings) = (few(&all.logits), few(&all.embeddings));
        cache.windows.push(Prediction {
            windows: logits.len() / dataset.playlists.max(1),
            logits,
            embeddings,
            attention: Vec::new(),
        });
    }
    Ok(cache)
}

/// A track's rows, one per window, or an evenly spaced subsample of at least one if `tracks` tracks would exceed the
/// bound.
pub fn subsample_rows(rows: &[f32], windows: usize, tracks: usize) -> Vec<f32> {
    let width = rows.len() / windows.max(1);
    let most = (MAX_CACHED_WINDOWS / tracks.max(1)).max(1);
    if windows <= most {
        return rows.to_vec();
    }
    let middles = (0..most).map(|part| (2 * part + 1) * windows / (2 * most));
    middles
        .flat_map(|window| &rows[window * width..(window + 1) * width])
        .copied()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_data_set_keeps_all_and_a_large_one_windows_from_everywhere() {
        // 40 windows of two numbers each.
        let rows: Vec<f32> = (0..80_u8).map(f32::from).collect();
        assert_eq!(subsample_rows(&rows, 40, 1_000), rows);
        assert_eq!(
            subsample_rows(&rows, 40, 14_000),
            [10., 11., 30., 31., 50., 51., 70., 71.]
        );
        assert_eq!(subsample_rows(&rows, 40, 1_000_000), [40., 41.]);
        assert!(
            subsample_rows(&[], 0, 1_000_000).is_empty() && subsample_rows(&[], 0, 0).is_empty()
        );
    }
}
