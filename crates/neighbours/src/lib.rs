//! Exact nearest-neighbour search among stored tracks.
//!
//! Input: unit embeddings, `[tracks, width]`, and a query. Output: tracks with their cosine and their mutual proximity,
//! and the [`top_k`] of them.
//!
//! Invariants: all vectors come from one front end and one set of weights (the bundle checks their hashes).

mod from_catalogue;
#[cfg(test)]
mod hubness;
mod ood;
mod proximity;
mod quantiles;
mod similarity_stats;
mod stored;
mod top_k;
mod vectors;

pub use ood::ood_score;
pub use quantiles::Quantiles;
pub use similarity_stats::SimilarityStats;
pub use stored::StoredTrack;
pub use top_k::{argsort_descending, top_k};
pub use vectors::{dot, mean_rows, norm, song_embedding};

use std::collections::BTreeSet;

use rayon::prelude::*;

/// Tracks and their embeddings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Neighbours {
    /// What is known of each track, `[tracks]`.
    pub tracks: Vec<StoredTrack>,
    /// Width of an embedding.
    pub width: usize,
    /// `[tracks, width]`, each of unit length.
    pub embeddings: Vec<f32>,
}

/// A stored track and its similarity to a query.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbour<'a> {
    /// The track.
    pub track: &'a StoredTrack,
    /// Cosine, -1 to 1.
    pub similarity: f32,
    /// Mutual proximity as in [`SimilarityStats::proximities`], 0 to 1; neighbours are ranked by it.
    pub proximity: f64,
}

impl Neighbours {
    /// Cosine of a unit vector with every stored track, in their order.
    pub fn similarities(&self, query: &[f32]) -> Vec<f32> {
        self.rows().map(|row| dot(row, query)).collect()
    }

    /// Every stored track, in their order, with its similarity to a unit vector.
    pub fn search(&self, query: &[f32], similarity_stats: &SimilarityStats) -> Vec<Neighbour<'_>> {
        let similarities = self.similarities(query);
        let proximities = similarity_stats.proximities(query, &similarities);
        let found = self.tracks.iter().zip(similarities).zip(proximities);
        found
            .map(|((track, similarity), proximity)| Neighbour {
                track,
                similarity,
                proximity,
            })
            .collect()
    }

    /// For each playlist the similarity of its nearest track among `among` (indices of stored tracks); -1 if it has
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

    /// The highest cosine between two tracks of different groups (`group_of`, one name per track); 1 if there is only one
    /// group. Above it two tracks count as the same recording.
    pub fn max_cross_group_similarity(&self, group_of: &[String]) -> f32 {
        let rows: Vec<&[f32]> = self.rows().collect();
        let cross_group = |track: usize| {
            let others = (0..track).filter(move |&other| group_of[other] != group_of[track]);
            others
                .map(|other| dot(rows[track], rows[other]))
                .fold(-1.0, f32::max)
        };
        let highest = (0..rows.len())
            .into_par_iter()
            .map(cross_group)
            .reduce(|| -1.0, f32::max);
        if highest > -1.0 { highest } else { 1.0 }
    }

    /// The embedding of every stored track, in their order.
    pub fn rows(&self) -> impl Iterator<Item = &[f32]> {
        self.embeddings.chunks_exact(self.width.max(1))
    }
}

/// The `count` nearest tracks of a playlist, nearest first: at most one per artist (guests included) and one per
/// recording. `is_excluded` marks the tracks that are the analysed song itself.
pub fn nearest_in<'a>(
    playlist: usize,
    near: &[Neighbour<'a>],
    count: usize,
    is_excluded: impl Fn(&Neighbour) -> bool,
) -> Vec<Neighbour<'a>> {
    let proximities: Vec<f64> = near.iter().map(|near| near.proximity).collect();
    let mut taken = BTreeSet::new();
    let found = top_k(&proximities, count, |&index| {
        let neighbour = &near[index];
        if !neighbour.track.playlists.contains(&playlist) || is_excluded(neighbour) {
            return false;
        }
        let links = neighbour.track.links();
        let is_new = taken.is_disjoint(&links);
        if is_new {
            taken.extend(links);
        }
        is_new
    });
    found.into_iter().map(|index| near[index]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn track(artists: &[&str], playlists: &[usize], audio_hash: &str) -> StoredTrack {
        StoredTrack {
            title: format!("Song {audio_hash}"),
            artists: artists.iter().map(|&name| name.into()).collect(),
            artist_group: artists.first().map_or(String::new(), |&name| name.into()),
            playlists: playlists.into(),
            audio_hash: audio_hash.into(),
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
    fn neighbours_exclude_the_song_its_copies_and_a_second_track_of_any_credited_artist() {
        let tracks = [
            track(&["A"], &[0], "itself"),
            track(&["B"], &[0], "copy"),
            track(&["C", "Guest"], &[0], "near"),
            track(&["c"], &[0], "second of C"),
            track(&["D", "guest "], &[0, 1], "another with the guest"),
            track(&["E"], &[0], "far"),
            track(&["F"], &[0], "far"),
            track(&["G"], &[1], "other list"),
        ];
        let proximities = [0.4, 0.99, 0.9, 0.8, 0.7, 0.3, 0.2, 0.95];
        let near: Vec<Neighbour> = tracks
            .iter()
            .zip(proximities)
            .map(|(track, proximity)| Neighbour {
                track,
                similarity: 0.5,
                proximity,
            })
            .collect();
        let itself = |near: &Neighbour| near.track.audio_hash == "itself" || near.proximity > 0.98;
        let found = nearest_in(0, &near, 4, itself);
        let contents: Vec<&str> = found
            .iter()
            .map(|near| &near.track.audio_hash[..])
            .collect();
        assert_eq!(contents, ["near", "far"]);
    }

    #[test]
    fn tracks_without_a_known_artist_are_not_one_artist() {
        let unknown = |audio_hash: &str| StoredTrack {
            artist_group: format!("unknown artist of {audio_hash}"),
            ..track(&[catalogue::UNKNOWN_ARTIST], &[0], audio_hash)
        };
        let tracks = [unknown("one"), unknown("other")];
        let near: Vec<Neighbour> = tracks
            .iter()
            .map(|track| Neighbour {
                track,
                similarity: 0.5,
                proximity: 0.5,
            })
            .collect();
        assert_eq!(nearest_in(0, &near, 3, |_| false).len(), 2);
    }

    #[test]
    fn only_pairs_of_different_groups_count() {
        let tracks = ["1", "2", "3"].map(|audio_hash| track(&[audio_hash], &[0], audio_hash));
        let store = store(tracks.into(), &[0.0, 5.0, 65.0]);
        let group_of = ["a", "a", "b"].map(String::from);
        assert!((store.max_cross_group_similarity(&group_of) - 0.5).abs() < 1e-6);
        assert_eq!(
            store.max_cross_group_similarity(&["a", "a", "a"].map(String::from)),
            1.0
        );
    }

    #[test]
    fn each_playlist_has_its_nearest_track_or_none() {
        let store = store(
            vec![track(&["A"], &[0], "1"), track(&["B"], &[0, 1], "2")],
            &[60.0, 0.0],
        );
        let similarities = store.similarities(&[1.0, 0.0]);
        assert_eq!(
            store.nearest_by_playlist(&similarities, &[0, 1], 3),
            [1.0, 1.0, -1.0]
        );
        assert!((store.nearest_by_playlist(&similarities, &[0], 1)[0] - 0.5).abs() < 1e-6);
    }
}
