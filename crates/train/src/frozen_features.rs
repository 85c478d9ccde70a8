//! What a network says of the tracks that teach is learned from again: by the head before the network learns, by the
//! attention after it. Songs are pooled at once; of the windows only so many stay that memory does not grow with the
//! data set.

use super::predict::SongPredictions;
use super::{Dataset, TrainError};
use evaluation::Pooling;
use inference::{Prediction, Predictor};
use model::Network;

/// Windows that stay in memory, of all tracks together: 8,192 tracks keep eight each. About 200 MB where a window has
/// 800 numbers.
const MAX_CACHED_WINDOWS: usize = 1 << 16;

/// Tracks, heard once by a finished network.
pub struct FeatureCache {
    /// Of all windows.
    pub songs: SongPredictions,
    /// Of each track, as [`kept`] says, in the order of the songs.
    pub windows: Vec<Prediction>,
}

/// Listens to whole tracks, one after the other.
///
/// # Errors
/// Where the network cannot run.
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

/// Of a track's rows, one a window, those that stay where `tracks` have as many each: all of them, or some that lie
/// evenly over the track; at least one.
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
