//! How well each track's own playlists come first among all playlists.

/// Of one track. The definitions are those of scikit-learn, equal scores and tracks without playlists included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrackScores {
    /// `ndcg_score`: equals share the mean of their discounts. 0 for a track on no playlist.
    pub ndcg: f64,
    /// `label_ranking_average_precision_score`: the mean over the track's playlists of how many of those that score at
    /// least as high are its own. 1 for a track on no playlist.
    pub label_ranking_average_precision: f64,
    /// `coverage_error`: how many of the best playlists hold all of its own. 0 for a track on no playlist.
    pub coverage_error: f64,
}

impl TrackScores {
    /// Of scores `[playlists]` and the places of the track's own.
    pub fn new(scores: &[f32], own: &[usize]) -> Self {
        let mut ranked: Vec<(f32, bool)> = scores
            .iter()
            .enumerate()
            .map(|(playlist, &score)| (score, own.contains(&playlist)))
            .collect();
        ranked.sort_unstable_by(|left, right| right.0.total_cmp(&left.0));
        let mut result = Self {
            ndcg: 0.0,
            label_ranking_average_precision: 0.0,
            coverage_error: 0.0,
        };
        let (mut seen, mut found) = (0, 0);
        for step in ranked.chunk_by(|left, right| left.0 == right.0) {
            let new = step.iter().filter(|playlist| playlist.1).count();
            let mean_discount = discounts(seen, seen + step.len()) / step.len() as f64;
            seen += step.len();
            found += new;
            result.ndcg += new as f64 * mean_discount;
            result.label_ranking_average_precision += new as f64 * found as f64 / seen as f64;
            if new > 0 {
                result.coverage_error = seen as f64;
            }
        }
        if found == 0 {
            result.label_ranking_average_precision = 1.0;
        } else {
            result.ndcg /= discounts(0, found);
            result.label_ranking_average_precision /= found as f64;
        }
        result
    }
}

/// What places count together, the best being 0.
fn discounts(from: usize, to: usize) -> f64 {
    (from..to)
        .map(|place| 1.0 / (place as f64 + 2.0).log2())
        .sum()
}
