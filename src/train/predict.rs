//! What a network says of whole tracks.

use super::{Dataset, TrainError};
use crate::model::{Listener, Network};
use crate::neighbours::{mean_rows, song_embedding};

/// Of each track the mean over its windows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SongPredictions {
    /// `[tracks, playlists]`.
    pub logits: Vec<f32>,
    /// `[tracks, width]`, of unit length.
    pub embeddings: Vec<f32>,
    pub width: usize,
}

/// Listens to whole tracks, one after the other; memory holds one at a time.
///
/// # Errors
/// Where the network cannot run.
pub fn predict(
    network: &Network,
    dataset: &Dataset,
    tracks: &[usize],
) -> Result<SongPredictions, TrainError> {
    let mut songs = SongPredictions::default();
    for &track in tracks {
        let heard = network.listen(&dataset.recordings.song_windows(track))?;
        let windows = heard.windows.max(1);
        songs.width = heard.embeddings.len() / windows;
        songs
            .logits
            .extend(mean_rows(&heard.logits, dataset.playlists));
        songs
            .embeddings
            .extend(song_embedding(&heard.embeddings, songs.width));
    }
    Ok(songs)
}
