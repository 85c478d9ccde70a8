//! The tracks to choose from.

use std::path::PathBuf;

use bundle::{Bundle, learn_similarity_stats};
use neighbours::{Neighbour, Neighbours, SimilarityStats, StoredTrack, dot};

/// A song with the outputs of a bundle's network.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EmbeddedSong {
    /// Title, artists, audio hash and licence.
    pub track: StoredTrack,
    /// `[width]`, of unit length.
    pub embedding: Vec<f32>,
    /// Its fits to the bundle's playlists, `[playlists]`, scaled to a sum of 1; all 0 if it fits none.
    pub profile: Vec<f64>,
}

impl EmbeddedSong {
    /// A song with its calibrated fits, `[playlists]`.
    pub fn new(track: StoredTrack, embedding: Vec<f32>, fits: &[f64]) -> Self {
        Self {
            track,
            embedding,
            profile: shares(fits),
        }
    }
}

/// Tracks with their embeddings, addressed by index.
#[derive(Clone, Debug)]
pub struct Candidates {
    /// The tracks and their unit embeddings.
    pub neighbours: Neighbours,
    /// Distribution of their similarities.
    pub similarity_stats: SimilarityStats,
    /// As [`EmbeddedSong::profile`], `[tracks][playlists]`.
    pub profiles: Vec<Vec<f64>>,
    /// Audio file of each track, `[tracks]`; `None` if only its name is known.
    pub audio: Vec<Option<PathBuf>>,
    /// Above this cosine two tracks count as one recording.
    same_recording_above: f32,
}

impl Candidates {
    /// The tracks of a bundle; the profile of a track is uniform over the playlists that it is on.
    pub fn from_bundle(bundle: &Bundle) -> Self {
        let lists = bundle.manifest.cards().len();
        let profile = |track: &StoredTrack| {
            let on = |list| f64::from(u8::from(track.playlists.contains(&list)));
            shares(&(0..lists).map(on).collect::<Vec<_>>())
        };
        let tracks = &bundle.neighbours.tracks;
        Self {
            profiles: tracks.iter().map(profile).collect(),
            audio: vec![None; tracks.len()],
            neighbours: bundle.neighbours.clone(),
            similarity_stats: bundle.similarity_stats.clone(),
            same_recording_above: bundle.manifest.same_recording_above,
        }
    }

    /// Songs that the bundle's network embedded, with their files.
    pub fn from_songs(songs: Vec<(EmbeddedSong, PathBuf)>, bundle: &Bundle) -> Self {
        let mut neighbours = Neighbours {
            width: bundle.neighbours.width,
            ..Neighbours::default()
        };
        let (mut profiles, mut audio) = (Vec::new(), Vec::new());
        for (song, path) in songs {
            neighbours.tracks.push(song.track);
            neighbours.embeddings.extend(song.embedding);
            profiles.push(song.profile);
            audio.push(Some(path));
        }
        Self {
            similarity_stats: learn_similarity_stats(&neighbours),
            neighbours,
            profiles,
            audio,
            same_recording_above: bundle.manifest.same_recording_above,
        }
    }

    /// Tracks without files.
    #[cfg(test)]
    pub(super) fn new(
        similarity_stats: SimilarityStats,
        neighbours: Neighbours,
        profiles: Vec<Vec<f64>>,
        same_recording_above: f32,
    ) -> Self {
        Self {
            audio: vec![None; neighbours.tracks.len()],
            neighbours,
            similarity_stats,
            profiles,
            same_recording_above,
        }
    }

    /// Number of tracks.
    pub fn len(&self) -> usize {
        self.neighbours.tracks.len()
    }

    /// Whether there are no tracks.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The track at an index as a song.
    pub fn song(&self, index: usize) -> EmbeddedSong {
        EmbeddedSong {
            track: self.neighbours.tracks[index].clone(),
            embedding: self.row(index).to_vec(),
            profile: self.profiles[index].clone(),
        }
    }

    /// The unit embedding of a track, `[width]`.
    pub fn row(&self, index: usize) -> &[f32] {
        let width = self.neighbours.width;
        &self.neighbours.embeddings[index * width..(index + 1) * width]
    }

    /// Mutual proximity of each track to a unit vector, `[tracks]`, 0 to 1; see [`SimilarityStats::proximities`].
    pub fn proximities(&self, embedding: &[f32]) -> Vec<f64> {
        let near = self.neighbours.search(embedding, &self.similarity_stats);
        near.iter().map(|near: &Neighbour| near.proximity).collect()
    }

    /// The highest cosine of a track with any of these songs; -1 without songs.
    pub fn similarity(&self, index: usize, songs: &[EmbeddedSong]) -> f32 {
        let cosines = songs
            .iter()
            .map(|song| dot(self.row(index), &song.embedding));
        cosines.fold(-1.0, f32::max)
    }

    /// Whether two tracks are one recording or versions of one song: by audio hash, by name or by their embeddings.
    pub fn is_one_song(
        &self,
        track: (&StoredTrack, &[f32]),
        other: (&StoredTrack, &[f32]),
    ) -> bool {
        track.0.audio_hash == other.0.audio_hash
            || dot(track.1, other.1) > self.same_recording_above
            || track
                .0
                .is_version_of(&other.0.title, &other.0.artists.join(", "))
    }
}

/// Scaled to a sum of 1.
pub(super) fn shares(weights: &[f64]) -> Vec<f64> {
    let sum: f64 = weights.iter().sum();
    let scale = if sum > 0.0 { 1.0 / sum } else { 0.0 };
    weights.iter().map(|weight| weight * scale).collect()
}
