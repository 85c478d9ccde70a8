//! One training run: a network from its initial weights to its best epoch.

use model::tch;
use std::ops::ControlFlow;
use std::path::PathBuf;

use model::tch::{Kind, Tensor};

use super::checkpoint::{Checkpoint, CheckpointHeader};
use super::head::train_linear_probe;
use super::loader::{TrainingBatch, for_each_batch};
use super::loss::Loss;
use super::optimizer_state::OptimizerState;
use super::predict::predict_songs;
use super::sampler::{EpochRng, Sampler, seed_torch};
use super::schedule::{self, ParamGroups};
use super::{Dataset, TrainConfig, TrainError, augment};
use evaluation::{EpochRecord, Pooling, ScoredLabels, Split, Validation, best_epoch, top_hits};
use model::{Network, autocast};

/// The settings and data of one training run.
pub struct Fold<'a> {
    /// The preset.
    pub config: &'a TrainConfig,
    /// The windows and labels.
    pub dataset: &'a Dataset,
    /// Which tracks to train and to validate on.
    pub split: &'a Split,
    /// Group of each track: linked artists count as one.
    pub artists: &'a [String],
    /// The frozen backbone's hidden units of every track for the linear probe; empty without one.
    pub units: &'a [Tensor],
    /// Seed of the run's random numbers.
    pub seed: u64,
    /// Ends the run after this many epochs of the same schedule; `None` stops early after the best one.
    pub stop_after: Option<usize>,
    /// Path of the checkpoint.
    pub checkpoint: PathBuf,
    /// Called with each epoch when it is saved; `Break` ends the run.
    pub announce: &'a dyn Fn(&EpochRecord) -> ControlFlow<()>,
}

/// The network with its loss.
struct Learner<'a> {
    network: &'a Network,
    loss: Loss,
    /// Whether only the head is trained.
    frozen: bool,
}

impl Fold<'_> {
    /// Trains `network` from its current weights to those of its best epoch, and returns the history.
    ///
    /// # Errors
    /// Returns an error if a clip, the device or the disk fails, the loss is not finite, or the loss needs a decoder that
    /// the architecture lacks.
    pub fn run(&self, network: &Network) -> Result<Vec<EpochRecord>, TrainError> {
        let param_groups = ParamGroups::new(network, &self.config.fine_tune);
        let learner = Learner {
            network,
            loss: self.loss(network)?,
            frozen: param_groups.freezes_backbone(),
        };
        let mut state = OptimizerState::new(network, &learner.loss, &self.config.fine_tune);
        let checkpoint = Checkpoint::new(self.checkpoint.clone());
        let mut record = CheckpointHeader {
            tracks: self.hash_of_tracks(),
            config: self.config.clone(),
            history: Vec::new(),
        };
        match checkpoint.restore(&record, &state.tensors())? {
            Some(history) => record.history = history,
            None => self.train_head(&learner, &state)?,
        }
        state.freeze(&param_groups);
        while !self.done(&record.history) {
            let epoch = record.history.len() + 1;
            let train_loss = self.epoch(&learner, &mut state, epoch)?;
            if !train_loss.is_finite() {
                return Err(TrainError::Diverged { epoch });
            }
            state.load_average();
            let validation = self.validate(&learner)?;
            record.history.push(EpochRecord {
                epoch,
                train_loss,
                validation,
            });
            if best_epoch(&record.history) == epoch {
                state.store_best();
            }
            state.restore_weights();
            checkpoint.save(&record, &state.tensors())?;
            let ended = record.history.last().map(|last| (self.announce)(last));
            if ended.is_some_and(|flow| flow.is_break()) {
                break;
            }
        }
        state.load_best();
        Ok(record.history)
    }

    fn loss(&self, network: &Network) -> Result<Loss, TrainError> {
        Loss::for_training(
            &self.config.loss,
            self.config.fine_tune.pos_weight_power,
            self.dataset,
            &self.split.train,
            network,
            self.seed,
        )
    }

    fn hash_of_tracks(&self) -> String {
        let partitions = [&self.split.train, &self.split.validation, &self.split.test];
        let text = format!(
            "{partitions:?} {:?} {} {:?}",
            self.dataset.truth, self.seed, self.stop_after
        );
        blake3::hash(text.as_bytes()).to_hex().to_string()
    }

    fn train_head(&self, learner: &Learner, state: &OptimizerState) -> Result<(), TrainError> {
        if self.config.linear_probe.epochs > 0 {
            let mut random = EpochRng(self.seed).epoch(0);
            seed_torch(&mut random);
            train_linear_probe(
                learner.network,
                self.dataset,
                self.units,
                &self.split.train,
                &self.config.linear_probe,
                &learner.loss,
                &mut random,
            )?;
        }
        state.start();
        Ok(())
    }

    fn done(&self, history: &[EpochRecord]) -> bool {
        let run = history.len();
        let last = self
            .stop_after
            .unwrap_or(self.config.fine_tune.epochs)
            .min(self.config.fine_tune.epochs);
        let patience = self.config.fine_tune.patience;
        let stuck = history
            .last()
            .is_some_and(|epoch| epoch.validation.is_some())
            && run >= best_epoch(history) + patience.max(1);
        run >= last || stuck
    }

    /// One pass over the training tracks; returns the mean loss.
    fn epoch(
        &self,
        learner: &Learner,
        state: &mut OptimizerState,
        epoch: usize,
    ) -> Result<f64, TrainError> {
        let config = &self.config.fine_tune;
        let draws = EpochRng(self.seed);
        let order = self.sampler().order(&mut draws.epoch(epoch));
        let batches = order.len().div_ceil(config.batch);
        let all = (config.epochs * batches) as f64;
        // Summed on the device, so that no step waits for a transfer.
        let total = Tensor::zeros([], (Kind::Double, learner.network.device()));
        for_each_batch(
            self.dataset.source.as_ref(),
            &order,
            config.batch,
            |number| draws.batch(epoch, number),
            |batch| {
                let step = ((epoch - 1) * batches + batch.number) as f64;
                state.zero_grad()?;
                let _ = total
                    .shallow_clone()
                    .f_add_(&self.backward(learner, batch)?)?;
                state.step(schedule::lr_factor(step, all, config.warmup_ratio))?;
                Ok(())
            },
        )?;
        Ok(total.f_double_value(&[])? / order.len() as f64)
    }

    fn sampler(&self) -> Sampler<'_> {
        let tracks = &self.split.train;
        let config = &self.config.fine_tune;
        let counts = self.dataset.counts(tracks);
        let truth = &self.dataset.truth;
        Sampler::new(
            tracks,
            config.windows_per_track,
            config.sampling_power,
            truth,
            &counts,
        )
    }

    /// Accumulates the gradients of a batch over its parts; returns the sum of its losses.
    fn backward(&self, learner: &Learner, mut batch: TrainingBatch) -> Result<Tensor, TrainError> {
        let config = &self.config.fine_tune;
        let network = learner.network;
        let count = batch.tracks.len();
        let mut windows = network.windows_tensor(&batch.windows)?;
        let mut targets = learner.loss.targets(self.dataset, &batch.tracks)?;
        if config.mixup > 0.0 {
            (windows, targets) = augment::mix(&windows, &targets, config.mixup, &mut batch.random);
        }
        seed_torch(&mut batch.random);
        let total = Tensor::zeros([], (Kind::Double, network.device()));
        let part = count.div_ceil(config.gradient_accumulation_steps) as i64;
        for (windows, targets) in windows
            .f_split(part, 0)?
            .iter()
            .zip(targets.f_split(part, 0)?)
        {
            let fraction = windows.size()[0] as f64 / count as f64;
            let loss = self.part_loss(learner, windows, &targets)? * fraction;
            loss.f_backward()?;
            let _ = total
                .shallow_clone()
                .f_add_(&(loss.detach().f_to_kind(Kind::Double)? * count as f64))?;
        }
        Ok(total)
    }

    fn part_loss(
        &self,
        learner: &Learner,
        windows: &Tensor,
        targets: &Tensor,
    ) -> Result<Tensor, TrainError> {
        let Learner {
            network,
            loss,
            frozen,
        } = learner;
        let precision = self.config.fine_tune.precision;
        let (features, logits, again) = autocast(precision, network.device(), || {
            let features = match frozen {
                true => tch::no_grad(|| network.features(windows, false)),
                false => network.features(windows, true),
            };
            let logits = network.head().forward(&features.hidden, true);
            let again = loss
                .reconstructs()
                .then(|| network.reconstruct(&features, !frozen));
            (features, logits, again.flatten())
        })?;
        Ok(loss.batch_loss(&features, &logits, again.as_ref(), windows, targets)?)
    }

    /// Validates on whole songs in single precision, as the bundle will predict.
    fn validate(&self, learner: &Learner) -> Result<Option<Validation>, TrainError> {
        let tracks = &self.split.validation;
        if tracks.is_empty() {
            return Ok(None);
        }
        // Epochs are compared by mean pooling for every `pooling`: it is smooth, and attention is trained at the end.
        let songs = predict_songs(learner.network, self.dataset, tracks, Pooling::Mean)?;
        let playlists = self.dataset.playlists as i64;
        let logits = Tensor::f_from_slice(&songs.logits)?
            .f_view([-1, playlists])?
            .f_to_device(learner.network.device())?;
        let targets = learner.loss.targets(self.dataset, tracks)?;
        let loss = learner.loss.classification(&logits, &targets)?;
        let loss = loss.double_value(&[]);
        let truth: Vec<Vec<usize>> = tracks
            .iter()
            .map(|&track| self.dataset.truth[track].clone())
            .collect();
        let artists: Vec<String> = tracks
            .iter()
            .map(|&track| self.artists[track].clone())
            .collect();
        let playlists = self.dataset.playlists;
        let hits = top_hits(&ScoredLabels {
            scores: &songs.logits,
            truth: &truth,
            artists: &artists,
            playlists,
        });
        let mean = |k: usize| hits.iter().map(|hit| hit[k]).sum::<f64>() / hits.len() as f64;
        Ok(Some(Validation {
            loss,
            top_1: mean(0),
            top_3: mean(1),
            top_5: mean(2),
        }))
    }
}

#[cfg(test)]
mod tests;
