//! Ranks of the true playlists of each track.

/// The k of each top-k score.
pub const TOP: [usize; 3] = [1, 3, 5];

/// Scores and the true labels.
#[derive(Clone, Copy, Debug)]
pub struct ScoredLabels<'a> {
    /// `[tracks, playlists]`; only their order within a row or a column counts.
    pub scores: &'a [f32],
    /// The playlists of each track; at least one.
    pub truth: &'a [Vec<usize>],
    /// `[tracks]`: the artist component, the unit of resampling of the bootstrap.
    pub artists: &'a [String],
    /// The number of playlists.
    pub playlists: usize,
}

impl ScoredLabels<'_> {
    /// The scores of a track.
    pub(super) fn row(&self, track: usize) -> &[f32] {
        &self.scores[track * self.playlists..(track + 1) * self.playlists]
    }

    /// The number of playlists ranked above `playlist` for this track. The smaller index wins a tie.
    pub(super) fn above(&self, track: usize, playlist: usize) -> usize {
        let row = self.row(track);
        let own = row[playlist];
        row.iter()
            .enumerate()
            .filter(|&(other, &score)| score > own || (score == own && other < playlist))
            .count()
    }
}

/// `[tracks][3]`: 1 if a true playlist of the track is among the best 1, 3 or 5, otherwise 0.
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

/// Confusion matrix `[playlists][playlists]`: the fraction of the tracks of a playlist (row) whose best playlist is the
/// column. A track on several playlists counts in the row of each, so a cell off the diagonal may be a true playlist.
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
    fn confusion_counts_the_best_playlist_of_each_track() {
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
