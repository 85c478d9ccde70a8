//! How well scores rank each track's own playlists first, and each playlist's own tracks.

use super::RankingScores;
use super::bootstrap::Bootstrap;
use super::metrics::ranked_scores;

/// The ks of top-k, everywhere in the product.
pub const TOP: [usize; 3] = [1, 3, 5];

/// Scores beside the truth.
#[derive(Clone, Copy, Debug)]
pub struct ScoredLabels<'a> {
    /// `[tracks, playlists]`; only their order within a row or a column counts.
    pub scores: &'a [f32],
    /// The playlists of each track; at least one.
    pub truth: &'a [Vec<usize>],
    /// Who must be drawn together when an interval is bootstrapped, one name a track.
    pub artists: &'a [String],
    pub playlists: usize,
}

impl ScoredLabels<'_> {
    /// The scores of a track.
    pub(super) fn row(&self, track: usize) -> &[f32] {
        &self.scores[track * self.playlists..(track + 1) * self.playlists]
    }

    /// How many playlists score above `playlist` for this track; of equals, the earlier counts as above.
    pub(super) fn above(&self, track: usize, playlist: usize) -> usize {
        let row = self.row(track);
        let own = row[playlist];
        row.iter()
            .enumerate()
            .filter(|&(other, &score)| score > own || (score == own && other < playlist))
            .count()
    }
}

/// For each track whether any of its playlists is among the 1, 3 and 5 best: `[tracks][3]` of 0 or 1.
pub fn top_hits(scored: &ScoredLabels) -> Vec<[f64; 3]> {
    let best = |track: usize| {
        scored.truth[track]
            .iter()
            .map(|&own| scored.above(track, own))
            .min()
    };
    let hits = |track| TOP.map(|k| f64::from(u8::from(best(track).is_some_and(|above| above < k))));
    (0..scored.truth.len()).map(hits).collect()
}

/// The ranking's quality, with intervals; `bootstrap` are of its artists.
pub(super) fn ranking_scores(scored: &ScoredLabels, bootstrap: &Bootstrap) -> RankingScores {
    let [top_1, top_3, top_5] = bootstrap.mean(&top_hits(scored));
    let [mean_average_precision, _, _] = ranked_scores(scored, bootstrap);
    RankingScores {
        top_1,
        top_3,
        top_5,
        mean_average_precision,
    }
}

/// `[playlists][playlists]`: of the tracks on a list (row), the share whose best playlist is this one (column). A track
/// on several lists stands in the row of each, so what is beside the diagonal may be another of its own.
pub(super) fn confusion(scored: &ScoredLabels) -> Vec<Vec<f64>> {
    let mut counts = vec![vec![0.0; scored.playlists]; scored.playlists];
    for (track, own) in scored.truth.iter().enumerate() {
        let best = (0..scored.playlists).find(|&playlist| scored.above(track, playlist) == 0);
        if let Some(best) = best {
            own.iter()
                .for_each(|&playlist| counts[playlist][best] += 1.0);
        }
    }
    for row in &mut counts {
        let tracks = row.iter().sum::<f64>().max(1.0);
        row.iter_mut().for_each(|count| *count /= tracks);
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn artists(count: usize) -> Vec<String> {
        (0..count).map(|n| n.to_string()).collect()
    }

    #[test]
    fn a_hit_is_any_true_playlist_among_the_best() {
        let scores = [0.9, 0.1, 0.5, 0.4, 0.3, 0.2, 0.1, 0.9, 0.8, 0.7, 0.6, 0.5];
        let truth = [vec![5, 2], vec![0]];
        let scored = ScoredLabels {
            scores: &scores,
            truth: &truth,
            artists: &artists(2),
            playlists: 6,
        };
        assert_eq!(top_hits(&scored), [[0.0, 1.0, 1.0], [0.0, 0.0, 0.0]]);
    }

    #[test]
    fn equal_scores_hit_no_more_often_than_their_order_allows() {
        let truth: Vec<Vec<usize>> = (0..4).map(|n| vec![n]).collect();
        let scored = ScoredLabels {
            scores: &[0.5; 16],
            truth: &truth,
            artists: &artists(4),
            playlists: 4,
        };
        let hits: f64 = top_hits(&scored).iter().map(|hit| hit[0]).sum();
        assert_eq!(hits, 1.0);
    }

    #[test]
    fn confusion_says_where_a_lists_tracks_would_go() {
        // Two tracks of list 0, one of which looks like list 1; one track on both 1 and 2 that looks like 2.
        let scores = [0.9, 0.1, 0.0, 0.2, 0.7, 0.1, 0.0, 0.3, 0.8];
        let truth = [vec![0], vec![0], vec![1, 2]];
        let scored = ScoredLabels {
            scores: &scores,
            truth: &truth,
            artists: &artists(3),
            playlists: 3,
        };
        let expected = [[0.5, 0.5, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 1.0]];
        assert_eq!(confusion(&scored), expected);
    }
}
