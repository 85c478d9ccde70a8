//! How well scores rank each track's own playlists first, and each playlist's own tracks.

use super::PlaylistScores;

/// The ks of top-k, everywhere in the product.
pub const TOP: [usize; 3] = [1, 3, 5];

/// Scores beside the truth.
#[derive(Clone, Copy, Debug)]
pub struct Judged<'a> {
    /// `[tracks, playlists]`; only their order within a row or a column counts.
    pub scores: &'a [f32],
    /// The playlists of each track; at least one.
    pub truth: &'a [Vec<usize>],
    /// Who must be drawn together when an interval is bootstrapped, one name a track.
    pub artists: &'a [String],
    pub playlists: usize,
}

impl Judged<'_> {
    pub(super) fn row(&self, track: usize) -> &[f32] {
        &self.scores[track * self.playlists..(track + 1) * self.playlists]
    }

    /// How many playlists score above `playlist` for this track; of equals, the earlier counts as above.
    fn above(&self, track: usize, playlist: usize) -> usize {
        let row = self.row(track);
        let own = row[playlist];
        row.iter()
            .enumerate()
            .filter(|&(other, &score)| score > own || (score == own && other < playlist))
            .count()
    }

    pub(super) fn playlist_scores(&self, playlist: usize, name: &str) -> PlaylistScores {
        let own: Vec<usize> = (0..self.truth.len())
            .filter(|&track| self.truth[track].contains(&playlist))
            .collect();
        let above: Vec<usize> = own
            .iter()
            .map(|&track| self.above(track, playlist))
            .collect();
        let share = |k: usize| {
            above.iter().filter(|&&above| above < k).count() as f64 / own.len().max(1) as f64
        };
        let all: Vec<usize> = (0..self.truth.len()).collect();
        PlaylistScores {
            name: name.to_owned(),
            n: own.len(),
            top_1: share(TOP[0]),
            top_3: share(TOP[1]),
            top_5: share(TOP[2]),
            average_precision: average_precision(self, playlist, &all),
            roc_auc: None,
            r_precision: None,
            brier: None,
            ece: None,
        }
    }
}

/// For each track whether any of its playlists is among the 1, 3 and 5 best: `[tracks][3]` of 0 or 1.
pub fn top_hits(judged: &Judged) -> Vec<[f64; 3]> {
    let best = |track: usize| {
        judged.truth[track]
            .iter()
            .map(|&own| judged.above(track, own))
            .min()
    };
    let hits = |track| TOP.map(|k| f64::from(u8::from(best(track).is_some_and(|above| above < k))));
    (0..judged.truth.len()).map(hits).collect()
}

/// Mean over the playlists that have a track among `tracks` (repeats count) of their average precision.
pub fn mean_average_precision(judged: &Judged, tracks: &[usize]) -> f64 {
    super::mean(
        (0..judged.playlists).filter_map(|playlist| average_precision(judged, playlist, tracks)),
    )
}

/// Area under precision and recall as scikit-learn's `average_precision_score` sums it: equal scores form one step.
/// None where none of the tracks is on the playlist, or all are.
fn average_precision(judged: &Judged, playlist: usize, tracks: &[usize]) -> Option<f64> {
    let mut ranked: Vec<(f32, bool)> = tracks
        .iter()
        .map(|&track| {
            (
                judged.row(track)[playlist],
                judged.truth[track].contains(&playlist),
            )
        })
        .collect();
    let positives = ranked.iter().filter(|track| track.1).count();
    if positives == 0 || positives == ranked.len() {
        return None;
    }
    ranked.sort_unstable_by(|left, right| right.0.total_cmp(&left.0));
    let (mut seen, mut found, mut area) = (0, 0, 0.0);
    for step in ranked.chunk_by(|left, right| left.0 == right.0) {
        let new = step.iter().filter(|track| track.1).count();
        seen += step.len();
        found += new;
        area += new as f64 / positives as f64 * found as f64 / seen as f64;
    }
    Some(area)
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
        let judged = Judged {
            scores: &scores,
            truth: &truth,
            artists: &artists(2),
            playlists: 6,
        };
        assert_eq!(top_hits(&judged), [[0.0, 1.0, 1.0], [0.0, 0.0, 0.0]]);
    }

    #[test]
    fn equal_scores_hit_no_more_often_than_their_order_allows() {
        let truth: Vec<Vec<usize>> = (0..4).map(|n| vec![n]).collect();
        let judged = Judged {
            scores: &[0.5; 16],
            truth: &truth,
            artists: &artists(4),
            playlists: 4,
        };
        let hits: f64 = top_hits(&judged).iter().map(|hit| hit[0]).sum();
        assert_eq!(hits, 1.0);
    }

    /// Values of scikit-learn 1.5's `average_precision_score([0,0,1,1,0,1], [.1,.4,.35,.8,.35,.2])`.
    #[test]
    fn average_precision_equals_scikit_learn() {
        let scores = [0.1, 0.4, 0.35, 0.8, 0.35, 0.2];
        let truth: Vec<Vec<usize>> = [0, 0, 1, 1, 0, 1]
            .iter()
            .map(|&on| if on == 1 { vec![0] } else { vec![] })
            .collect();
        let judged = Judged {
            scores: &scores,
            truth: &truth,
            artists: &artists(6),
            playlists: 1,
        };
        let all: Vec<usize> = (0..6).collect();
        assert!((average_precision(&judged, 0, &all).unwrap() - 0.7).abs() < 1e-9);
        assert_eq!(average_precision(&judged, 0, &[0, 1]), None);
    }
}
