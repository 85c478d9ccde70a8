//! Mixing windows of a batch.

use model::tch::Tensor;

/// Mixes each window `[batch, …]` and its labels `[batch, playlists]` with those of another one of the batch (mixup, Zhang
/// et al. 2018). Each window has a weight of at least one half.
pub fn mix(
    windows: &Tensor,
    targets: &Tensor,
    alpha: f64,
    random: &mut fastrand::Rng,
) -> (Tensor, Tensor) {
    let count = windows.size()[0];
    let mut partners: Vec<i64> = (0..count).collect();
    random.shuffle(&mut partners);
    let partners = Tensor::from_slice(&partners).to_device(windows.device());
    let kept: Vec<f32> = (0..count)
        .map(|_| beta(alpha, random))
        .map(|share| share.max(1.0 - share) as f32)
        .collect();
    let kept = Tensor::from_slice(&kept).to_device(windows.device());
    let blend = |whole: &Tensor| {
        let mut shape = vec![1; whole.dim()];
        shape[0] = count;
        let kept = kept.view(shape.as_slice());
        &kept * whole + (1.0 - &kept) * whole.index_select(0, &partners)
    };
    (blend(windows), blend(targets))
}

/// Draws from Beta(alpha, alpha) by Jöhnk's method, for alpha up to about 1.
fn beta(alpha: f64, random: &mut fastrand::Rng) -> f64 {
    loop {
        let [left, right] = [random.f64(), random.f64()].map(|uniform| uniform.powf(1.0 / alpha));
        let sum = left + right;
        if sum > 0.0 && sum <= 1.0 {
            return left / sum;
        }
    }
}

#[cfg(test)]
mod tests {
    use model::tch::{Device, Kind};

    use super::*;

    #[test]
    fn a_mixed_window_and_its_playlists_hold_the_same_shares() {
        let mut random = fastrand::Rng::with_seed(3);
        let windows = Tensor::eye(6, (Kind::Float, Device::Cpu)).view([6, 1, 2, 3]);
        let targets = Tensor::eye(6, (Kind::Float, Device::Cpu));
        let (mixed, mixed_targets) = mix(&windows, &targets, 0.4, &mut random);
        assert_eq!(mixed.size(), [6, 1, 2, 3]);
        let off = (mixed.view([6, 6]) - &mixed_targets)
            .abs()
            .max()
            .double_value(&[]);
        assert!(off < 1e-6);
        for row in 0..6 {
            assert!((mixed_targets.get(row).sum(Kind::Float).double_value(&[]) - 1.0).abs() < 1e-6);
            assert!(mixed_targets.double_value(&[row, row]) >= 0.5);
        }
        assert!(off < 1e-6 && (mixed_targets - targets).abs().max().double_value(&[]) > 0.01);
    }

    #[test]
    fn beta_has_its_mean_and_spread() {
        let mut random = fastrand::Rng::with_seed(5);
        let draws: Vec<f64> = (0..20_000).map(|_| beta(0.3, &mut random)).collect();
        let mean = draws.iter().sum::<f64>() / 20_000.0;
        let variance = draws.iter().map(|draw| (draw - mean).powi(2)).sum::<f64>() / 20_000.0;
        assert!(
            (mean - 0.5).abs() < 0.01 && (variance - 1.0 / (4.0 * 1.6)).abs() < 0.01,
            "{mean} {variance}"
        );
    }
}
