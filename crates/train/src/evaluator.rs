//! A finished network is asked about tracks by artists that it never heard.

use super::predict::{SongPredictions, predict_windows};
use super::{Dataset, TrainError};
use evaluation::{HeldOutScores, HeldOutTrack, Pooling, TrainingTracks};
use model::Network;
use neighbours::StoredTrack;

/// Tracks of a data set that the network did not learn from.
pub struct Evaluator<'a> {
    pub network: &'a Network,
    pub dataset: &'a Dataset,
    /// One a track of the data set: what is known of it, and who must stay together.
    pub tracks: &'a [StoredTrack],
    pub artists: &'a [String],
    /// As the bundle pools.
    pub pooling: Pooling,
}

impl Evaluator<'_> {
    /// Adds to `held_out_scores` what the network says of each of the `test_tracks` tracks, beside what the baselines make of its
    /// teachers; `done` is told after each.
    ///
    /// # Errors
    /// Where the network cannot run.
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
