//! The order of the tracks in an epoch, and the random generators of a run.

/// The random generators of a run, by its seed. Each is independent of earlier draws, so that a resumed run, and any
/// number of threads, draw the same numbers.
#[derive(Clone, Copy)]
pub struct EpochRng(pub u64);

impl EpochRng {
    /// For the order of the tracks in an epoch, counted from 1; 0 is for the linear probe.
    pub fn epoch(self, epoch: usize) -> fastrand::Rng {
        self.batch(epoch, None)
    }

    /// For a batch of an epoch: windows, augmentation, dropout.
    pub fn batch(self, epoch: usize, number: impl Into<Option<usize>>) -> fastrand::Rng {
        let number = number.into().map_or(0, |number| number + 1);
        let mixed =
            |seed: u64, number: usize| seed.wrapping_mul(1_000_003).wrapping_add(number as u64);
        fastrand::Rng::with_seed(mixed(mixed(self.0, epoch), number))
    }
}

/// Seeds libtorch's generators from this one.
pub fn seed_torch(random: &mut fastrand::Rng) {
    model::tch::manual_seed(random.i64(..));
}

/// Draws the tracks of an epoch.
pub struct Sampler<'a> {
    tracks: &'a [usize],
    /// Windows of each track in an epoch, on average.
    windows_per_track: usize,
    /// Cumulative weights of the tracks; `None` if all tracks come equally often.
    sums: Option<Vec<f64>>,
}

impl<'a> Sampler<'a> {
    /// `counts` is the number of the `tracks` on each playlist. A track is drawn in proportion to the inverse frequency of
    /// its rarest playlist to the power of `sampling_power` (Mahajan et al. 2018 use 0.5).
    pub fn new(
        tracks: &'a [usize],
        windows_per_track: usize,
        sampling_power: f64,
        truth: &[Vec<usize>],
        counts: &[usize],
    ) -> Self {
        let weight = |&track: &usize| {
            let rarest = truth[track].iter().map(|&playlist| counts[playlist]).min();
            let share = rarest.unwrap_or(tracks.len()).max(1) as f64 / tracks.len().max(1) as f64;
            share.powf(-sampling_power)
        };
        let add = |sum: &mut f64, weight: f64| {
            *sum += weight;
            Some(*sum)
        };
        let sums =
            (sampling_power > 0.0).then(|| tracks.iter().map(weight).scan(0.0, add).collect());
        Self {
            tracks,
            windows_per_track,
            sums,
        }
    }

    /// The tracks of an epoch in order: each equally often, or drawn by weight with replacement.
    pub fn order(&self, random: &mut fastrand::Rng) -> Vec<usize> {
        let Some(sums) = &self.sums else {
            let mut order = self.tracks.repeat(self.windows_per_track);
            random.shuffle(&mut order);
            return order;
        };
        let all = sums.last().copied().unwrap_or_default();
        let mut draw = || {
            let place = random.f64() * all;
            let drawn = sums.partition_point(|&sum| sum <= place);
            self.tracks[drawn.min(self.tracks.len() - 1)]
        };
        (0..self.tracks.len() * self.windows_per_track)
            .map(|_| draw())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(sampling_power: f64) -> Vec<f64> {
        // Track 9 is on the common playlist, and alone on the rare one.
        let truth: Vec<Vec<usize>> = (0..10)
            .map(|track| if track == 9 { vec![0, 1] } else { vec![0] })
            .collect();
        let tracks: Vec<usize> = (0..10).collect();
        let sampler = Sampler::new(&tracks, 1000, sampling_power, &truth, &[10, 1]);
        let order = sampler.order(&mut EpochRng(7).epoch(1));
        assert_eq!(order.len(), 10_000);
        let share = |track| order.iter().filter(|&&drawn| drawn == track).count() as f64 / 1e4;
        tracks.iter().map(|&track| share(track)).collect()
    }

    #[test]
    fn without_balance_each_track_comes_equally_often() {
        assert_eq!(shares(0.0), [0.1; 10]);
    }

    /// The track on the rare playlist weighs 10 to the sampling power. Tolerance: five standard deviations.
    #[test]
    fn a_track_of_a_rare_list_comes_more_often() {
        for sampling_power in [0.5_f64, 1.0] {
            let wanted = 10_f64.powf(sampling_power) / (9.0 + 10_f64.powf(sampling_power));
            let found = shares(sampling_power)[9];
            assert!(
                (found - wanted).abs() < 0.025,
                "{sampling_power}: {found}, {wanted}"
            );
        }
    }

    #[test]
    fn draws_differ_by_seed_epoch_and_batch_and_by_nothing_else() {
        let draw = |seed, epoch, batch: Option<usize>| EpochRng(seed).batch(epoch, batch).u64(..);
        assert_eq!(draw(1, 2, Some(3)), draw(1, 2, Some(3)));
        let all = [
            draw(1, 2, Some(3)),
            draw(2, 2, Some(3)),
            draw(1, 3, Some(3)),
            draw(1, 2, Some(2)),
            draw(1, 2, None),
        ];
        let different: std::collections::HashSet<u64> = all.into();
        assert_eq!(different.len(), all.len());
    }
}
