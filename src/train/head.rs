//! The head alone, on features that are computed once because the backbone under them stays as it is.

use tch::{Kind, Reduction, Tensor};

use super::adamw::AdamW;
use super::{Dataset, HeadAlone, TrainError};
use crate::model::Network;

/// Windows through the backbone at once.
const BATCH: usize = 8;
/// Keeps a feature that never changes from being divided by zero.
const LEAST_SPREAD: f64 = 1e-3;

/// The hidden units of every window of these tracks, `[windows, hidden]` each, in the place of the track; nothing stands
/// in the places of the others.
///
/// # Errors
/// Where the network cannot run.
pub fn hidden_units(
    network: &Network,
    dataset: &Dataset,
    tracks: &[usize],
) -> Result<Vec<Tensor>, TrainError> {
    let size = dataset.front_end.window_size();
    let of_track = |track: usize| {
        let mut parts = Vec::new();
        for batch in dataset.recordings.song_windows(track).chunks(BATCH * size) {
            let windows = network.windows_tensor(batch)?;
            parts.push(tch::no_grad(|| network.features(&windows, false).hidden));
        }
        Ok::<_, TrainError>(Tensor::f_cat(&parts, 0)?)
    };
    let mut units: Vec<Tensor> = (0..dataset.len()).map(|_| Tensor::new()).collect();
    for &track in tracks {
        units[track] = of_track(track)?;
    }
    Ok(units)
}

/// Trains the network's head on random windows of `tracks`.
///
/// # Errors
/// Where libtorch fails.
pub fn train_alone(
    network: &Network,
    dataset: &Dataset,
    units: &[Tensor],
    tracks: &[usize],
    config: &HeadAlone,
    class_weight: &ClassWeight,
    random: &mut fastrand::Rng,
) -> Result<(), TrainError> {
    let own: Vec<&Tensor> = tracks.iter().map(|&track| &units[track]).collect();
    let all = Tensor::f_cat(&own, 0)?;
    let mean = all.mean_dim(0, false, Kind::Float);
    let spread = all.std_dim(0, false, false) + LEAST_SPREAD;
    let [mut exit, mut exit_bias] = network.head().exit();
    tch::no_grad(|| {
        let _ = exit.zero_();
        exit_bias.copy_(&class_weight.start_bias());
    });
    let variables = network.variables().into_iter();
    let variables = variables.filter(|(name, _)| network.is_head(name));
    let mut optimiser = AdamW::new(variables.collect(), config.weight_decay);
    let steps = (config.epochs * tracks.len().div_ceil(config.batch)) as f64;
    let mut order = tracks.to_vec();
    let mut step = 0.0;
    for _ in 0..config.epochs {
        random.shuffle(&mut order);
        for batch in order.chunks(config.batch) {
            let rows: Vec<Tensor> = batch
                .iter()
                .map(|&track| units[track].get(random.i64(0..units[track].size()[0])))
                .collect();
            let hidden = (Tensor::f_stack(&rows, 0)? - &mean) / &spread;
            let targets = class_weight.targets(dataset, batch)?;
            let loss = class_weight.loss(&network.head().forward(&hidden, true), &targets)?;
            let rate =
                config.learning_rate * 0.5 * (1.0 + (std::f64::consts::PI * step / steps).cos());
            optimiser.step(&loss, |_| rate)?;
            step += 1.0;
        }
    }
    // From now on the head reads the features as they come.
    let [mut weight, mut bias] = network.head().entrance();
    tch::no_grad(|| {
        let unscaled = &weight / &spread;
        let shifted = &bias - unscaled.matmul(&mean);
        weight.copy_(&unscaled);
        bias.copy_(&shifted);
    });
    Ok(())
}

/// Binary cross-entropy in which rare playlists weigh more.
pub struct ClassWeight {
    /// `[playlists]`.
    positives: Tensor,
    /// `[playlists]`, share of the training tracks on each list.
    prevalence: Vec<f64>,
    power: f64,
}

impl ClassWeight {
    pub fn new(counts: &[usize], tracks: usize, power: f64, device: tch::Device) -> Self {
        let least = 1.0 / tracks.max(2) as f64;
        let share =
            |&count: &usize| (count as f64 / tracks.max(1) as f64).clamp(least, 1.0 - least);
        let prevalence: Vec<f64> = counts.iter().map(share).collect();
        let weights: Vec<f32> = prevalence
            .iter()
            .map(|share| ((1.0 - share) / share).powf(power) as f32)
            .collect();
        Self {
            positives: Tensor::from_slice(&weights).to_device(device),
            prevalence,
            power,
        }
    }

    /// Mean over batch and playlists.
    ///
    /// # Errors
    /// Where libtorch fails.
    pub fn loss(&self, logits: &Tensor, targets: &Tensor) -> Result<Tensor, tch::TchError> {
        let none: Option<&Tensor> = None;
        logits.f_binary_cross_entropy_with_logits(
            targets,
            none,
            Some(&self.positives),
            Reduction::Mean,
        )
    }

    /// `[tracks, playlists]` on the device of the weights.
    ///
    /// # Errors
    /// Where libtorch fails.
    pub fn targets(&self, dataset: &Dataset, tracks: &[usize]) -> Result<Tensor, tch::TchError> {
        let flat = Tensor::f_from_slice(&dataset.targets(tracks))?;
        flat.f_view([tracks.len() as i64, dataset.playlists as i64])?
            .f_to_device(self.positives.device())
    }

    /// Where the weighted loss of a head that knows only prevalence is least.
    fn start_bias(&self) -> Tensor {
        let bias = |share: &f64| ((1.0 - self.power) * (share / (1.0 - share)).ln()) as f32;
        let biases: Vec<f32> = self.prevalence.iter().map(bias).collect();
        Tensor::from_slice(&biases).to_device(self.positives.device())
    }
}
