//! The percentiles of a sample, and the rank of a value in it.

use serde::{Deserialize, Serialize};

const STEPS: usize = 100;

/// The 0th, 1st, ... 100th percentile of a sample, ascending; empty for an empty sample.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Quantiles(Vec<f32>);

impl Quantiles {
    /// Percentiles with linear interpolation, as `numpy.quantile`.
    pub fn from_sample(mut sample: Vec<f32>) -> Self {
        sample.sort_unstable_by(f32::total_cmp);
        let Some(last) = sample.len().checked_sub(1) else {
            return Self::default();
        };
        let quantile = |step: usize| {
            let position = (last * step) as f64 / STEPS as f64;
            let (below, above) = (position.floor() as usize, position.ceil() as usize);
            let part = (position - position.floor()) as f32;
            sample[below] + part * (sample[above] - sample[below])
        };
        Self((0..=STEPS).map(quantile).collect())
    }

    /// From [`Self::values`]; `None` if they do not ascend or their number is wrong.
    pub fn from_values(values: Vec<f32>) -> Option<Self> {
        let is_complete = values.is_empty() || values.len() == STEPS + 1;
        (is_complete && values.is_sorted()).then_some(Self(values))
    }

    /// The 101 quantiles, ascending; empty without a sample.
    pub fn values(&self) -> &[f32] {
        &self.0
    }

    /// Fraction of the sample below a value, 0 to 1; `None` for an empty sample.
    pub fn share_below(&self, value: f32) -> Option<f64> {
        let last = self.0.len().checked_sub(1)?;
        let above = self.0.partition_point(|&quantile| quantile < value);
        if above == 0 || above > last {
            return Some(if above == 0 { 0.0 } else { 1.0 });
        }
        let (low, high) = (self.0[above - 1], self.0[above]);
        let part = f64::from((value - low) / (high - low));
        Some((above as f64 - 1.0 + part) / last as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rank_of_a_value_is_that_in_its_sample() {
        let quantiles = Quantiles::from_sample((0..=1000).map(|n| n as f32 / 10.0).rev().collect());
        for (value, fraction) in [(-1.0, 0.0), (25.0, 0.25), (99.55, 0.9955), (101.0, 1.0)] {
            let found = quantiles.share_below(value).unwrap();
            assert!((found - fraction).abs() < 1e-6, "{value}: {found}");
        }
    }

    #[test]
    fn samples_of_one_value_of_equal_values_and_empty_ones_work() {
        assert_eq!(Quantiles::from_sample(vec![]).share_below(0.5), None);
        for sample in [vec![0.5], vec![0.5; 300]] {
            let quantiles = Quantiles::from_sample(sample);
            assert_eq!(quantiles.share_below(0.4), Some(0.0));
            assert_eq!(quantiles.share_below(0.6), Some(1.0));
        }
    }

    #[test]
    fn stored_values_are_checked() {
        let whole = Quantiles::from_sample(vec![1.0, 3.0]);
        assert_eq!(Quantiles::from_values(whole.values().to_vec()), Some(whole));
        assert_eq!(Quantiles::from_values(vec![1.0, 2.0]), None);
        assert_eq!(Quantiles::from_values(vec![f32::NAN; 101]), None);
    }
}
