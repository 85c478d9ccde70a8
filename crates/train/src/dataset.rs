//! Tracks as windows, with the playlists that they are on.

use features::mel::FrontEnd;

/// A source of windows: clips on disk, or log-mels computed elsewhere.
pub trait WindowSource: Send + Sync {
    /// Number of tracks.
    fn len(&self) -> usize;

    /// Whether there are no tracks.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One window of each track at a random position, augmented: `[tracks, n_mels, frames]`.
    fn random_windows(&self, tracks: &[usize], random: &mut fastrand::Rng) -> Vec<f32>;

    /// All windows of a track, as in `fit`: `[windows, n_mels, frames]`.
    fn song_windows(&self, track: usize) -> Vec<f32>;
}

/// Tracks with their labels.
pub struct Dataset {
    /// The front end of the windows.
    pub front_end: FrontEnd,
    /// The windows.
    pub source: Box<dyn WindowSource>,
    /// Playlist indices of each track.
    pub truth: Vec<Vec<usize>>,
    /// Number of playlists.
    pub playlists: usize,
}

impl Dataset {
    /// Number of tracks.
    #[must_use]
    pub fn len(&self) -> usize {
        self.source.len()
    }

    /// Whether there are no tracks.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.source.is_empty()
    }

    /// `[tracks, playlists]`: 1 if a track is on a playlist, else 0.
    pub fn targets(&self, tracks: &[usize]) -> Vec<f32> {
        let mut targets = vec![0.0; tracks.len() * self.playlists];
        for (row, &track) in targets.chunks_exact_mut(self.playlists).zip(tracks) {
            self.truth[track]
                .iter()
                .for_each(|&playlist| row[playlist] = 1.0);
        }
        targets
    }

    /// Number of these tracks on each playlist.
    pub fn counts(&self, tracks: &[usize]) -> Vec<usize> {
        let mut counts = vec![0; self.playlists];
        tracks
            .iter()
            .flat_map(|&track| &self.truth[track])
            .for_each(|&playlist| counts[playlist] += 1);
        counts
    }
}
