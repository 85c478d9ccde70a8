//! Predictions of a network for whole tracks.

use super::{Dataset, TrainError};
use evaluation::Pooling;
use inference::{Prediction, Predictor};
use model::Network;
use neighbours::song_embedding;

/// One pooled prediction per track.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SongPredictions {
    /// `[tracks, playlists]`, pooled over the windows.
    pub logits: Vec<f32>,
    /// `[tracks, width]`, the mean over windows, scaled to unit length.
    pub embeddings: Vec<f32>,
    /// Numbers in an embedding.
    pub width: usize,
}

impl SongPredictions {
    /// Pools the windows of each track.
    pub fn from_predictions(predicted: &[Prediction], playlists: usize, pooling: Pooling) -> Self {
        let mut songs = Self::default();
        predicted
            .iter()
            .for_each(|track| songs.add(track, playlists, pooling));
        songs
    }

    pub(super) fn add(&mut self, predicted: &Prediction, playlists: usize, pooling: Pooling) {
        self.width = predicted.embeddings.len() / predicted.windows.max(1);
        self.logits
            .extend(pooling.scores(&predicted.logits, &predicted.attention, playlists));
        self.embeddings
            .extend(song_embedding(&predicted.embeddings, self.width));
    }
}

/// Predicts whole tracks, one at a time in memory.
///
/// # Errors
/// Returns an error if the network cannot run.
pub fn predict_songs(
    network: &Network,
    dataset: &Dataset,
    tracks: &[usize],
    pooling: Pooling,
) -> Result<SongPredictions, TrainError> {
    let mut songs = SongPredictions::default();
    for &track in tracks {
        let predicted = network.predict(&dataset.source.song_windows(track))?;
        songs.add(&predicted, dataset.playlists, pooling);
    }
    Ok(songs)
}

/// Predicts every window of each track: `playlists + width` numbers per window stay in memory.
///
/// # Errors
/// Returns an error if the network cannot run.
pub fn predict_windows(
    network: &Network,
    dataset: &Dataset,
    tracks: &[usize],
) -> Result<Vec<Prediction>, TrainError> {
    let predict_track = |&track| Ok(network.predict(&dataset.source.song_windows(track))?);
    tracks.iter().map(predict_track).collect()
}
