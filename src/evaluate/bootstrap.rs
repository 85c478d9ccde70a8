//! Intervals that know that tracks of one artist are no independent evidence.

use std::collections::BTreeMap;

use super::Measure;

const DRAWS: usize = 1000;
const SEED: u64 = 2_011;

/// The measure on all tracks, with the 2.5 % and 97.5 % quantiles over 1,000 draws of whole artists with replacement
/// (Efron's percentile bootstrap). The same input gives the same interval.
pub fn over_artists(artists: &[String], measure: impl Fn(&[usize]) -> f64) -> Measure {
    let mut by_artist: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (track, artist) in artists.iter().enumerate() {
        by_artist.entry(artist).or_default().push(track);
    }
    let groups: Vec<Vec<usize>> = by_artist.into_values().collect();
    let all: Vec<usize> = (0..artists.len()).collect();
    let mut random = fastrand::Rng::with_seed(SEED);
    let mut draw = || {
        let tracks: Vec<usize> = (0..groups.len())
            .flat_map(|_| &groups[random.usize(..groups.len())])
            .copied()
            .collect();
        measure(&tracks)
    };
    let mut drawn: Vec<f64> = if groups.is_empty() {
        Vec::new()
    } else {
        (0..DRAWS).map(|_| draw()).collect()
    };
    drawn.sort_unstable_by(f64::total_cmp);
    let quantile = |share: f64| {
        drawn
            .get((share * DRAWS as f64) as usize)
            .copied()
            .unwrap_or(0.0)
    };
    Measure {
        value: measure(&all),
        low: quantile(0.025),
        high: quantile(0.975),
        n: artists.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share_of(hits: &'static [f64]) -> impl Fn(&[usize]) -> f64 {
        move |tracks| tracks.iter().map(|&track| hits[track]).sum::<f64>() / tracks.len() as f64
    }

    #[test]
    fn few_artists_make_a_wide_interval_and_the_value_lies_inside() {
        const HITS: &[f64] = &[1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0];
        let many: Vec<String> = (0..8).map(|n| n.to_string()).collect();
        let two: Vec<String> = (0..8).map(|n| (n / 4).to_string()).collect();
        let narrow = over_artists(&many, share_of(HITS));
        let wide = over_artists(&two, share_of(HITS));
        assert_eq!((narrow.value, wide.value), (0.5, 0.5));
        assert_eq!((wide.low, wide.high), (0.0, 1.0));
        assert!(narrow.low > 0.0 && narrow.high < 1.0 && narrow.low < 0.5 && narrow.high > 0.5);
    }

    #[test]
    fn nothing_gives_nothing() {
        assert_eq!(over_artists(&[], |_| 0.0).n, 0);
    }
}
