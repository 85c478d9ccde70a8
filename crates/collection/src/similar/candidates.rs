//! The tracks that a list may hold.

use std::path::PathBuf;

use bundle::{Bundle, learn_similarity_stats};
use neighbours::{Neighbour, Neighbours, SimilarityStats, StoredTrack, dot};

/// A song that was heard.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EmbeddedSong {
    pub track: StoredTrack,
    /// `[width]`, of unit length.
    pub embedding: Vec<f32>,
    /// How the bundle's lists share it: `[lists]`, summing to 1; all 0 where it fits none.
    pub profile: Vec<f64>,
}

impl EmbeddedSong {
    /// A song with its calibrated fits, `[lists]`.
    pub fn new(track: StoredTrack, embedding: Vec<f32>, fits: &[f64]) -> Self {
        Self {
            track,
            embedding,
            profile: shares(fits),
        }
    }
}

/// Tracks with their embeddings, ready to be asked which are near; each is known by its place.
#[derive(Clone, Debug)]
pub struct Candidates {
    pub neighbours: Neighbours,
    pub similarity_stats: SimilarityStats,
    /// As [`EmbeddedSong::profile`], one a track.
    pub profiles: Vec<Vec<f64>>,
    /// Where each lies; none where only its name is known.
    pub audio: Vec<Option<PathBuf>>,
    /// Above this cosine two tracks count as one recording.
    same_recording_above: f32,
}

impl Candidates {
    /// What a bundle holds. Which lists share a track is known: those that it is on.
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

    /// Songs that the bundle's network heard, with their files.
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

    /// Tracks without files, out of parts.
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

    pub fn len(&self) -> usize {
        self.neighbours.tracks.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn song(&self, place: usize) -> EmbeddedSong {
        EmbeddedSong {
            track: self.neighbours.tracks[place].clone(),
            embedding: self.row(place).to_vec(),
            profile: self.profiles[place].clone(),
        }
    }

    /// The unit embedding of a track, `[width]`.
    pub fn row(&self, place: usize) -> &[f32] {
        let width = self.neighbours.width;
        &self.neighbours.embeddings[place * width..(place + 1) * width]
    }

    /// How near each track is to a unit vector, after [`SimilarityStats::proximities`], 0 to 1.
    pub fn proximities(&self, embedding: &[f32]) -> Vec<f64> {
        let near = self.neighbours.search(embedding, &self.similarity_stats);
        near.iter().map(|near: &Neighbour| near.proximity).collect()
    }

    /// The highest cosine of a track with any of these songs; -1 without songs.
    pub fn similarity(&self, place: usize, songs: &[EmbeddedSong]) -> f32 {
        let cosines = songs
            .iter()
            .map(|song| dot(self.row(place), &song.embedding));
        cosines.fold(-1.0, f32::max)
    }

    /// Whether two tracks are one recording, or versions of one song: by content, by name or by ear.
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
