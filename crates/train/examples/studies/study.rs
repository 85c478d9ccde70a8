//! One study: a preset of the trainer and how it sees the pictures in, accuracy on the test list out.

use model::tch;
use std::ops::ControlFlow;
use std::path::Path;

use anyhow::Context as _;
use evaluation::{Calibration, EpochRecord, Evaluation, HeldOutScores, Pooling, Split, best_epoch};
use model::Network;
use playlist_fit_train::{
    Dataset, Fold, SongPredictions, TrainConfig, hidden_units, predict_songs,
};
use serde::{Deserialize, Serialize};

use super::pictures::{Grid, Jitter, Pictures};
use super::splits::Clips;

/// One row of the table, as its TOML says it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Study {
    /// What is compared, for the table.
    pub title: String,
    /// The figure that the study itself gives, and on what.
    pub published: String,
    /// Why ours is not that figure, or what it shows.
    pub remark: String,
    /// Which published splits it is run on.
    pub lists: Vec<String>,
    /// Networks that are averaged.
    pub seeds: u64,
    pub grid: Grid,
    pub frames: usize,
    pub frame_seconds: f64,
    #[serde(default)]
    pub jitter: Jitter,
    /// File of weights to begin with, in the folder of weights.
    #[serde(default)]
    pub start: Option<String>,
    pub train: TrainConfig,
}

/// A row's figures; saved when they are known, so that a broken run does not make them again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StudyResult {
    pub title: String,
    pub published: String,
    pub remark: String,
    pub list: String,
    pub networks: u64,
    pub parameters: usize,
    /// Epoch and accuracy that the validation list chose, one a network.
    pub chosen: Vec<(usize, f64)>,
    pub minutes: f64,
    pub evaluation: Evaluation,
}

/// Where one row is made.
pub struct Run<'a> {
    /// Name of the published split.
    pub list: &'a str,
    /// Of all clips.
    pub names: &'a [String],
    /// Folders with weights to begin with, and for what is made.
    pub weights: &'a Path,
    pub out: &'a Path,
}

/// Ours first, as the others take the longer.
const STUDIES: [&str; 8] = [
    include_str!("ours.toml"),
    include_str!("dora.toml"),
    include_str!("scratch.toml"),
    include_str!("stern.toml"),
    include_str!("conv-encoder.toml"),
    include_str!("resnet18.toml"),
    include_str!("ast.toml"),
    include_str!("short-chunk.toml"),
];

pub fn all() -> anyhow::Result<Vec<Study>> {
    STUDIES
        .iter()
        .map(|text| Ok(toml::from_str(text)?))
        .collect()
}

impl Study {
    /// The result on one published split: read where it is known, else made.
    pub fn result(&self, clips: &Clips, split: &Split, run: &Run) -> anyhow::Result<StudyResult> {
        let Run { list, out, .. } = run;
        let path = out
            .join("results")
            .join(format!("{}-{list}.json", self.train.name));
        if let Ok(bytes) = std::fs::read(&path) {
            return serde_json::from_slice(&bytes).with_context(|| path.display().to_string());
        }
        eprintln!("{}, {list}: {} clips train", self.title, split.train.len());
        let began = std::time::Instant::now();
        let dataset = self.dataset(clips);
        let (mut chosen, mut parameters) = (Vec::new(), 0);
        let (mut logits, mut nearest) =
            (vec![0.0; split.test.len() * dataset.playlists], Vec::new());
        for seed in 1..=self.seeds {
            let (network, history) = self.train(&dataset, split, run, seed)?;
            let best = &history[best_epoch(&history) - 1];
            chosen.push((
                best.epoch,
                best.validation.map_or(0.0, |validation| validation.top_1),
            ));
            parameters = network.trainable()[1];
            let tested = predict_songs(&network, &dataset, &split.test, Pooling::Mean)?;
            logits
                .iter_mut()
                .zip(&tested.logits)
                .for_each(|(sum, logit)| *sum += logit);
            nearest = nearest_clips(
                &dataset,
                split,
                &tested,
                &predict_songs(&network, &dataset, &split.train, Pooling::Mean)?,
            );
        }
        let result = StudyResult {
            title: self.title.clone(),
            published: self.published.clone(),
            remark: self.remark.clone(),
            list: (*list).to_owned(),
            networks: self.seeds,
            parameters,
            chosen,
            minutes: began.elapsed().as_secs_f64() / 60.0,
            evaluation: evaluation(clips, &dataset, split, &logits, &nearest),
        };
        files::write(&path, &serde_json::to_vec_pretty(&result)?)
            .with_context(|| path.display().to_string())?;
        Ok(result)
    }

    fn dataset(&self, clips: &Clips) -> Dataset {
        let source = Pictures::new(
            &clips.decibels,
            self.grid,
            self.frames,
            self.frame_seconds,
            self.jitter,
            self.train.augment.clone(),
        );
        Dataset {
            front_end: source.front_end(),
            source: Box::new(source),
            truth: clips.genre_of.iter().map(|&genre| vec![genre]).collect(),
            playlists: clips.genres.len(),
        }
    }

    fn fresh(&self, dataset: &Dataset, weights: &Path, seed: u64) -> anyhow::Result<Network> {
        tch::manual_seed(seed as i64);
        let shape = self.train.network(&dataset.front_end, dataset.playlists);
        let mut network = Network::new(shape, tch::Device::Cpu)?;
        if let Some(name) = &self.start {
            let path = weights.join(name);
            let bytes = std::fs::read(&path).with_context(|| path.display().to_string())?;
            network.load_backbone(&bytes, &path)?;
        }
        Ok(network)
    }

    fn train(
        &self,
        dataset: &Dataset,
        split: &Split,
        run: &Run,
        seed: u64,
    ) -> anyhow::Result<(Network, Vec<EpochRecord>)> {
        let network = self.fresh(dataset, run.weights, seed)?;
        let units = match self.train.linear_probe.epochs {
            0 => Vec::new(),
            _ => hidden_units(&network, dataset, &split.train)?,
        };
        let name = format!("{}-{}-{seed}", self.train.name, run.list);
        let fold = Fold {
            config: &self.train,
            dataset,
            split,
            artists: run.names,
            units: &units,
            seed,
            stop_after: None,
            checkpoint: run
                .out
                .join("training")
                .join(&name)
                .join("checkpoint.safetensors"),
            announce: &|epoch| {
                let validation = epoch
                    .validation
                    .map_or(0.0, |validation| 100.0 * validation.top_1);
                eprintln!(
                    "{name}  epoch {:3}  loss {:.4}  validation {validation:.1} %",
                    epoch.epoch, epoch.train_loss
                );
                ControlFlow::Continue(())
            },
        };
        let history = fold.run(&network)?;
        Ok((network, history))
    }
}

/// Cosine to the nearest training clip of each genre: `[test clips, genres]`.
fn nearest_clips(
    dataset: &Dataset,
    split: &Split,
    tested: &SongPredictions,
    trained: &SongPredictions,
) -> Vec<f32> {
    let mut nearest = Vec::new();
    for test in tested.embeddings.chunks_exact(tested.width) {
        let mut best = vec![-1.0_f32; dataset.playlists];
        for (&clip, train) in split
            .train
            .iter()
            .zip(trained.embeddings.chunks_exact(trained.width))
        {
            let cosine: f32 = test
                .iter()
                .zip(train)
                .map(|(left, right)| left * right)
                .sum();
            let genre = dataset.truth[clip][0];
            best[genre] = best[genre].max(cosine);
        }
        nearest.extend(best);
    }
    nearest
}

fn evaluation(
    clips: &Clips,
    dataset: &Dataset,
    split: &Split,
    logits: &[f32],
    nearest: &[f32],
) -> Evaluation {
    let test = split.test.iter();
    let counts = dataset.counts(&split.train).into_iter();
    let counts: Vec<f32> = counts.map(|count| count as f32).collect();
    let held_out_scores = HeldOutScores {
        playlists: clips.genres.clone(),
        truth: test
            .clone()
            .map(|&clip| dataset.truth[clip].clone())
            .collect(),
        artists: test.map(|&clip| clips.names[clip].clone()).collect(),
        logits: logits.into(),
        popularity: counts.repeat(split.test.len()),
        knn: nearest.into(),
        ..HeldOutScores::default()
    };
    let fits = held_out_scores.fits(&Calibration::default());
    let method = format!("{} clips of the published test list", split.test.len());
    Evaluation::new(method, &held_out_scores, &fits)
}
