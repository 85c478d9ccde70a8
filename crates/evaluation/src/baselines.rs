//! Baselines: chance, popularity, nearest centroid, and artist majority.

use std::collections::{BTreeSet, HashMap};

use super::bootstrap::{Bootstrap, LANES, added, share, total};
use super::ranking::TOP;
use super::{ArtistLinks, Link, RankingScores, ScoredLabels};
use neighbours::{Neighbours, StoredTrack, dot, norm};

/// What a random order of the playlists would score, exactly: a track on m of n lists is missed by k random ones with
/// C(n - m, k) / C(n, k). Mean average precision is the fraction of tracks on each playlist, its limit for a random order.
pub fn chance(scored: &ScoredLabels) -> RankingScores {
    let bootstrap = Bootstrap::new(scored.artists);
    let hits: Vec<[f64; TOP.len()]> = scored
        .truth
        .iter()
        .map(|own| TOP.map(|k| 1.0 - missed(scored.playlists, own.len(), k)))
        .collect();
    let [top_1, top_3, top_5] = bootstrap.mean(&hits);
    let mut on = vec![Vec::new(); scored.playlists];
    for (track, own) in scored.truth.iter().enumerate() {
        own.iter().for_each(|&playlist| on[playlist].push(track));
    }
    let [mean_average_precision] = bootstrap.estimate(|counts| {
        let tracks = total(counts);
        let (mut sum, mut lists) = ([0.0; LANES], [0.0; LANES]);
        for own in &on {
            let own = own.iter().map(|&track| &counts[track]);
            let own = own.fold([0; LANES], added);
            for lane in (0..LANES).filter(|&lane| own[lane] > 0 && own[lane] < tracks[lane]) {
                sum[lane] += f64::from(own[lane]) / f64::from(tracks[lane]);
                lists[lane] += 1.0;
            }
        }
        [share(sum, lists)]
    });
    RankingScores {
        top_1,
        top_3,
        top_5,
        mean_average_precision,
    }
}

/// Chance that k of n lists, drawn at random, hold none of the m true ones.
fn missed(n: usize, m: usize, k: usize) -> f64 {
    (0..k.min(n))
        .map(|drawn| n.saturating_sub(m + drawn) as f64 / (n - drawn) as f64)
        .product()
}

/// The mean direction of each playlist's training tracks.
pub struct Centroids {
    width: usize,
    /// `[playlists, width]`, each of unit length; zeros where a playlist has no track.
    rows: Vec<f32>,
}

impl Centroids {
    pub fn new(stored: &Neighbours, playlists: usize) -> Self {
        let width = stored.width;
        let mut rows = vec![0.0; playlists * width];
        let embeddings = stored.embeddings.chunks_exact(width.max(1));
        for (track, embedding) in stored.tracks.iter().zip(embeddings) {
            for &playlist in &track.playlists {
                let row = &mut rows[playlist * width..(playlist + 1) * width];
                row.iter_mut()
                    .zip(embedding)
                    .for_each(|(sum, value)| *sum += value);
            }
        }
        for row in rows.chunks_exact_mut(width.max(1)) {
            let length = norm(row);
            if length > 0.0 {
                row.iter_mut().for_each(|value| *value /= length);
            }
        }
        Self { width, rows }
    }

    /// Cosine of a unit vector with each playlist's centroid, `[playlists]`; -1 where it has none.
    pub fn scores(&self, embedding: &[f32]) -> Vec<f32> {
        let cosine = |row: &[f32]| {
            if row.iter().all(|&value| value == 0.0) {
                -1.0
            } else {
                dot(row, embedding)
            }
        };
        self.rows
            .chunks_exact(self.width.max(1))
            .map(cosine)
            .collect()
    }
}

/// Ranks by the artist alone. An oracle if the split leaks, otherwise the popularity prior.
pub struct ArtistMajority {
    /// The training tracks of each artist and recording.
    by_link: HashMap<Link, Vec<usize>>,
    /// The playlists of each.
    on: Vec<Vec<usize>>,
    /// Number of tracks of each playlist, relative to the largest.
    prior: Vec<f32>,
}

/// Weight of the prior. It only breaks ties for artists with fewer than a thousand tracks.
const TIE_BREAKER: f32 = 1e-3;

impl ArtistMajority {
    /// `counts` `[playlists]`: the number of stored tracks on each playlist.
    pub fn new(stored: &Neighbours, counts: &[f32]) -> Self {
        let mut by_link: HashMap<Link, Vec<usize>> = HashMap::new();
        for (trained, track) in stored.tracks.iter().enumerate() {
            for link in ArtistLinks::from(track).links() {
                by_link.entry(link).or_default().push(trained);
            }
        }
        let most = counts.iter().fold(1.0_f32, |most, &count| most.max(count));
        Self {
            by_link,
            on: stored
                .tracks
                .iter()
                .map(|track| track.playlists.clone())
                .collect(),
            prior: counts.iter().map(|count| count / most).collect(),
        }
    }

    /// The training tracks that share a credited artist or the recording with this one.
    pub fn related(&self, track: &StoredTrack) -> BTreeSet<usize> {
        let artist_links = ArtistLinks::from(track);
        let links = artist_links
            .links()
            .into_iter()
            .filter_map(|link| self.by_link.get(&link));
        links.flatten().copied().collect()
    }

    /// `[playlists]`: the fraction of the related tracks on each playlist. The prior breaks ties.
    pub fn scores(&self, related: &BTreeSet<usize>) -> Vec<f32> {
        let mut scores: Vec<f32> = self.prior.iter().map(|prior| prior * TIE_BREAKER).collect();
        for playlist in related.iter().flat_map(|&trained| &self.on[trained]) {
            scores[*playlist] += 1.0 / related.len() as f32;
        }
        scores
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chance_counts_the_draws_that_miss() {
        assert!((1.0 - missed(82, 1, 1) - 1.0 / 82.0).abs() < 1e-12);
        assert!(
            (1.0 - missed(10, 2, 3) - (1.0 - (8.0 * 7.0 * 6.0) / (10.0 * 9.0 * 8.0))).abs() < 1e-12
        );
        assert_eq!(missed(3, 1, 5), 0.0);
    }

    fn track(artists: &[&str], playlists: &[usize], audio_hash: &str) -> StoredTrack {
        StoredTrack {
            artists: artists.iter().map(|&name| name.into()).collect(),
            artist_group: artists[0].into(),
            playlists: playlists.into(),
            audio_hash: audio_hash.into(),
            ..StoredTrack::default()
        }
    }

    #[test]
    fn a_centroid_is_the_direction_of_a_lists_tracks() {
        let tracks = vec![track(&["A"], &[0], "1"), track(&["B"], &[0, 1], "2")];
        let stored = Neighbours {
            tracks,
            width: 2,
            embeddings: vec![1.0, 0.0, 0.0, 1.0],
        };
        let scores = Centroids::new(&stored, 3).scores(&[1.0, 0.0]);
        assert!((scores[0] - 0.5_f32.sqrt()).abs() < 1e-6, "{scores:?}");
        assert_eq!(scores[1..], [0.0, -1.0]);
    }

    #[test]
    fn known_artists_are_ranked_by_any_credit_and_new_ones_by_popularity() {
        let tracks = vec![
            track(&["A"], &[2], "1"),
            track(&["b", "a "], &[0, 2], "2"),
            track(&["C"], &[0], "3"),
            track(&["D"], &[0, 1], "4"),
        ];
        let stored = Neighbours {
            tracks,
            ..Neighbours::default()
        };
        let oracle = ArtistMajority::new(&stored, &[3.0, 1.0, 2.0]);
        let scores = |track: &StoredTrack| oracle.scores(&oracle.related(track));
        let known = scores(&track(&["X", "A"], &[], "5"));
        assert!(known[2] > known[0] && known[0] > known[1], "{known:?}");
        assert!((known[2] - 1.0).abs() < 2e-3 && (known[0] - 0.5).abs() < 2e-3);
        let again = scores(&track(&["Y"], &[], "4"));
        assert!(again[0] > again[1] && again[1] > again[2], "{again:?}");
        let unrelated = scores(&track(&["Z"], &[], "6"));
        assert!(unrelated[0] > unrelated[2] && unrelated[2] > unrelated[1] && unrelated[0] < 0.01);
    }
}
