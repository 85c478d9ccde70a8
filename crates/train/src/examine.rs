//! A finished network is asked about tracks by artists that it never heard.

use super::predict::{SongPredictions, hear};
use super::{Dataset, TrainError};
use evaluation::{Evidence, Pooling, Teachers, Unheard};
use model::Network;
use neighbours::StoredTrack;

/// Tracks of a data set that the network did not learn from.
pub struct Examination<'a> {
    pub network: &'a Network,
    pub dataset: &'a Dataset,
    /// One a track of the data set: what is known of it, and who must stay together.
    pub tracks: &'a [StoredTrack],
    pub artists: &'a [String],
    /// As the bundle pools.
    pub pooling: Pooling,
}

impl Examination<'_> {
    /// Adds to `evidence` what the network says of each of the `asked` tracks, beside what the baselines make of its
    /// teachers; `done` is told after each.
    ///
    /// # Errors
    /// Where the network cannot run.
    pub fn ask(
        &self,
        asked: &[usize],
        teachers: &Teachers,
        evidence: &mut Evidence,
        done: &dyn Fn(),
    ) -> Result<(), TrainError> {
        let playlists = self.dataset.playlists;
        let attends = self.network.shape().attention.is_some();
        let known = |pooling: &Pooling| attends || *pooling != Pooling::Attention;
        for &track in asked {
            let heard = &hear(self.network, self.dataset, &[track])?;
            let scores = |pooling: Pooling| SongPredictions::of(heard, playlists, pooling).logits;
            let song = SongPredictions::of(heard, playlists, self.pooling);
            let unheard = Unheard {
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
            evidence.add(unheard, teachers);
            done();
        }
        Ok(())
    }
}
