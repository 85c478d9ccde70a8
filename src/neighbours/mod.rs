//! The nearest tracks inside each playlist. Unit vectors come in (`[tracks, width]`), tracks with their cosine go out,
//! exactly, by comparing with all of them.
//!
//! Must not: mix vectors of different front ends or weights (the bundle checks their hashes), or know a network.

use jiff::civil::Date;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::playlists::Statement;

/// What a reader is told of a stored track.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StoredTrack {
    pub title: String,
    pub artists: Vec<String>,
    pub artist_group: String,
    /// By their place in the bundle.
    pub playlists: Vec<usize>,
    /// Hash of its coded audio.
    pub content: String,
    /// How long the recording is, and the day on which it first came onto any playlist, where these are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub added: Option<Date>,
    /// The strictest that anybody states, and who states it.
    pub licence: String,
    pub source: String,
    /// What each source said of it when it was learned from. Empty in bundles made before this was kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statements: Vec<Statement>,
}

impl StoredTrack {
    /// What each source said of it, as far as the bundle keeps it.
    pub fn stated(&self) -> Vec<Statement> {
        if self.statements.is_empty() {
            return vec![Statement {
                source: self.source.clone(),
                licence: self.licence.clone(),
                ..Statement::default()
            }];
        }
        self.statements.clone()
    }
}

/// Tracks and their embeddings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Neighbours {
    pub tracks: Vec<StoredTrack>,
    /// Numbers in an embedding.
    pub width: usize,
    /// `[tracks, width]`, each of unit length.
    pub embeddings: Vec<f32>,
}

/// A stored track and how near it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Near<'a> {
    pub track: &'a StoredTrack,
    /// Cosine, -1 to 1.
    pub similarity: f32,
}

impl Neighbours {
    /// Cosine of a unit vector with every stored track, in their order.
    pub fn similarities(&self, query: &[f32]) -> Vec<f32> {
        self.embeddings
            .chunks_exact(self.width.max(1))
            .map(|row| dot(row, query))
            .collect()
    }

    /// The `count` nearest tracks of a playlist, nearest first, one an artist; `leave_out` says which are the song
    /// itself.
    pub fn nearest_in(
        &self,
        playlist: usize,
        similarities: &[f32],
        count: usize,
        leave_out: impl Fn(&Near) -> bool,
    ) -> Vec<Near<'_>> {
        let mut near: Vec<Near> = self
            .tracks
            .iter()
            .zip(similarities)
            .map(|(track, &similarity)| Near { track, similarity })
            .filter(|near| near.track.playlists.contains(&playlist) && !leave_out(near))
            .collect();
        near.sort_by(|left, right| right.similarity.total_cmp(&left.similarity));
        let mut artists = std::collections::HashSet::new();
        near.retain(|near| artists.insert(near.track.artist_group.to_lowercase()));
        near.truncate(count);
        near
    }

    /// The highest cosine between two tracks of different `owners` (one name a track); 1 where there is one owner. What
    /// is nearer than that is the same recording in another shape: in the demo bundle songs against excerpts of
    /// themselves have 0.94 to 0.99, the nearest of 37,163 pairs by different artists 0.93.
    pub fn nearest_strangers(&self, owners: &[String]) -> f32 {
        let rows: Vec<&[f32]> = self.embeddings.chunks_exact(self.width.max(1)).collect();
        let strangers = |track: usize| {
            let others = (0..track).filter(move |&other| owners[other] != owners[track]);
            others
                .map(|other| dot(rows[track], rows[other]))
                .fold(-1.0, f32::max)
        };
        let highest = (0..rows.len())
            .into_par_iter()
            .map(strangers)
            .reduce(|| -1.0, f32::max);
        if highest > -1.0 { highest } else { 1.0 }
    }

    /// For each playlist the similarity of its nearest track among `among` (places of stored tracks); -1 where it has
    /// none. The k-nearest-neighbour baseline with k = 1.
    pub fn nearest_by_playlist(
        &self,
        similarities: &[f32],
        among: &[usize],
        playlists: usize,
    ) -> Vec<f32> {
        let mut best = vec![-1.0_f32; playlists];
        for &track in among {
            for &playlist in &self.tracks[track].playlists {
                best[playlist] = best[playlist].max(similarities[track]);
            }
        }
        best
    }
}

/// The mean over windows of an embedding `[windows, width]`, each window of unit length, scaled to unit length.
pub fn song_embedding(windows: &[f32], width: usize) -> Vec<f32> {
    let mut sum = vec![0.0; width];
    for window in windows.chunks_exact(width.max(1)) {
        let length = norm(window);
        if length > 0.0 {
            sum.iter_mut()
                .zip(window)
                .for_each(|(sum, value)| *sum += value / length);
        }
    }
    let length = norm(&sum);
    if length > 0.0 {
        sum.iter_mut().for_each(|value| *value /= length);
    }
    sum
}

/// The mean of `[rows, width]` over its rows: `[width]`. A song's logits are the mean over its windows.
pub fn mean_rows(rows: &[f32], width: usize) -> Vec<f32> {
    let count = (rows.len() / width.max(1)).max(1) as f32;
    let mut mean = vec![0.0; width];
    for row in rows.chunks_exact(width.max(1)) {
        mean.iter_mut()
            .zip(row)
            .for_each(|(mean, value)| *mean += value / count);
    }
    mean
}

fn dot(left: &[f32], right: &[f32]) -> f32 {
    left.iter()
        .zip(right)
        .map(|(left, right)| left * right)
        .sum()
}

fn norm(vector: &[f32]) -> f32 {
    vector.iter().map(|value| value * value).sum::<f32>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn track(artist: &str, playlists: &[usize], content: &str) -> StoredTrack {
        StoredTrack {
            title: format!("Song {content}"),
            artists: vec![artist.into()],
            artist_group: artist.into(),
            playlists: playlists.into(),
            content: content.into(),
            licence: "CC0-1.0".into(),
            ..StoredTrack::default()
        }
    }

    /// Unit vectors of two numbers at these angles, in degrees.
    fn store(tracks: Vec<StoredTrack>, degrees: &[f32]) -> Neighbours {
        let embeddings = degrees
            .iter()
            .flat_map(|angle| [angle.to_radians().cos(), angle.to_radians().sin()])
            .collect();
        Neighbours {
            tracks,
            width: 2,
            embeddings,
        }
    }

    #[test]
    fn neighbours_leave_out_the_song_its_copies_and_a_second_track_of_an_artist() {
        let tracks = vec![
            track("A", &[0], "itself"),
            track("B", &[0], "copy"),
            track("C", &[0], "near"),
            track("c", &[0], "second of C"),
            track("D", &[0, 1], "far"),
            track("E", &[1], "other list"),
        ];
        let store = store(tracks, &[30.0, 1.0, 20.0, 25.0, 80.0, 15.0]);
        let itself = |near: &Near| near.track.content == "itself" || near.similarity > 0.99;
        let near = store.nearest_in(0, &store.similarities(&[1.0, 0.0]), 3, itself);
        let contents: Vec<&str> = near
            .iter()
            .map(|near| near.track.content.as_str())
            .collect();
        assert_eq!(contents, ["near", "far"]);
        assert!((near[0].similarity - 20.0_f32.to_radians().cos()).abs() < 1e-6);
    }

    #[test]
    fn only_pairs_of_different_owners_count_as_strangers() {
        let tracks = vec![
            track("A", &[0], "1"),
            track("A", &[0], "2"),
            track("B", &[0], "3"),
        ];
        let store = store(tracks, &[0.0, 5.0, 65.0]);
        let owners = ["a", "a", "b"].map(String::from);
        assert!((store.nearest_strangers(&owners) - 0.5).abs() < 1e-6);
        assert_eq!(
            store.nearest_strangers(&["a", "a", "a"].map(String::from)),
            1.0
        );
    }

    #[test]
    fn each_playlist_has_its_nearest_track_or_none() {
        let store = store(
            vec![track("A", &[0], "1"), track("B", &[0, 1], "2")],
            &[60.0, 0.0],
        );
        let similarities = store.similarities(&[1.0, 0.0]);
        assert_eq!(
            store.nearest_by_playlist(&similarities, &[0, 1], 3),
            [1.0, 1.0, -1.0]
        );
        assert!((store.nearest_by_playlist(&similarities, &[0], 1)[0] - 0.5).abs() < 1e-6);
    }

    #[test]
    fn a_song_is_the_direction_that_its_windows_share() {
        let song = song_embedding(&[3.0, 0.0, 0.0, 0.5], 2);
        assert!((song[0] - song[1]).abs() < 1e-6 && (norm(&song) - 1.0).abs() < 1e-6);
        assert_eq!(song_embedding(&[0.0, 0.0], 2), [0.0, 0.0]);
    }
}
