//! One network from its start to its best epoch.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::PathBuf;

use tch::Tensor;

use super::adamw::AdamW;
use super::checkpoint::{Checkpoint, Record};
use super::head::{ClassWeight, train_alone};
use super::predict::predict;
use super::{Dataset, TrainConfig, TrainError, augment};
use crate::evaluate::{EpochRecord, Judged, Pooling, Split, Validation, best_epoch, top_hits};
use crate::model::Network;

/// Everything that one training run is made of.
pub struct Rotation<'a> {
    pub config: &'a TrainConfig,
    pub dataset: &'a Dataset,
    pub split: &'a Split,
    /// Who must be kept together, one a track.
    pub artists: &'a [String],
    /// The frozen backbone's hidden units of every track, where the head is first trained alone.
    pub units: &'a [Tensor],
    /// Different for every rotation of a session.
    pub seed: u64,
    /// Ends the run after so many epochs, on the same schedule; none runs to the best one.
    pub stop_after: Option<usize>,
    pub checkpoint: PathBuf,
    /// Told of each epoch when it is saved; may end the run there.
    pub announce: &'a dyn Fn(&EpochRecord) -> ControlFlow<()>,
}

impl Rotation<'_> {
    /// Trains `network`, which holds its starting weights; it ends with the weights of its best epoch.
    ///
    /// # Errors
    /// Where a clip, the device or the disk fails, or the loss is no longer a number.
    pub fn run(&self, network: &Network) -> Result<Vec<EpochRecord>, TrainError> {
        let class_weight = self.class_weight(network);
        let mut state = State::new(network, self.config);
        let checkpoint = Checkpoint::new(self.checkpoint.clone());
        let mut record = Record {
            config: self.config.clone(),
            tracks: self.hash_of_tracks(),
            history: Vec::new(),
        };
        match checkpoint.restore(&record, &state.tensors())? {
            Some(history) => record.history = history,
            None => self.train_head(network, &class_weight, &state)?,
        }
        while !self.done(&record.history) {
            let epoch = record.history.len() + 1;
            let train_loss = self.epoch(network, &mut state, &class_weight, epoch)?;
            if !train_loss.is_finite() {
                return Err(TrainError::Diverged { epoch });
            }
            state.use_average();
            let validation = self.validate(network, &class_weight)?;
            record.history.push(EpochRecord {
                epoch,
                train_loss,
                validation,
            });
            if best_epoch(&record.history) == epoch {
                state.keep_best();
            }
            state.leave_average();
            checkpoint.save(&record, &state.tensors())?;
            let ended = record.history.last().map(|last| (self.announce)(last));
            if ended.is_some_and(|flow| flow.is_break()) {
                break;
            }
        }
        state.use_best();
        Ok(record.history)
    }

    fn class_weight(&self, network: &Network) -> ClassWeight {
        let tracks = &self.split.train;
        let power = self.config.network.class_weight;
        ClassWeight::new(
            &self.dataset.counts(tracks),
            tracks.len(),
            power,
            network.device(),
        )
    }

    fn hash_of_tracks(&self) -> String {
        let sides = [&self.split.train, &self.split.validation, &self.split.test];
        let text = format!(
            "{sides:?} {:?} {} {:?}",
            self.dataset.truth, self.seed, self.stop_after
        );
        blake3::hash(text.as_bytes()).to_hex().to_string()
    }

    fn train_head(
        &self,
        network: &Network,
        class_weight: &ClassWeight,
        state: &State,
    ) -> Result<(), TrainError> {
        if self.config.head.epochs > 0 {
            let mut random = self.random(0);
            let Self {
                dataset,
                units,
                split,
                config,
                ..
            } = self;
            train_alone(
                network,
                dataset,
                units,
                &split.train,
                &config.head,
                class_weight,
                &mut random,
            )?;
        }
        state.start();
        Ok(())
    }

    /// The generator of an epoch: it depends on nothing that came before, so a resumed run draws the same.
    fn random(&self, epoch: usize) -> fastrand::Rng {
        let seed = self.seed.wrapping_mul(1_000_003).wrapping_add(epoch as u64);
        tch::manual_seed(seed as i64);
        fastrand::Rng::with_seed(seed)
    }

    fn done(&self, history: &[EpochRecord]) -> bool {
        let run = history.len();
        let last = self
            .stop_after
            .unwrap_or(self.config.network.epochs)
            .min(self.config.network.epochs);
        let patience = self.config.network.patience;
        let stuck = history
            .last()
            .is_some_and(|epoch| epoch.validation.is_some())
            && run >= best_epoch(history) + patience.max(1);
        run >= last || stuck
    }

    /// One pass over the training tracks; answers the mean loss.
    fn epoch(
        &self,
        network: &Network,
        state: &mut State,
        class_weight: &ClassWeight,
        epoch: usize,
    ) -> Result<f64, TrainError> {
        let config = &self.config.network;
        let mut random = self.random(epoch);
        let mut order = self.split.train.repeat(config.windows_per_track);
        random.shuffle(&mut order);
        let batches = order.len().div_ceil(config.batch);
        let all = (config.epochs * batches) as f64;
        let mut total = 0.0;
        for (number, batch) in order.chunks(config.batch).enumerate() {
            let mut windows = network
                .windows_tensor(&self.dataset.recordings.random_windows(batch, &mut random))?;
            let mut targets = class_weight.targets(self.dataset, batch)?;
            if config.mixup > 0.0 {
                (windows, targets) = augment::mix(&windows, &targets, config.mixup, &mut random);
            }
            let hidden = network.features(&windows, true).hidden;
            let logits = network.head().forward(&hidden, true);
            let loss = class_weight.loss(&logits, &targets)?;
            let step = ((epoch - 1) * batches + number) as f64;
            let share = schedule(step, all, config.warm_up);
            let rate = |name: &str| match network.is_head(name) {
                true => share * config.head_learning_rate,
                false => share * config.learning_rate,
            };
            state.step(&loss, rate)?;
            total += loss.double_value(&[]) * batch.len() as f64;
        }
        Ok(total / order.len() as f64)
    }

    fn validate(
        &self,
        network: &Network,
        class_weight: &ClassWeight,
    ) -> Result<Option<Validation>, TrainError> {
        let tracks = &self.split.validation;
        if tracks.is_empty() {
            return Ok(None);
        }
        // Whatever the pooling, epochs are compared by the mean: it is smooth, and an attention learns at the end.
        let songs = predict(network, self.dataset, tracks, Pooling::Mean)?;
        let playlists = self.dataset.playlists as i64;
        let logits = Tensor::f_from_slice(&songs.logits)?
            .f_view([-1, playlists])?
            .f_to_device(network.device())?;
        let loss = class_weight
            .loss(&logits, &class_weight.targets(self.dataset, tracks)?)?
            .double_value(&[]);
        let truth: Vec<Vec<usize>> = tracks
            .iter()
            .map(|&track| self.dataset.truth[track].clone())
            .collect();
        let artists: Vec<String> = tracks
            .iter()
            .map(|&track| self.artists[track].clone())
            .collect();
        let playlists = self.dataset.playlists;
        let hits = top_hits(&Judged {
            scores: &songs.logits,
            truth: &truth,
            artists: &artists,
            playlists,
        });
        let share = |k: usize| hits.iter().map(|hit| hit[k]).sum::<f64>() / hits.len() as f64;
        Ok(Some(Validation {
            loss,
            top_1: share(0),
            top_3: share(1),
            top_5: share(2),
        }))
    }
}

/// The share of the learning rate at a step: up along a line, then down along half a cosine.
fn schedule(step: f64, all: f64, warm_up: f64) -> f64 {
    let rise = ((step + 1.0) / (warm_up * all + 1.0)).min(1.0);
    rise * 0.5 * (1.0 + (std::f64::consts::PI * step / all).cos())
}

/// The weights in all their versions, and the optimiser.
struct State {
    variables: HashMap<String, Tensor>,
    optimiser: AdamW,
    /// Running average of the weights, and where they wait while it is in their place.
    average: HashMap<String, Tensor>,
    aside: HashMap<String, Tensor>,
    best: HashMap<String, Tensor>,
    keep: f64,
}

impl State {
    fn new(network: &Network, config: &TrainConfig) -> Self {
        let variables = network.variables();
        let copy = || copies(&variables);
        Self {
            optimiser: AdamW::new(network.variables(), config.network.weight_decay),
            average: copy(),
            aside: copy(),
            best: copy(),
            keep: config.network.average,
            variables,
        }
    }

    /// Averages begin with the weights that training begins with.
    fn start(&self) {
        assign(&self.average, &self.variables);
        assign(&self.best, &self.variables);
    }

    fn step(&mut self, loss: &Tensor, rate: impl Fn(&str) -> f64) -> Result<(), tch::TchError> {
        self.optimiser.step(loss, rate)?;
        tch::no_grad(|| {
            for (name, average) in &mut self.average {
                let _ = average.f_lerp_(&self.variables[name], 1.0 - self.keep)?;
            }
            Ok(())
        })
    }

    fn use_average(&mut self) {
        assign(&self.aside, &self.variables);
        assign(&self.variables, &self.average);
    }

    fn leave_average(&mut self) {
        assign(&self.variables, &self.aside);
    }

    /// Called while the average stands in the weights' place.
    fn keep_best(&mut self) {
        assign(&self.best, &self.variables);
    }

    fn use_best(&mut self) {
        assign(&self.variables, &self.best);
    }

    fn tensors(&self) -> HashMap<String, Tensor> {
        let versions = [
            ("network", &self.variables),
            ("average", &self.average),
            ("best", &self.best),
        ];
        let named = versions.into_iter().flat_map(|(version, tensors)| {
            tensors
                .iter()
                .map(move |(name, tensor)| (format!("{version}.{name}"), tensor.shallow_clone()))
        });
        named.chain(self.optimiser.state()).collect()
    }
}

fn copies(tensors: &HashMap<String, Tensor>) -> HashMap<String, Tensor> {
    tensors
        .iter()
        .map(|(name, tensor)| (name.clone(), tensor.detach().copy()))
        .collect()
}

fn assign(to: &HashMap<String, Tensor>, from: &HashMap<String, Tensor>) {
    tch::no_grad(|| {
        for (name, tensor) in to {
            tensor.shallow_clone().copy_(&from[name]);
        }
    });
}
