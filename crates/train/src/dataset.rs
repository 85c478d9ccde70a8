//! Tracks that can be cut into windows, and what playlists they are on.

use features::mel::FrontEnd;

/// Where windows come from: clips on disk, or pictures that were made elsewhere.
pub trait WindowSource: Send + Sync {
    /// How many tracks there are.
    fn len(&self) -> usize;

    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A window of each track from a place drawn at random, augmented anew: `[tracks, n_mels, frames]`.
    fn random_windows(&self, tracks: &[usize], random: &mut fastrand::Rng) -> Vec<f32>;

    /// All windows of a track, as `fit` cuts a song: `[windows, n_mels, frames]`.
    fn song_windows(&self, track: usize) -> Vec<f32>;
}

/// Recordings and their truth.
pub struct Dataset {
    /// What made the windows, or would have.
    pub front_end: FrontEnd,
    pub source: Box<dyn WindowSource>,
    /// The playlists of each track.
    pub truth: Vec<Vec<usize>>,
    pub playlists: usize,
}

impl Dataset {
    pub fn len(&self) -> usize {
        self.source.len()
    }

    pub fn is_empty(&self) -> bool {
        self.source.is_empty()
    }

    /// Ones where a track is on a playlist: `[tracks, playlists]`.
    pub fn targets(&self, tracks: &[usize]) -> Vec<f32> {
        let mut targets = vec![0.0; tracks.len() * self.playlists];
        for (row, &track) in targets.chunks_exact_mut(self.playlists).zip(tracks) {
            self.truth[track]
                .iter()
                .for_each(|&playlist| row[playlist] = 1.0);
        }
        targets
    }

    /// How many of these tracks each playlist has.
    pub fn counts(&self, tracks: &[usize]) -> Vec<usize> {
        let mut counts = vec![0; self.playlists];
        tracks
            .iter()
            .flat_map(|&track| &self.truth[track])
            .for_each(|&playlist| counts[playlist] += 1);
        counts
    }
}
