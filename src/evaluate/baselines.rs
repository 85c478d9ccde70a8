//! What a ranking is worth without listening.

use super::bootstrap::over_artists;
use super::{Judged, RankingScores};

/// What a random order of the playlists would score, exactly: a track on m of n lists is missed by k random ones with
/// C(n - m, k) / C(n, k). Mean average precision is each list's share of the tracks, its value for an endless shuffle.
pub fn chance(judged: &Judged) -> RankingScores {
    let hit = |k: usize| {
        over_artists(judged.artists, |tracks| {
            super::mean(
                tracks
                    .iter()
                    .map(|&track| 1.0 - missed(judged.playlists, judged.truth[track].len(), k)),
            )
        })
    };
    let prevalence = |tracks: &[usize]| {
        let share = |playlist: usize| {
            super::mean(
                tracks
                    .iter()
                    .map(|&track| f64::from(u8::from(judged.truth[track].contains(&playlist)))),
            )
        };
        super::mean(
            (0..judged.playlists)
                .map(share)
                .filter(|&share| share > 0.0 && share < 1.0),
        )
    };
    RankingScores {
        top_1: hit(1),
        top_3: hit(3),
        top_5: hit(5),
        mean_average_precision: over_artists(judged.artists, prevalence),
    }
}

/// Chance that k of n lists, drawn at random, hold none of the m true ones.
fn missed(n: usize, m: usize, k: usize) -> f64 {
    (0..k.min(n))
        .map(|drawn| n.saturating_sub(m + drawn) as f64 / (n - drawn) as f64)
        .product()
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
}
