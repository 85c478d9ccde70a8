//! Mutual proximity: probability that two tracks are more similar to each other than either is to a track by another
//! artist, with normally distributed similarities (Schnitzer, Flexer, Schedl and Widmer, "Local and Global Scaling Reduce Hubs in
//! Space", 2012, under independence; `scikit-hubness` calls it `MutualProximity(method="normal")`).

use std::f64::consts::TAU;

/// Mean and standard deviation of the similarities of one track with tracks by other artists.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct MeanStd {
    pub mean: f32,
    pub deviation: f32,
}

/// Smallest standard deviation, for tracks whose similarities are all equal.
const MIN_STD: f64 = 1e-6;

impl MeanStd {
    pub(super) fn from_similarities(similarities: impl Iterator<Item = f32> + Clone) -> Self {
        let count = similarities.clone().count().max(1) as f64;
        let mean = similarities.clone().map(f64::from).sum::<f64>() / count;
        let squares = similarities.map(|similarity| (f64::from(similarity) - mean).powi(2));
        Self {
            mean: mean as f32,
            deviation: (squares.sum::<f64>() / count).sqrt() as f32,
        }
    }

    /// Fraction of tracks by other artists that are less similar than this.
    fn less_similar(self, similarity: f32) -> f64 {
        let distance = f64::from(similarity - self.mean);
        1.0 - upper_tail(distance / f64::from(self.deviation).max(MIN_STD))
    }
}

/// 0 to 1.
pub(super) fn mutual_proximity(similarity: f32, left: MeanStd, right: MeanStd) -> f64 {
    left.less_similar(similarity) * right.less_similar(similarity)
}

/// Probability of a standard normal number above `z`: formula 26.2.17 of Abramowitz and Stegun, absolute error below 7.5e-8.
fn upper_tail(z: f64) -> f64 {
    if z < 0.0 {
        return 1.0 - upper_tail(-z);
    }
    let t = 1.0 / (1.0 + 0.231_641_9 * z);
    let terms = [
        0.319_381_530,
        -0.356_563_782,
        1.781_477_937,
        -1.821_255_978,
        1.330_274_429,
    ];
    let sum = terms.iter().rev().fold(0.0, |sum, term| (sum + term) * t);
    sum * (-z * z / 2.0).exp() / TAU.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of `scipy.stats.norm.sf`.
    #[test]
    fn the_normal_tail_is_that_of_the_tables() {
        for (z, tail) in [
            (0.0, 0.5),
            (1.0, 0.158_655_253_931_457_05),
            (-1.0, 0.841_344_746_068_542_9),
            (2.5, 0.006_209_665_325_776_132),
            (6.0, 9.865_876_450_376_98e-10),
        ] {
            assert!((upper_tail(z) - tail).abs() < 7.5e-8, "{z}");
        }
        assert!(upper_tail(6.0) > 0.0 && upper_tail(7.0) < upper_tail(6.0));
    }

    #[test]
    fn equal_or_absent_similarities_give_finite_numbers() {
        for similarities in [vec![], vec![0.5; 3]] {
            let spread = MeanStd::from_similarities(similarities.into_iter());
            let near = mutual_proximity(0.9, spread, spread);
            assert!((0.0..=1.0).contains(&near), "{near}");
        }
    }
}
