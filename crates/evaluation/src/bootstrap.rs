//! Cluster bootstrap: intervals that resample artists, because tracks of one artist are not independent.
//!
//! A draw is never carried out: it is only how often each artist was drawn, and so how often each of its tracks counts.
//! A measure goes once over what was sorted before, with such counts in place of tracks, for several draws at a time.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::Estimate;

const RESAMPLES: usize = 1000;
const SEED: u64 = 2_011;
/// Draws that a measure goes through together: what it fetches from memory serves them all.
pub const LANES: usize = 8;

/// How often a track counts in each of some draws.
pub type Counts = [u32; LANES];
/// What a measure comes to in each of them.
pub type Values = [f64; LANES];

/// 1,000 draws of whole artists with replacement (Efron's percentile bootstrap).
pub struct Bootstrap {
    /// One a track.
    artist_of: Vec<usize>,
    /// `[blocks][artists]`: how often an artist was drawn. One of a thousand artists that comes up more than 255 times
    /// in as many draws has never been seen.
    blocks: Vec<Vec<[u8; LANES]>>,
}

impl Bootstrap {
    /// Of the artists of some tracks, one name a track. The same names give the same draws.
    pub fn new(artists: &[String]) -> Self {
        let mut numbers: BTreeMap<&str, usize> = artists.iter().map(|name| (&**name, 0)).collect();
        (0..)
            .zip(numbers.values_mut())
            .for_each(|(next, number)| *number = next);
        let block = |block: usize| {
            let mut random = fastrand::Rng::with_seed(SEED + block as u64);
            let mut counts = vec![[0_u8; LANES]; numbers.len()];
            for lane in 0..LANES {
                for _ in 0..counts.len() {
                    let drawn = &mut counts[random.usize(..numbers.len())][lane];
                    *drawn = drawn.saturating_add(1);
                }
            }
            counts
        };
        Self {
            artist_of: artists.iter().map(|name| numbers[&**name]).collect(),
            blocks: (0..RESAMPLES / LANES).into_par_iter().map(block).collect(),
        }
    }

    /// What `statistic` makes of all tracks, each counting once, with the 2.5 % and 97.5 % quantiles over the draws.
    /// It is given how often each track counts, `[tracks]`; draws are gone through by all cores, and neither their
    /// number nor their order changes the answer.
    pub fn estimate<const N: usize>(
        &self,
        statistic: impl Fn(&[Counts]) -> [Values; N] + Sync,
    ) -> [Estimate; N] {
        let tracks = self.artist_of.len();
        let all = statistic(&vec![[1; LANES]; tracks]);
        let of_block = |block: &Vec<[u8; LANES]>| {
            let counts: Vec<Counts> = self
                .artist_of
                .iter()
                .map(|&artist| block[artist].map(u32::from))
                .collect();
            statistic(&counts)
        };
        let drawn: Vec<[Values; N]> = self.blocks.par_iter().map(of_block).collect();
        std::array::from_fn(|which| {
            let mut values: Vec<f64> = drawn.iter().flat_map(|block| block[which]).collect();
            values.sort_unstable_by(f64::total_cmp);
            let quantile = |p: f64| values[(p * RESAMPLES as f64) as usize];
            Estimate {
                value: all[which][0],
                low: quantile(0.025),
                high: quantile(0.975),
                n: tracks,
            }
        })
    }

    /// The mean over tracks of `[tracks]` numbers each.
    pub fn mean<const N: usize>(&self, values: &[[f64; N]]) -> [Estimate; N] {
        self.estimate(|counts| {
            let mut sums = [[0.0; LANES]; N];
            for (values, counts) in values.iter().zip(counts) {
                for (sum, value) in sums.iter_mut().zip(values) {
                    for (sum, &count) in sum.iter_mut().zip(counts) {
                        *sum += f64::from(count) * value;
                    }
                }
            }
            let tracks = total(counts);
            sums.map(|sum| share(sum, tracks.map(f64::from)))
        })
    }
}

/// How many tracks count, repeats included.
pub fn total(counts: &[Counts]) -> Counts {
    counts.iter().fold([0; LANES], added)
}

pub fn added(mut sum: Counts, counts: &Counts) -> Counts {
    sum.iter_mut()
        .zip(counts)
        .for_each(|(sum, count)| *sum += count);
    sum
}

/// Part of a whole; nothing of nothing.
pub fn share(part: Values, whole: Values) -> Values {
    std::array::from_fn(|lane| {
        if whole[lane] > 0.0 {
            part[lane] / whole[lane]
        } else {
            0.0
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn artists(of: impl Fn(usize) -> usize, tracks: usize) -> Vec<String> {
        (0..tracks).map(|track| of(track).to_string()).collect()
    }

    #[test]
    fn few_artists_make_a_wide_interval_and_the_value_lies_inside() {
        let hits: Vec<[f64; 1]> = (0..8).map(|n| [f64::from(u8::from(n < 4))]).collect();
        let [narrow] = Bootstrap::new(&artists(|n| n, 8)).mean(&hits);
        let [wide] = Bootstrap::new(&artists(|n| n / 4, 8)).mean(&hits);
        assert_eq!((narrow.value, wide.value), (0.5, 0.5));
        assert_eq!((wide.low, wide.high), (0.0, 1.0));
        assert!(narrow.low > 0.0 && narrow.high < 1.0 && narrow.low < 0.5 && narrow.high > 0.5);
    }

    /// For the mean of independent tracks the bootstrap's interval is known: 1.96 standard errors to each side.
    #[test]
    fn the_interval_of_a_mean_has_the_width_that_theory_gives_it() {
        let hits: Vec<[f64; 1]> = (0..400)
            .map(|n| [f64::from(u8::from(n % 5 == 0))])
            .collect();
        let [measure] = Bootstrap::new(&artists(|n| n, 400)).mean(&hits);
        let half = 1.96 * (0.2_f64 * 0.8 / 400.0).sqrt();
        assert!(
            (measure.low - (0.2 - half)).abs() < 0.1 * half,
            "{measure:?}"
        );
        assert!(
            (measure.high - (0.2 + half)).abs() < 0.1 * half,
            "{measure:?}"
        );
    }

    #[test]
    fn one_core_and_three_draw_the_same_interval() {
        let values: Vec<[f64; 1]> = (0..50).map(|n| [f64::from(n).sin()]).collect();
        let with = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.unwrap()
                .install(|| Bootstrap::new(&artists(|n| n / 3, 50)).mean(&values))
        };
        assert_eq!(with(1), with(3));
    }

    #[test]
    fn nothing_gives_nothing() {
        let [measure] = Bootstrap::new(&[]).mean(&[[0.0; 1]; 0]);
        assert_eq!(
            (measure.value, measure.low, measure.high, measure.n),
            (0.0, 0.0, 0.0, 0)
        );
    }
}
