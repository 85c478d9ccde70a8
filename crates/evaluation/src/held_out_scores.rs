//! Scores of held-out tracks, the input of evaluation, calibration and risk control.

use super::baselines::{ArtistMajority, Centroids};
use super::{Calibration, Pooling, ScoredLabels};
use neighbours::{Neighbours, StoredTrack, ood_score};

/// Held-out tracks with the scores of the network and its baselines, each `[tracks, playlists]` in the same order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeldOutScores {
    /// Names of the playlists, in the order of the scores.
    pub playlists: Vec<String>,
    /// The held-out tracks.
    pub tracks: Vec<StoredTrack>,
    /// The playlists of each track.
    pub truth: Vec<Vec<usize>>,
    /// `[tracks]`: the artist component, the unit of resampling.
    pub artists: Vec<String>,
    /// Per song, pooled as in the bundle.
    pub logits: Vec<f32>,
    /// Logits of the other poolings.
    pub pooled: Vec<(Pooling, Vec<f32>)>,
    /// How many training tracks each playlist has.
    pub popularity: Vec<f32>,
    /// The similarity of the nearest training track of each playlist.
    pub knn: Vec<f32>,
    /// The similarity of each playlist's mean training track. Empty if it was not computed, like the next two.
    pub centroid: Vec<f32>,
    /// Fraction of the training tracks by the same artist, or of the same recording, that are on each playlist. Without
    /// such tracks the order of `popularity`.
    pub artist_majority: Vec<f32>,
    /// `[tracks]`: whether there are such training tracks. Always false unless the split leaks.
    pub leaks: Vec<bool>,
    /// `[tracks]`: the [`ood_score`].
    pub ood: Vec<f32>,
}

/// The training tracks of a network, with the baselines fitted to them.
pub struct TrainingTracks<'a> {
    /// The training tracks with their embeddings.
    pub stored: &'a Neighbours,
    among: Vec<usize>,
    /// `[playlists]`
    counts: Vec<f32>,
    centroids: Centroids,
    majority: ArtistMajority,
}

impl<'a> TrainingTracks<'a> {
    /// Fits the baselines to the training tracks.
    pub fn new(stored: &'a Neighbours, playlists: usize) -> Self {
        let mut counts = vec![0.0; playlists];
        for track in &stored.tracks {
            for &playlist in &track.playlists {
                counts[playlist] += 1.0;
            }
        }
        Self {
            stored,
            among: (0..stored.tracks.len()).collect(),
            centroids: Centroids::new(stored, playlists),
            majority: ArtistMajority::new(stored, &counts),
            counts,
        }
    }
}

/// A held-out track with the output of the network.
pub struct HeldOutTrack<'a> {
    /// The track.
    pub track: &'a StoredTrack,
    /// Its artist component.
    pub artist: &'a str,
    /// `[playlists]`
    pub logits: Vec<f32>,
    /// Logits of the other poolings.
    pub pooled: Vec<(Pooling, Vec<f32>)>,
    /// Of unit length.
    pub embedding: &'a [f32],
}

impl HeldOutScores {
    /// Adds a track, and the scores of the baselines fitted to the training tracks of its network.
    pub fn add(&mut self, song: HeldOutTrack, training_tracks: &TrainingTracks) {
        let similarities = training_tracks.stored.similarities(song.embedding);
        self.knn.extend(training_tracks.stored.nearest_by_playlist(
            &similarities,
            &training_tracks.among,
            self.playlists.len(),
        ));
        self.ood.push(ood_score(&similarities));
        self.popularity.extend(&training_tracks.counts);
        self.centroid
            .extend(training_tracks.centroids.scores(song.embedding));
        let related = training_tracks.majority.related(song.track);
        self.artist_majority
            .extend(training_tracks.majority.scores(&related));
        self.leaks.push(!related.is_empty());
        self.logits.extend(song.logits);
        for (pooling, scores) in song.pooled {
            match self.pooled.iter_mut().find(|known| known.0 == pooling) {
                Some(known) => known.1.extend(scores),
                None => self.pooled.push((pooling, scores)),
            }
        }
        self.truth.push(song.track.playlists.clone());
        self.artists.push(song.artist.to_owned());
        self.tracks.push(song.track.clone());
    }

    /// The calibrated probabilities `[tracks, playlists]`.
    pub fn fits(&self, calibration: &Calibration) -> Vec<f32> {
        let playlists = self.playlists.len();
        let logits = self.logits.iter().enumerate();
        logits
            .map(|(place, &logit)| calibration.fit(place % playlists, logit) as f32)
            .collect()
    }

    /// The logits with the truth.
    pub fn scored(&self) -> ScoredLabels<'_> {
        self.scored_with(&self.logits)
    }

    /// Other scores `[tracks, playlists]` with the same truth.
    pub fn scored_with<'a>(&'a self, scores: &'a [f32]) -> ScoredLabels<'a> {
        ScoredLabels {
            scores,
            truth: &self.truth,
            artists: &self.artists,
            playlists: self.playlists.len(),
        }
    }
}
