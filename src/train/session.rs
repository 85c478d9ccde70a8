//! Rotations over the artists, then the network that is shipped, and what may be said of it.

use std::ops::ControlFlow;
use std::path::PathBuf;

use tch::{Device, Tensor};

use super::attention::train_attention;
use super::examine::Examination;
use super::head::hidden_units;
use super::kept::{Heard, hear_once};
use super::predict::{SongPredictions, predict};
use super::rotation::Rotation;
use super::{Dataset, TrainConfig, TrainError};
use crate::evaluate::{
    Calibrated, Calibration, Credits, EpochRecord, Evaluation, Evidence, Novelty, Pooling, Promise,
    Split, Teachers, artist_components, best_epoch, calibrate, folds,
};
use crate::model::{Network, Prediction};
use crate::neighbours::{Neighbours, StoredTrack};

/// Fifths of the artists.
const FOLDS: usize = 5;
/// Fewer artists than this cannot be dealt into training, validation and test.
const LEAST_ARTISTS: usize = FOLDS;

/// All that a training needs.
pub struct Session<'a> {
    pub config: &'a TrainConfig,
    pub dataset: &'a Dataset,
    /// Names of the playlists, in the order of the network's outputs.
    pub playlists: &'a [String],
    /// One a track, as the bundle will show them.
    pub tracks: &'a [StoredTrack],
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

/// The artists' fifths.
struct Dealt {
    credits: Vec<Credits>,
    /// Who must be kept together, one a track, and how many there are.
    artists: Vec<String>,
    count: usize,
    folds: Vec<usize>,
}

impl Session<'_> {
    /// Trains, tests, calibrates, and trains the network that is shipped.
    ///
    /// # Errors
    /// As [`Rotation::run`]; and where a split would leak, or artists are too few.
    pub fn run(&self) -> Result<Trained, TrainError> {
        let Dealt {
            credits,
            artists,
            count,
            folds,
        } = self.deal()?;
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
        for rotation in 0..self.config.rotations {
            let split = Split::rotation(&folds, FOLDS, rotation);
            split.audit(&credits)?;
            let name = format!("rotation-{}", rotation + 1);
            let (mut network, history) =
                self.train(&name, &split, &artists, &units, None, &announce)?;
            let Heard { songs, windows } = hear_once(&network, self.dataset, &split.train)?;
            self.learn_attention(&mut network, &windows, &split.train)?;
            self.examine(&network, &split, songs, &artists, &mut evidence)?;
            if self.config.pooling != Pooling::Attention {
                network.set_attention(None);
            }
            histories.push((name, history));
            last = Some((network, split));
        }
        let calibrated = calibrate(&evidence);
        let evaluation = self.evaluate(&evidence, &calibrated, count);
        if self.config.rotations == FOLDS {
            let epochs = mean_best_epoch(&histories);
            let split = Split {
                train: all.clone(),
                ..Split::default()
            };
            let name = "all-tracks";
            let (mut network, history) =
                self.train(name, &split, &artists, &units, Some(epochs), &announce)?;
            if self.config.pooling == Pooling::Attention {
                let heard = hear_once(&network, self.dataset, &split.train)?;
                self.learn_attention(&mut network, &heard.windows, &split.train)?;
            }
            histories.push((name.into(), history));
            last = Some((network, split));
        }
        let Some((network, split)) = last else {
            return Err(TrainError::TooFew {
                tracks: self.tracks.len(),
                artists: count,
            });
        };
        let heard = predict(&network, self.dataset, &all, Pooling::Mean)?;
        let neighbours = self.store(heard, &all);
        let same_recording_above = neighbours.nearest_strangers(&artists);
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
        let dealt = self.deal()?;
        let split = Split::rotation(&dealt.folds, FOLDS, 0);
        split.audit(&dealt.credits)?;
        let units = self.hidden_units(&split.train)?;
        let told = |_: &str, epoch: &EpochRecord| announce(epoch);
        let (_, history) = self.train("rotation-1", &split, &dealt.artists, &units, None, &told)?;
        Ok(history)
    }

    fn deal(&self) -> Result<Dealt, TrainError> {
        let credits: Vec<Credits> = self.tracks.iter().map(Credits::from).collect();
        let components = artist_components(&credits);
        let count = components.iter().max().map_or(0, |last| last + 1);
        if count < LEAST_ARTISTS {
            return Err(TrainError::TooFew {
                tracks: self.tracks.len(),
                artists: count,
            });
        }
        let (truth, seed) = (&self.dataset.truth, self.config.seed);
        Ok(Dealt {
            credits,
            artists: components.iter().map(ToString::to_string).collect(),
            count,
            folds: folds(&components, truth, self.playlists.len(), FOLDS, seed),
        })
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
        artists: &[String],
        units: &[Tensor],
        stop_after: Option<usize>,
        announce: &dyn Fn(&str, &EpochRecord) -> ControlFlow<()>,
    ) -> Result<(Network, Vec<EpochRecord>), TrainError> {
        let network = self.fresh()?;
        let run = Rotation {
            config: self.config,
            dataset: self.dataset,
            split,
            artists,
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

    fn evaluate(&self, evidence: &Evidence, calibrated: &Calibrated, count: usize) -> Evaluation {
        let method = match self.config.rotations {
            FOLDS => format!(
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
