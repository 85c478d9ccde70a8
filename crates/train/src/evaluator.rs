//! Scores a finished network on held-out tracks.

use super::predict::{SongPredictions, predict_windows};
use super::{Dataset, TrainError};
use evaluation::{HeldOutScores, HeldOutTrack, Pooling, TrainingTracks};
use model::Network;
use neighbours::StoredTrack;

/// A network and the tracks to score it on.
pub struct Evaluator<'a> {
    /// The finished network.
    pub network: &'a Network,
    /// The windows and labels.
    pub dataset: &'a Dataset,
    /// One per track of the data set.
    pub tracks: &'a [StoredTrack],
    /// Group of each track: linked artists are resampled together.
    pub artists: &'a [String],
    /// The bundle's pooling.
    pub pooling: Pooling,
}

impl Evaluator<'_> {
    /// Adds the network's scores for `test_tracks` to `held_out_scores`, and those of the baselines from the training
    /// tracks. `done` is called with the number of finished tracks.
    ///
    /// # Errors
    /// Returns an error if the network cannot run.
    pub fn evaluate(
        &self,
        test_tracks: &[usize],
        training_tracks: &TrainingTracks,
        held_out_scores: &mut HeldOutScores,
        done: &dyn Fn(usize),
    ) -> Result<(), TrainError> {
        let playlists = self.dataset.playlists;
        let attends = self.network.shape().attention.is_some();
        let known = |pooling: &Pooling| attends || *pooling != Pooling::Attention;
        for (index, &track) in test_tracks.iter().enumerate() {
            let predicted = &predict_windows(self.network, self.dataset, &[track])?;
            let scores = |pooling: Pooling| {
                SongPredictions::from_predictions(predicted, playlists, pooling).logits
            };
            let song = SongPredictions::from_predictions(predicted, playlists, self.pooling);
            let held_out_track = HeldOutTrack {
                track: &self.tracks[track],
                artist: &self.artists[track],
                logits: song.logits,
                pooled: Pooling::ALL
                    .into_iter()
                    .filter(known)
                    .map(|pooling| (pooling, scores(pooling)))
                    .collect(),
                embedding: &song.embeddings,
            };
            held_out_scores.add(held_out_track, training_tracks);
            done(index + 1);
        }
        Ok(())
    }
}
