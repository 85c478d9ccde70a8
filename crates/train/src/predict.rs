//! What a network says of whole tracks.

use super::{Dataset, TrainError};
use evaluation::Pooling;
use inference::{Listener, Prediction};
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
    pub fn of(heard: &[Prediction], playlists: usize, pooling: Pooling) -> Self {
        let mut songs = Self::default();
        heard
            .iter()
            .for_each(|track| songs.add(track, playlists, pooling));
        songs
    }

    pub(super) fn add(&mut self, heard: &Prediction, playlists: usize, pooling: Pooling) {
        self.width = heard.embeddings.len() / heard.windows.max(1);
        self.logits
            .extend(pooling.scores(&heard.logits, &heard.attention, playlists));
        self.embeddings
            .extend(song_embedding(&heard.embeddings, self.width));
    }
}

/// Listens to whole tracks, one after the other; memory holds one at a time.
///
/// # Errors
/// Where the network cannot run.
pub fn predict(
    network: &Network,
    dataset: &Dataset,
    tracks: &[usize],
    pooling: Pooling,
) -> Result<SongPredictions, TrainError> {
    let mut songs = SongPredictions::default();
    for &track in tracks {
        let heard = network.listen(&dataset.recordings.song_windows(track))?;
        songs.add(&heard, dataset.playlists, pooling);
    }
    Ok(songs)
}

/// What the network says of every window of each track: `playlists + width` numbers a window stay in memory.
///
/// # Errors
/// Where the network cannot run.
pub fn hear(
    network: &Network,
    dataset: &Dataset,
    tracks: &[usize],
) -> Result<Vec<Prediction>, TrainError> {
    let listen = |&track| Ok(network.listen(&dataset.recordings.song_windows(track))?);
    tracks.iter().map(listen).collect()
}
