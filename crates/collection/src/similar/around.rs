//! The tracks nearest to one song or to several.

use super::{Candidates, EmbeddedSong, SimilarMode, SimilarReport, SimilarRequest};

/// Smallest complement of a proximity, so that its logarithm is finite.
const MIN_COMPLEMENT: f64 = 1e-12;

/// Proximity of each track to the songs together, `[tracks]`, 0 to 1: noisy-or (Pearl 1988) of the mutual proximities,
/// each raised to the song's fraction of the weights, so that a long history does not saturate at 1. For one song it is
/// the mutual proximity itself.
pub fn proximity_score(
    candidates: &Candidates,
    songs: &[EmbeddedSong],
    weights: &[f64],
) -> Vec<f64> {
    let all: f64 = weights.iter().sum();
    let mut logs = vec![0.0; candidates.len()];
    for (song, weight) in songs.iter().zip(weights) {
        let near = candidates.proximities(&song.embedding);
        for (log, near) in logs.iter_mut().zip(near) {
            *log += weight / all * (1.0 - near).max(MIN_COMPLEMENT).ln();
        }
    }
    logs.iter().map(|log| 1.0 - log.exp()).collect()
}

impl SimilarRequest<'_> {
    /// The playlist of the tracks nearest to the songs together, each song with the same weight.
    pub fn around(&self) -> SimilarReport {
        let mut filter = self.filter();
        let scores = proximity_score(self.candidates, self.songs, &vec![1.0; self.songs.len()]);
        filter.take_top(&scores, self.tracks);
        SimilarReport {
            tracks: self.tracks_of(&filter),
            ..self.empty_report(SimilarMode::Around)
        }
    }
}
