//! Cross-validation by artist, then the network that is shipped, with its evaluation and calibration.

use model::tch;
use std::ops::ControlFlow;
use std::path::PathBuf;

use model::tch::{Device, Tensor};

use super::attention::train_attention;
use super::evaluator::Evaluator;
use super::fold::Fold;
use super::frozen_features::{FeatureCache, extract_features};
use super::head::hidden_units;
use super::predict::{SongPredictions, predict_songs};
use super::{Dataset, TrainConfig, TrainError};
use evaluation::{
    Calibrated, Calibration, EpochRecord, Evaluation, FOLDS, HeldOutScores, OodDetector, Pooling,
    RiskControl, Split, SplitError, SplitPlan, Splits, TrainingTracks, best_epoch, calibrate,
};
use inference::Prediction;
use model::Network;
use neighbours::{Neighbours, StoredTrack};

/// The settings and data of a training.
pub struct Trainer<'a> {
    /// The preset.
    pub config: &'a TrainConfig,
    /// The windows and labels.
    pub dataset: &'a Dataset,
    /// Names of the playlists, in the order of the network's outputs.
    pub playlists: &'a [String],
    /// One per track, as the bundle stores them.
    pub tracks: &'a [StoredTrack],
    /// How the tracks are split, and which of them are one recording.
    pub plan: &'a SplitPlan,
    /// Initial weights of the backbone (safetensors) and their path, for messages; the head is always new.
    pub initial_weights: Option<(&'a [u8], PathBuf)>,
    /// Where the network runs.
    pub device: Device,
    /// Folder for the checkpoints.
    pub folder: PathBuf,
    /// Called with the name of the run and each of its epochs.
    pub announce: &'a dyn Fn(&str, &EpochRecord),
}

/// The result of a training.
pub struct TrainingResult {
    /// The network that is shipped.
    pub network: Network,
    /// From the held-out scores of all folds.
    pub calibration: Calibration,
    /// `None` if no selection meets a risk bound.
    pub risk_control: Option<RiskControl>,
    /// `None` if too few tracks were tested.
    pub ood: Option<OodDetector>,
    /// On the test tracks of all folds.
    pub evaluation: Evaluation,
    /// All tracks with their embeddings by the shipped network.
    pub neighbours: Neighbours,
    /// As [`Neighbours::max_cross_group_similarity`].
    pub same_recording_above: f32,
    /// Name and epochs of each run.
    pub histories: Vec<(String, Vec<EpochRecord>)>,
    /// Indices of the tracks that the shipped network was trained on.
    pub training_tracks: Vec<usize>,
    /// Indices of the tracks that decided when to stop: a test on them would be biased upward.
    pub validation_tracks: Vec<usize>,
}

impl Trainer<'_> {
    /// Trains and tests every fold, calibrates, and trains the network that is shipped.
    ///
    /// # Errors
    /// As [`Fold::run`], and if a split leaks or there are too few artists.
    pub fn run(&self) -> Result<TrainingResult, TrainError> {
        let splits = self.split()?;
        let (artists, count) = (&splits.artists, splits.count);
        let all: Vec<usize> = (0..self.dataset.len()).collect();
        let units = self.hidden_units(&all)?;
        let announce = |name: &str, epoch: &EpochRecord| {
            (self.announce)(name, epoch);
            ControlFlow::Continue(())
        };
        let mut held_out_scores = HeldOutScores {
            playlists: self.playlists.to_vec(),
            ..HeldOutScores::default()
        };
        let mut histories = Vec::new();
        let mut last = None;
        for (fold, split) in splits.splits.iter().enumerate() {
            let name = format!("rotation-{}", fold + 1);
            let (mut network, history) =
                self.train(&name, split, &splits, &units, None, &announce)?;
            let FeatureCache { songs, windows } =
                extract_features(&network, self.dataset, &split.train)?;
            self.fit_attention(&mut network, &windows, &split.train)?;
            self.evaluate_split(&network, split, songs, artists, &mut held_out_scores)?;
            if self.config.pooling != Pooling::Attention {
                network.set_attention(None);
            }
            histories.push((name, history));
            last = Some((network, split.clone()));
        }
        let calibrated = calibrate(&held_out_scores);
        let evaluation = self.evaluate(&held_out_scores, &calibrated, &splits);
        if splits.splits.len() == FOLDS {
            let epochs = mean_best_epoch(&histories);
            let split = Split {
                train: all.clone(),
                ..Split::default()
            };
            let name = "all-tracks";
            let (mut network, history) =
                self.train(name, &split, &splits, &units, Some(epochs), &announce)?;
            if self.config.pooling == Pooling::Attention {
                let predicted = extract_features(&network, self.dataset, &split.train)?;
                self.fit_attention(&mut network, &predicted.windows, &split.train)?;
            }
            histories.push((name.into(), history));
            last = Some((network, split));
        }
        let Some((network, split)) = last else {
            let tracks = self.tracks.len();
            let artists = count;
            return Err(SplitError::TooFew { tracks, artists }.into());
        };
        let predicted = predict_songs(&network, self.dataset, &all, Pooling::Mean)?;
        let neighbours = self.neighbours_of(predicted, &all);
        let same_recording_above = neighbours.max_cross_group_similarity(artists);
        Ok(TrainingResult {
            network,
            calibration: calibrated.calibration,
            risk_control: calibrated.risk_control,
            ood: OodDetector::learn(&held_out_scores.ood, &held_out_scores.artists),
            evaluation,
            neighbours,
            same_recording_above,
            histories,
            training_tracks: split.train,
            validation_tracks: split.validation,
        })
    }

    /// Trains the first fold only; `announce` is called with its epochs and may end it. Its test tracks are not used, so
    /// that a test after a search for settings is unbiased.
    ///
    /// # Errors
    /// As [`Trainer::run`].
    pub fn train_first_fold(
        &self,
        announce: &dyn Fn(&EpochRecord) -> ControlFlow<()>,
    ) -> Result<Vec<EpochRecord>, TrainError> {
        let splits = self.split()?;
        let units = self.hidden_units(&splits.splits[0].train)?;
        let told = |_: &str, epoch: &EpochRecord| announce(epoch);
        let (_, history) = self.train(
            "rotation-1",
            &splits.splits[0],
            &splits,
            &units,
            None,
            &told,
        )?;
        Ok(history)
    }

    fn split(&self) -> Result<Splits, SplitError> {
        let (n_folds, seed) = (self.config.n_folds, self.config.seed);
        Splits::new(self.tracks, self.playlists.len(), self.plan, n_folds, seed)
    }

    /// A network with the initial weights of every run.
    ///
    /// # Errors
    /// Returns an error if the initial weights do not fit, or adapters match no layer.
    fn new_network(&self) -> Result<Network, TrainError> {
        tch::manual_seed(self.config.seed as i64);
        let shape = self
            .config
            .network(&self.dataset.front_end, self.playlists.len());
        let mut network = Network::new(shape, self.device)?;
        if let Some((bytes, origin)) = &self.initial_weights {
            network.load_backbone(bytes, origin)?;
        }
        Ok(network)
    }

    fn hidden_units(&self, tracks: &[usize]) -> Result<Vec<Tensor>, TrainError> {
        if self.config.linear_probe.epochs == 0 {
            Ok(Vec::new())
        } else {
            hidden_units(&self.new_network()?, self.dataset, tracks)
        }
    }

    fn train(
        &self,
        name: &str,
        split: &Split,
        splits: &Splits,
        units: &[Tensor],
        stop_after: Option<usize>,
        announce: &dyn Fn(&str, &EpochRecord) -> ControlFlow<()>,
    ) -> Result<(Network, Vec<EpochRecord>), TrainError> {
        // Every training passes here, so that none uses a split that leaks.
        split.audit(&splits.artist_links)?;
        let network = self.new_network()?;
        let run = Fold {
            config: self.config,
            dataset: self.dataset,
            split,
            artists: &splits.artists,
            units,
            seed: self.config.seed,
            stop_after,
            checkpoint: self.folder.join(name).join("checkpoint.safetensors"),
            announce: &|epoch| announce(name, epoch),
        };
        let history = run.run(&network)?;
        Ok((network, history))
    }

    /// Trains attention over the windows of the training tracks for a finished network.
    fn fit_attention(
        &self,
        network: &mut Network,
        windows: &[Prediction],
        tracks: &[usize],
    ) -> Result<(), TrainError> {
        let truth = self.dataset.targets(tracks);
        network.set_attention(train_attention(
            windows,
            &truth,
            self.device,
            self.config.seed,
        )?);
        Ok(())
    }

    /// Scores the network and the baselines on the split's test tracks.
    fn evaluate_split(
        &self,
        network: &Network,
        split: &Split,
        training_tracks: SongPredictions,
        artists: &[String],
        held_out_scores: &mut HeldOutScores,
    ) -> Result<(), TrainError> {
        let playlists = self.playlists.len();
        let stored = self.neighbours_of(training_tracks, &split.train);
        let evaluator = Evaluator {
            network,
            dataset: self.dataset,
            tracks: self.tracks,
            artists,
            pooling: self.config.pooling,
        };
        let training_tracks = TrainingTracks::new(&stored, playlists);
        evaluator.evaluate(&split.test, &training_tracks, held_out_scores, &|_| ())
    }

    fn evaluate(
        &self,
        held_out_scores: &HeldOutScores,
        calibrated: &Calibrated,
        splits: &Splits,
    ) -> Evaluation {
        let count = splits.count;
        let method = match (splits.splits.len(), self.plan.test_after) {
            (_, Some(day)) => format!(
                "Tested on {} tracks that were added to playlists on {day} or later, by artists that the network was not \
                 trained on; it was trained on the tracks before.",
                held_out_scores.tracks.len()
            ),
            (FOLDS, None) => format!(
                "Each of {} tracks by {count} artists was tested by a network that was trained on three fifths of the \
                 artists without its own; the shipped network was then trained on all tracks.",
                held_out_scores.tracks.len()
            ),
            _ => format!(
                "Tested on {} tracks by artists that the network was not trained on; it was trained on three fifths of \
                 {count} artists.",
                held_out_scores.tracks.len()
            ),
        };
        calibrated.evaluation(method, held_out_scores)
    }

    fn neighbours_of(&self, songs: SongPredictions, tracks: &[usize]) -> Neighbours {
        let tracks = tracks
            .iter()
            .map(|&track| self.tracks[track].clone())
            .collect();
        Neighbours {
            tracks,
            width: songs.width,
            embeddings: songs.embeddings,
        }
    }
}

fn mean_best_epoch(histories: &[(String, Vec<EpochRecord>)]) -> usize {
    let best: usize = histories
        .iter()
        .map(|(_, history)| best_epoch(history))
        .sum();
    (best as f64 / histories.len().max(1) as f64)
        .round()
        .max(1.0) as usize
}

#[cfg(test)]
mod tests;
