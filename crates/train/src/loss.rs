//! The loss of a training. Input: logits, embeddings and windows of a batch with their labels. Output: one number.

use model::tch;
use std::collections::HashMap;

use model::tch::{Device, Kind, Reduction, TchError, Tensor};
use serde::{Deserialize, Serialize};

use super::{Dataset, TrainError};
use model::{BackboneOutput, Network};

/// Keeps the base of a power above 0, where its derivative may be infinite.
const MIN_BASE: f64 = 1e-8;
/// Name of the playlists' embeddings among the variables.
const PLAYLISTS: &str = "loss.playlists";

/// The loss; binary cross-entropy by default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LossConfig {
    /// Asymmetric loss (Ridnik et al. 2021, equations 4 to 7): down-weights easy negatives by their probability to this
    /// power. With both gammas and asl_margin at 0 it is binary cross-entropy.
    ///
    /// Unit: exponent. Range: 0 and more.
    pub gamma_negative: f64,
    /// Asymmetric loss: down-weights easy positives by (1 - probability) to this power.
    ///
    /// Unit: exponent. Range: 0 and more.
    pub gamma_positive: f64,
    /// Asymmetric loss: subtracted from a negative's probability, so that a negative below it has no loss.
    ///
    /// Unit: probability. Range: 0 to below 1.
    #[serde(alias = "margin")]
    pub asl_margin: f64,
    /// Target of a negative, instead of 0; a positive's is 1.
    ///
    /// Unit: probability. Range: 0 to below 1.
    #[serde(alias = "smoothing")]
    pub label_smoothing: f64,
    /// Weight of a negative relative to a positive: absence from a playlist is a missing label.
    ///
    /// Unit: weight. Range: above 0.
    pub negative_weight: f64,
    /// Negatives of small playlists weigh (tracks / tracks of the largest playlist) to this power, because rare labels
    /// are observed less often (Jain et al. 2016).
    ///
    /// Unit: exponent. Range: 0 and more.
    pub negative_power: f64,
    /// Weight of the contrastive term: each playlist has a trained embedding, drawn towards those of its tracks (InfoNCE,
    /// van den Oord et al. 2018, with many positives as in Khosla et al. 2020).
    ///
    /// Unit: weight. Range: 0 and more.
    pub contrastive: f64,
    /// Divisor of the cosines in the contrastive term.
    ///
    /// Unit: temperature. Range: above 0.
    pub temperature: f64,
    /// Weight of the mean squared error between a window and its reconstruction, for architectures with a decoder
    /// (conv-encoder).
    ///
    /// Unit: weight. Range: 0 and more.
    pub reconstruction: f64,
}

impl Default for LossConfig {
    fn default() -> Self {
        Self {
            gamma_negative: 0.0,
            gamma_positive: 0.0,
            asl_margin: 0.0,
            label_smoothing: 0.0,
            negative_weight: 1.0,
            negative_power: 0.0,
            contrastive: 0.0,
            temperature: 0.1,
            reconstruction: 0.0,
        }
    }
}

impl LossConfig {
    /// The rules for the numbers: whether each holds, and its text.
    pub fn rules(&self) -> [(bool, &'static str); 5] {
        [
            (
                self.gamma_negative >= 0.0 && self.gamma_positive >= 0.0,
                "gamma_negative and gamma_positive are not negative",
            ),
            (
                (0.0..1.0).contains(&self.asl_margin) && (0.0..1.0).contains(&self.label_smoothing),
                "asl_margin and label_smoothing are from 0 up to 1",
            ),
            (
                self.negative_weight > 0.0 && self.negative_power >= 0.0,
                "negative_weight is above 0, negative_power not negative",
            ),
            (
                self.contrastive >= 0.0 && self.reconstruction >= 0.0,
                "contrastive and reconstruction are not negative",
            ),
            (self.temperature > 0.0, "temperature is above 0"),
        ]
    }

    /// Whether this is libtorch's binary cross-entropy.
    fn is_plain_bce(&self) -> bool {
        let Self {
            gamma_negative,
            gamma_positive,
            asl_margin,
            negative_weight,
            negative_power,
            ..
        } = *self;
        [gamma_negative, gamma_positive, asl_margin, negative_power] == [0.0; 4]
            && negative_weight == 1.0
    }
}

/// The loss of one training, with its weights per playlist.
pub struct Loss {
    config: LossConfig,
    /// `[playlists]`, weight of a positive.
    positives: Tensor,
    /// `[playlists]`, weight of a negative.
    negatives: Tensor,
    /// `[playlists]`.
    initial_bias: Tensor,
    /// `[playlists, width]`, trained; `None` without a contrastive term.
    playlists: Option<Tensor>,
}

impl Loss {
    /// For a training in which each playlist has `counts` of the `tracks`; positives weigh (negatives / positives) to the
    /// power of `pos_weight_power`. The contrastive term is not set up yet.
    fn new(
        config: &LossConfig,
        pos_weight_power: f64,
        counts: &[usize],
        tracks: usize,
        device: Device,
    ) -> Self {
        let least = 1.0 / tracks.max(2) as f64;
        let share =
            |&count: &usize| (count as f64 / tracks.max(1) as f64).clamp(least, 1.0 - least);
        let shares: Vec<f64> = counts.iter().map(share).collect();
        let largest = shares.iter().copied().fold(least, f64::max);
        let positive = |fraction: f64| ((1.0 - fraction) / fraction).powf(pos_weight_power);
        let negative = |fraction: f64| {
            config.negative_weight * (fraction / largest).powf(config.negative_power)
        };
        let label_smoothing = config.label_smoothing;
        // The minimum of the weighted cross-entropy of a head that only knows these frequencies.
        let bias = |fraction: f64| {
            let smoothed = (fraction + (1.0 - fraction) * label_smoothing)
                / (fraction * (1.0 - label_smoothing));
            (1.0 - pos_weight_power) * (fraction / (1.0 - fraction)).ln() + smoothed.ln()
                - negative(fraction).ln()
        };
        let of_each = |number: &dyn Fn(f64) -> f64| {
            let numbers: Vec<f32> = shares
                .iter()
                .map(|&fraction| number(fraction) as f32)
                .collect();
            Tensor::from_slice(&numbers).to_device(device)
        };
        Self {
            config: config.clone(),
            positives: of_each(&positive),
            negatives: of_each(&negative),
            initial_bias: of_each(&bias),
            playlists: None,
        }
    }

    /// For this network and these training tracks; `seed` initialises the loss's own variables.
    ///
    /// # Errors
    /// Returns an error if the loss has a reconstruction term and the architecture no decoder.
    pub fn for_training(
        config: &LossConfig,
        pos_weight_power: f64,
        dataset: &Dataset,
        tracks: &[usize],
        network: &Network,
        seed: u64,
    ) -> Result<Self, TrainError> {
        let device = network.device();
        let counts = dataset.counts(tracks);
        let mut loss = Self::new(config, pos_weight_power, &counts, tracks.len(), device);
        if config.contrastive == 0.0 && config.reconstruction == 0.0 {
            return Ok(loss);
        }
        let shape = network.shape();
        let window = network.windows_tensor(&vec![0.0; shape.n_mels * shape.frames])?;
        let features = tch::no_grad(|| network.features(&window, false));
        let again = tch::no_grad(|| network.reconstruct(&features, false));
        if config.reconstruction > 0.0 && again.is_none() {
            return Err(TrainError::NoDecoder(shape.architecture.name()));
        }
        if config.contrastive > 0.0 {
            let size = [dataset.playlists as i64, features.embedding.size()[1]];
            let mut random = fastrand::Rng::with_seed(seed);
            let uniform: Vec<f32> = (0..size[0] * size[1]).map(|_| random.f32() - 0.5).collect();
            let playlists = Tensor::f_from_slice(&uniform)?.f_view(size)?;
            loss.playlists = Some(playlists.f_to_device(device)?.set_requires_grad(true));
        }
        Ok(loss)
    }

    /// The sum of all terms, each a mean over the batch, in single precision: of the features and `logits` for `windows`,
    /// and of the reconstruction.
    ///
    /// # Errors
    /// Returns an error if libtorch fails.
    pub fn batch_loss(
        &self,
        features: &BackboneOutput,
        logits: &Tensor,
        again: Option<&Tensor>,
        windows: &Tensor,
        targets: &Tensor,
    ) -> Result<Tensor, TchError> {
        let mut terms = vec![self.classification(logits, targets)?];
        if let Some(playlists) = &self.playlists {
            let term = self.contrast(&features.embedding, playlists, targets)?;
            terms.push(term * self.config.contrastive);
        }
        if let Some(again) = again {
            let term = again
                .f_to_kind(Kind::Float)?
                .f_mse_loss(windows, Reduction::Mean)?;
            terms.push(term * self.config.reconstruction);
        }
        Ok(terms.into_iter().sum())
    }

    /// The classification term of logits and targets `[batch, playlists]`, a mean over both.
    ///
    /// # Errors
    /// Returns an error if libtorch fails.
    pub fn classification(&self, logits: &Tensor, targets: &Tensor) -> Result<Tensor, TchError> {
        let LossConfig {
            gamma_negative,
            gamma_positive,
            asl_margin,
            label_smoothing,
            ..
        } = self.config;
        let logits = logits.f_to_kind(Kind::Float)?;
        let smoothed = (label_smoothing > 0.0).then(|| targets + (1.0 - targets) * label_smoothing);
        let targets = smoothed.as_ref().unwrap_or(targets);
        if self.config.is_plain_bce() {
            let none: Option<&Tensor> = None;
            let weight = Some(&self.positives);
            return logits.f_binary_cross_entropy_with_logits(
                targets,
                none,
                weight,
                Reduction::Mean,
            );
        }
        let positive = focused(
            -logits.f_log_sigmoid()?,
            &(-&logits).f_sigmoid()?,
            gamma_positive,
        );
        let shifted = (logits.f_sigmoid()? - asl_margin).clamp_min(0.0);
        // Equal in exact arithmetic; the first is accurate for probabilities near 1.
        let negative = if asl_margin == 0.0 {
            -(-&logits).f_log_sigmoid()?
        } else {
            -shifted.f_neg()?.f_log1p()?
        };
        let negative = focused(negative, &shifted, gamma_negative);
        let weighed: Tensor =
            targets * positive * &self.positives + (1.0 - targets) * negative * &self.negatives;
        weighed.f_mean(Kind::Float)
    }

    /// Cross-entropy of the playlists by cosine to each track, with the target spread over the track's own playlists; a
    /// track on no playlist counts as 0.
    fn contrast(
        &self,
        embedding: &Tensor,
        playlists: &Tensor,
        targets: &Tensor,
    ) -> Result<Tensor, TchError> {
        let [tracks, playlists] = [&embedding.f_to_kind(Kind::Float)?, playlists].map(unit);
        let near = tracks.f_matmul(&playlists.tr())? / self.config.temperature;
        let own: Tensor = targets / sum_of_rows(targets).clamp_min(MIN_BASE);
        let each = -sum_of_rows(&(own * near.f_log_softmax(1, Kind::Float)?));
        each.f_mean(Kind::Float)
    }

    /// Targets `[tracks, playlists]` on the loss's device.
    ///
    /// # Errors
    /// Returns an error if libtorch fails.
    pub fn targets(&self, dataset: &Dataset, tracks: &[usize]) -> Result<Tensor, TchError> {
        let flat = Tensor::f_from_slice(&dataset.targets(tracks))?;
        flat.f_view([tracks.len() as i64, dataset.playlists as i64])?
            .f_to_device(self.positives.device())
    }

    /// `[playlists]`, the logits of a head that only knows each playlist's number of tracks.
    pub fn initial_bias(&self) -> &Tensor {
        &self.initial_bias
    }

    /// Whether the loss has a reconstruction term.
    pub fn reconstructs(&self) -> bool {
        self.config.reconstruction > 0.0
    }

    /// The loss's own trained variables: saved in a checkpoint, not part of the network.
    pub fn variables(&self) -> HashMap<String, Tensor> {
        let playlists = self.playlists.iter().map(Tensor::shallow_clone);
        playlists
            .map(|tensor| (PLAYLISTS.to_owned(), tensor))
            .collect()
    }

    /// Whether a variable of this name is the loss's own.
    pub fn is_own(name: &str) -> bool {
        name == PLAYLISTS
    }
}

/// Focal weighting: scales a loss by `probability` (of the wrong answer) to a power.
fn focused(loss: Tensor, probability: &Tensor, gamma: f64) -> Tensor {
    if gamma > 0.0 {
        loss * probability.clamp_min(MIN_BASE).pow_tensor_scalar(gamma)
    } else {
        loss
    }
}

fn sum_of_rows(rows: &Tensor) -> Tensor {
    rows.sum_dim_intlist([1_i64].as_slice(), true, Kind::Float)
}

/// Rows scaled to unit length.
fn unit(rows: &Tensor) -> Tensor {
    rows / sum_of_rows(&rows.square()).sqrt().clamp_min(MIN_BASE)
}

#[cfg(test)]
mod tests;
