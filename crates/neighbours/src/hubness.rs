//! How unevenly tracks appear among the nearest tracks of others: in many dimensions a few become neighbours of almost
//! all tracks and others of none, independent of their sound (Radovanovic, Nanopoulos and Ivanovic, "Hubs in Space", 2010).

/// Of the k-occurrence: how often each track is among the k nearest of another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hubness {
    /// Third standardised moment: 0 if all tracks are equally frequent, above 1 with strong hubs.
    pub skewness: f64,
    /// Fraction of tracks that are not among the nearest of any other, 0 to 1.
    pub anti_hubs: f64,
    /// How often the most frequent one is.
    pub largest_hub: usize,
}

/// From the indices of the nearest tracks of each track, `[tracks][k]`.
pub fn hubness(nearest: &[Vec<usize>]) -> Hubness {
    let mut occurrences = vec![0_usize; nearest.len()];
    for &track in nearest.iter().flatten() {
        occurrences[track] += 1;
    }
    let count = occurrences.len().max(1) as f64;
    let mean = occurrences.iter().sum::<usize>() as f64 / count;
    let moment = |power: i32| {
        let deviations = occurrences.iter().map(|&n| (n as f64 - mean).powi(power));
        deviations.sum::<f64>() / count
    };
    let variance = moment(2);
    Hubness {
        skewness: if variance > 0.0 {
            moment(3) / variance.powf(1.5)
        } else {
            0.0
        },
        anti_hubs: occurrences.iter().filter(|&&n| n == 0).count() as f64 / count,
        largest_hub: occurrences.iter().copied().max().unwrap_or(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `scipy.stats.skew([3, 0, 2, 0])`, as numpy computes it: `((x - x.mean())**3).mean() / x.std()**3`.
    #[test]
    fn one_hub_and_two_anti_hubs_are_counted() {
        let nearest = [vec![2], vec![0, 2], vec![0], vec![0]];
        let found = hubness(&nearest);
        assert!((found.skewness - 0.213_833_433_033_194_71).abs() < 1e-12);
        assert_eq!((found.anti_hubs, found.largest_hub), (0.5, 3));
    }

    #[test]
    fn a_ring_and_an_empty_set_have_no_hubs() {
        let ring = hubness(&[vec![1], vec![2], vec![0]]);
        assert_eq!(
            (ring.skewness, ring.anti_hubs, ring.largest_hub),
            (0.0, 0.0, 1)
        );
        assert_eq!(hubness(&[]).skewness, 0.0);
    }
}
