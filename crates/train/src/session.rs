//! Rotations over the artists, then the network that is shipped, and what may be said of it.

use model::tch;
use std::ops::ControlFlow;
use std::path::PathBuf;

use model::tch::{Device, Tensor};

use super::attention::train_attention;
use super::examine::Examination;
use super::head::hidden_units;
use super::kept::{Heard, hear_once};
use super::predict::{SongPredictions, predict};
use super::rotation::Rotation;
use super::{Dataset, TrainConfig, TrainError};
use evaluation::{
    Calibrated, Calibration, Deal, EpochRecord, Evaluation, Evidence, FOLDS, Novelty, Pooling,
    Promise, Split, SplitError, SplitPlan, Teachers, best_epoch, calibrate,
};
use inference::Prediction;
use model::Network;
use neighbours::{Neighbours, StoredTrack};

/// All that a training needs.
pub struct Session<'a> {
    pub config: &'a TrainConfig,
    pub dataset: &'a Dataset,
    /// Names of the playlists, in the order of the network's outputs.
    pub playlists: &'a [String],
    /// One a track, as the bundle will show them.
    pub tracks: &'a [StoredTrack],
    /// By what they are split, and which of them are one recording.
    pub plan: &'a SplitPlan,
    /// Weights to begin with, and where they came from; the head is always new.
    pub start: Option<(&'a [u8], PathBuf)>,
    pub device: Device,
    /// Where checkpoints lie.
    pub folder: PathBuf,
    /// Told of each epoch of each named run.
    pub announce: &'a dyn Fn(&str, &EpochRecord),
}

/// What a training came to.
pub struct Trained {
    pub network: Network,
    pub calibration: Calibration,
    pub promise: Option<Promise>,
    /// None where too few tracks were tested.
    pub novelty: Option<Novelty>,
    pub evaluation: Evaluation,
    pub neighbours: Neighbours,
    /// As [`Neighbours::nearest_strangers`].
    pub same_recording_above: f32,
    /// Each run's name and epochs.
    pub histories: Vec<(String, Vec<EpochRecord>)>,
    /// The tracks that taught the shipped network, by their place.
    pub learned_from: Vec<usize>,
    /// Those that told it when to stop: they taught it nothing, and yet a test on them would flatter.
    pub stopped_by: Vec<usize>,
}

impl Session<'_> {
    /// Trains, tests, calibrates, and trains the network that is shipped.
    ///
    /// # Errors
    /// As [`Rotation::run`]; and where a split would leak, or artists are too few.
    pub fn run(&self) -> Result<Trained, TrainError> {
        let deal = self.deal()?;
        let (artists, count) = (&deal.artists, deal.count);
        let all: Vec<usize> = (0..self.dataset.len()).collect();
        let units = self.hidden_units(&all)?;
        let announce = |name: &str, epoch: &EpochRecord| {
            (self.announce)(name, epoch);
            ControlFlow::Continue(())
        };
        let mut evidence = Evidence {
            playlists: self.playlists.to_vec(),
            ..Evidence::default()
        };
        let mut histories = Vec::new();
        let mut last = None;
        for (rotation, split) in deal.splits.iter().enumerate() {
            let name = format!("rotation-{}", rotation + 1);
            let (mut network, history) =
                self.train(&name, split, &deal, &units, None, &announce)?;
            let Heard { songs, windows } = hear_once(&network, self.dataset, &split.train)?;
            self.learn_attention(&mut network, &windows, &split.train)?;
            self.examine(&network, split, songs, artists, &mut evidence)?;
            if self.config.pooling != Pooling::Attention {
                network.set_attention(None);
            }
            histories.push((name, history));
            last = Some((network, split.clone()));
        }
        let calibrated = calibrate(&evidence);
        let evaluation = self.evaluate(&evidence, &calibrated, &deal);
        if deal.splits.len() == FOLDS {
            let epochs = mean_best_epoch(&histories);
            let split = Split {
                train: all.clone(),
                ..Split::default()
            };
            let name = "all-tracks";
            let (mut network, history) =
                self.train(name, &split, &deal, &units, Some(epochs), &announce)?;
            if self.config.pooling == Pooling::Attention {
                let heard = hear_once(&network, self.dataset, &split.train)?;
                self.learn_attention(&mut network, &heard.windows, &split.train)?;
            }
            histories.push((name.into(), history));
            last = Some((network, split));
        }
        let Some((network, split)) = last else {
            let tracks = self.tracks.len();
            let artists = count;
            return Err(SplitError::TooFew { tracks, artists }.into());
        };
        let heard = predict(&network, self.dataset, &all, Pooling::Mean)?;
        let neighbours = self.store(heard, &all);
        let same_recording_above = neighbours.nearest_strangers(artists);
        Ok(Trained {
            network,
            calibration: calibrated.calibration,
            promise: calibrated.promise,
            novelty: Novelty::learn(&evidence.novelty, &evidence.artists),
            evaluation,
            neighbours,
            same_recording_above,
            histories,
            learned_from: split.train,
            stopped_by: split.validation,
        })
    }

    /// Trains the first rotation and no more; `announce`, which may end it, is told of its epochs. Its test artists are
    /// neither heard nor judged, so that a search for settings leaves them for an honest test.
    ///
    /// # Errors
    /// As [`Session::run`].
    pub fn first_rotation(
        &self,
        announce: &dyn Fn(&EpochRecord) -> ControlFlow<()>,
    ) -> Result<Vec<EpochRecord>, TrainError> {
        let deal = self.deal()?;
        let units = self.hidden_units(&deal.splits[0].train)?;
        let told = |_: &str, epoch: &EpochRecord| announce(epoch);
        let (_, history) = self.train("rotation-1", &deal.splits[0], &deal, &units, None, &told)?;
        Ok(history)
    }

    fn deal(&self) -> Result<Deal, SplitError> {
        let (rotations, seed) = (self.config.rotations, self.config.seed);
        Deal::new(
            self.tracks,
            self.playlists.len(),
            self.plan,
            rotations,
            seed,
        )
    }

    /// A network as every run begins with it.
    ///
    /// # Errors
    /// Weights to begin with that are not this network's, or adapters that find no layer of it.
    fn fresh(&self) -> Result<Network, TrainError> {
        tch::manual_seed(self.config.seed as i64);
        let shape = self
            .config
            .shape(&self.dataset.front_end, self.playlists.len());
        let mut network = Network::new(shape, self.device)?;
        if let Some((bytes, origin)) = &self.start {
            network.load_backbone(bytes, origin)?;
        }
        Ok(network)
    }

    fn hidden_units(&self, tracks: &[usize]) -> Result<Vec<Tensor>, TrainError> {
        if self.config.head.epochs == 0 {
            Ok(Vec::new())
        } else {
            hidden_units(&self.fresh()?, self.dataset, tracks)
        }
    }

    fn train(
        &self,
        name: &str,
        split: &Split,
        deal: &Deal,
        units: &[Tensor],
        stop_after: Option<usize>,
        announce: &dyn Fn(&str, &EpochRecord) -> ControlFlow<()>,
    ) -> Result<(Network, Vec<EpochRecord>), TrainError> {
        // Here every training begins, so that none begins on a split that leaks.
        split.audit(&deal.credits)?;
        let network = self.fresh()?;
        let run = Rotation {
            config: self.config,
            dataset: self.dataset,
            split,
            artists: &deal.artists,
            units,
            seed: self.config.seed,
            stop_after,
            checkpoint: self.folder.join(name).join("checkpoint.safetensors"),
            announce: &|epoch| announce(name, epoch),
        };
        let history = run.run(&network)?;
        Ok((network, history))
    }

    /// Gives a finished network the attention that it learns from windows of its training tracks.
    fn learn_attention(
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

    /// What the network and its baselines say of the split's test tracks.
    fn examine(
        &self,
        network: &Network,
        split: &Split,
        teachers: SongPredictions,
        artists: &[String],
        evidence: &mut Evidence,
    ) -> Result<(), TrainError> {
        let playlists = self.playlists.len();
        let stored = self.store(teachers, &split.train);
        let examination = Examination {
            network,
            dataset: self.dataset,
            tracks: self.tracks,
            artists,
            pooling: self.config.pooling,
        };
        let teachers = Teachers::new(&stored, playlists);
        examination.ask(&split.test, &teachers, evidence, &|| ())
    }

    fn evaluate(&self, evidence: &Evidence, calibrated: &Calibrated, deal: &Deal) -> Evaluation {
        let count = deal.count;
        let method = match (deal.splits.len(), self.plan.test_after) {
            (_, Some(day)) => format!(
                "Tested on {} tracks that came onto lists on {day} or later, by artists that the network never heard; \
                 it trained on what was there before.",
                evidence.tracks.len()
            ),
            (FOLDS, None) => format!(
                "Each of {} tracks by {count} artists was judged by a network that trained on three fifths of the \
                 artists and never heard its own; the shipped network then trained on all tracks.",
                evidence.tracks.len()
            ),
            _ => format!(
                "Tested on {} tracks by artists that the network never heard; it trained on three fifths of {count} \
                 artists.",
                evidence.tracks.len()
            ),
        };
        calibrated.evaluation(method, evidence)
    }

    fn store(&self, songs: SongPredictions, tracks: &[usize]) -> Neighbours {
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
