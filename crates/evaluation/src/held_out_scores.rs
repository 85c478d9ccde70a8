//! What networks said of tracks by artists that they never heard: what evaluation, calibration and promises stand on.

use super::baselines::{ArtistMajority, Centroids};
use super::{Calibration, Pooling, ScoredLabels};
use neighbours::{Neighbours, StoredTrack, ood_score};

/// Tested tracks with the scores of the network and of its baselines, all `[tracks, playlists]` and in the same order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeldOutScores {
    /// Names of the playlists, in the order of the scores.
    pub playlists: Vec<String>,
    pub tracks: Vec<StoredTrack>,
    /// The playlists of each track.
    pub truth: Vec<Vec<usize>>,
    /// Who must stay together (an artist component), one a track.
    pub artists: Vec<String>,
    /// Of whole songs, pooled as the bundle pools.
    pub logits: Vec<f32>,
    /// The same by other ways from windows to song.
    pub pooled: Vec<(Pooling, Vec<f32>)>,
    /// How many training tracks each playlist has.
    pub popularity: Vec<f32>,
    /// The similarity of the nearest training track of each playlist.
    pub knn: Vec<f32>,
    /// The similarity of each playlist's mean training track. Empty where this was not compared, as are the next two.
    pub centroid: Vec<f32>,
    /// Share of the training tracks by the same artist, or of the same recording, that are on each playlist; where there
    /// are none, the order of `popularity`.
    pub artist_majority: Vec<f32>,
    /// Whether there are such training tracks, one a track. True nowhere, unless the split leaks.
    pub leaks: Vec<bool>,
    /// How unlike the training tracks each track is, as [`ood_score`]: `[tracks]`.
    pub ood: Vec<f32>,
}

/// The tracks that taught a network, as its baselines know them.
pub struct TrainingTracks<'a> {
    pub stored: &'a Neighbours,
    among: Vec<usize>,
    /// `[playlists]`
    counts: Vec<f32>,
    centroids: Centroids,
    majority: ArtistMajority,
}

impl<'a> TrainingTracks<'a> {
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

/// A tested track, heard.
pub struct HeldOutTrack<'a> {
    pub track: &'a StoredTrack,
    pub artist: &'a str,
    /// `[playlists]`
    pub logits: Vec<f32>,
    pub pooled: Vec<(Pooling, Vec<f32>)>,
    /// Of unit length.
    pub embedding: &'a [f32],
}

impl HeldOutScores {
    /// Adds what `song` came to, beside what the baselines make of the tracks that taught its network.
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

    /// What a calibration makes of the logits: `[tracks, playlists]`.
    pub fn fits(&self, calibration: &Calibration) -> Vec<f32> {
        let playlists = self.playlists.len();
        let logits = self.logits.iter().enumerate();
        logits
            .map(|(place, &logit)| calibration.fit(place % playlists, logit) as f32)
            .collect()
    }

    pub fn scored(&self) -> ScoredLabels<'_> {
        self.scored_with(&self.logits)
    }

    /// Other scores of the same tracks beside the same truth.
    pub fn scored_with<'a>(&'a self, scores: &'a [f32]) -> ScoredLabels<'a> {
        ScoredLabels {
            scores,
            truth: &self.truth,
            artists: &self.artists,
            playlists: self.playlists.len(),
        }
    }
}
