//! What a network says of whole tracks.

use super::{Dataset, TrainError};
use evaluation::Pooling;
use inference::{Prediction, Predictor};
use model::Network;
use neighbours::song_embedding;

/// Of each track one answer over its windows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SongPredictions {
    /// `[tracks, playlists]`, as the pooling makes them of the windows' logits.
    pub logits: Vec<f32>,
    /// `[tracks, width]`, the mean over windows, of unit length.
    pub embeddings: Vec<f32>,
    pub width: usize,
}

impl SongPredictions {
    /// Of what was heard, track by track.
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

/// Listens to whole tracks, one after the other; memory holds one at a time.
///
/// # Errors
/// Where the network cannot run.
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

/// What the network says of every window of each track: `playlists + width` numbers a window stay in memory.
///
/// # Errors
/// Where the network cannot run.
pub fn predict_windows(
    network: &Network,
    dataset: &Dataset,
    tracks: &[usize],
) -> Result<Vec<Prediction>, TrainError> {
    let predict_track = |&track| Ok(network.predict(&dataset.source.song_windows(track))?);
    tracks.iter().map(predict_track).collect()
}
