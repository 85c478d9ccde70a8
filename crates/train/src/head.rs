//! The linear probe: trains the head alone, on features of the frozen backbone that are computed once.

use model::tch;
use std::collections::HashMap;

use model::tch::{Kind, Tensor};

use super::adamw::AdamW;
use super::frozen_features::subsample_rows;
use super::loss::Loss;
use super::schedule;
use super::{Dataset, LinearProbeConfig, TrainError};
use model::Network;

/// Windows through the backbone at once.
const BATCH: usize = 8;
/// Prevents a division by zero for a constant feature.
const MIN_STD: f64 = 1e-3;

/// The hidden units `[windows, hidden]` of a subsample of windows of these tracks, at the track's index; other indices
/// hold empty tensors.
///
/// # Errors
/// Returns an error if the network cannot run.
pub fn hidden_units(
    network: &Network,
    dataset: &Dataset,
    tracks: &[usize],
) -> Result<Vec<Tensor>, TrainError> {
    let size = dataset.front_end.window_size();
    let of_track = |track: usize| {
        let mut parts = Vec::new();
        let windows = dataset.source.song_windows(track);
        let windows = subsample_rows(&windows, windows.len() / size, tracks.len());
        for batch in windows.chunks(BATCH * size) {
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
/// Returns an error if libtorch fails.
pub fn train_linear_probe(
    network: &Network,
    dataset: &Dataset,
    units: &[Tensor],
    tracks: &[usize],
    config: &LinearProbeConfig,
    loss: &Loss,
    random: &mut fastrand::Rng,
) -> Result<(), TrainError> {
    let own: Vec<&Tensor> = tracks.iter().map(|&track| &units[track]).collect();
    let all = Tensor::f_cat(&own, 0)?;
    let mean = all.mean_dim(0, false, Kind::Float);
    let spread = all.std_dim(0, false, false) + MIN_STD;
    let [mut exit, mut exit_bias] = network.head().output_layer();
    tch::no_grad(|| {
        let _ = exit.zero_();
        exit_bias.copy_(loss.initial_bias());
    });
    let mut variables: HashMap<String, Tensor> = network.variables();
    variables.retain(|name, _| network.is_head(name));
    let mut optimiser = AdamW::new(&variables, config.weight_decay, |_| config.learning_rate);
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
            let targets = loss.targets(dataset, batch)?;
            let logits = network.head().forward(&hidden, true);
            optimiser.zero_grad()?;
            loss.classification(&logits, &targets)?.f_backward()?;
            optimiser.step(schedule::lr_factor(step, steps, 0.0))?;
            step += 1.0;
        }
    }
    // The head now takes features that are not normalised.
    let [mut weight, mut bias] = network.head().input_layer();
    tch::no_grad(|| {
        let unscaled = &weight / &spread;
        let shifted = &bias - unscaled.matmul(&mean);
        weight.copy_(&unscaled);
        bias.copy_(&shifted);
    });
    Ok(())
}
