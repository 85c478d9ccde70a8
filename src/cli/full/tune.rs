//! `tune`: the settings of a preset that learn best from the prepared clips.

use std::ops::ControlFlow;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;
use serde::Serialize;

use super::lists::lock::Lock;
use super::train::announce;
use super::training_set::{InitArgs, TrainingSet, TrainingSetArgs};
use crate::cli::ExitStatus;
use crate::cli::output::{print, status};
use crate::cli::table::table;
use evaluation::{EpochRecord, Importance, Trial, TrialOutcome, best_trials};
use model::device;
use pretrained::InitialWeights;
use report::search_png;
use train::{Search, Space, TrainConfig, TrainError, Trainer};

const SCHEMA_VERSION: u32 = 1;
/// Rows of the table.
const SHOWN: usize = 10;

#[derive(Debug, Args)]
pub struct Tune {
    #[command(flatten)]
    training_set: TrainingSetArgs,
    /// Preset, or a TOML file like one; what the space does not name stays as it is
    #[arg(long, value_name = "NAME|FILE", default_value = "mn04")]
    preset: String,
    /// TOML table of ranges, by the preset's own names; without it eight settings of the study
    #[arg(long, value_name = "FILE")]
    space: Option<PathBuf>,
    /// Trials in all; those that the log in --out holds already count
    #[arg(long, value_name = "N")]
    trials: u64,
    /// Folder for the log of trials, best.toml and tune.png; a broken search goes on from its log
    #[arg(long, value_name = "DIR", default_value = "tune")]
    out: PathBuf,
    #[command(flatten)]
    start: InitArgs,
    /// Where the network runs: cpu, cuda or cuda:N
    #[arg(long, value_name = "DEVICE", default_value = "cpu")]
    device: String,
    /// Random seed, instead of the preset's
    #[arg(long)]
    seed: Option<u64>,
    /// Print JSON instead of tables
    #[arg(long)]
    json: bool,
}

/// The JSON of `tune`.
#[derive(Serialize)]
struct TuneOutput<'a> {
    schema_version: u32,
    preset: &'a str,
    /// What was made small.
    objective: &'a str,
    /// Number of the best trial.
    best: u64,
    trials: &'a [Trial],
    /// None where too few trials finished to tell.
    importance: Option<&'a Importance>,
}

impl Tune {
    pub fn run(&self) -> anyhow::Result<ExitStatus> {
        let preset = self.training_set.preset(&self.preset, self.seed)?;
        let space = Space::load(self.space.as_ref(), &preset)?;
        for path in &space.skipped {
            status(&format!(
                "not searched: {path}, for which the preset has no table"
            ));
        }
        if preset.n_folds > 1 {
            status(
                "trials train on the first rotation alone; train the best preset with rotations = 1 for a test on \
                 artists that chose nothing",
            );
        }
        let start = self.start.open()?;
        let training_set = self.training_set.collect(&preset, None)?;
        let _lock = Lock::take(&self.out)?;
        let search = Search {
            preset: &preset,
            space: &space,
            training_set: &described(&training_set, start.as_ref()),
            log: self.out.join("trials.jsonl"),
        };
        let trials = self.search(&search, &training_set, start.as_ref())?;
        self.write(&search, &trials)
    }

    fn search(
        &self,
        search: &Search,
        training_set: &TrainingSet,
        start: Option<&InitialWeights>,
    ) -> anyhow::Result<Vec<Trial>> {
        let device = device(&self.device)?;
        let mut train = |number: u64,
                         config: &TrainConfig,
                         watch: &dyn Fn(&EpochRecord) -> ControlFlow<()>|
         -> Result<(), TrainError> {
            let name = format!("trial-{number}");
            let folder = self.out.join(&name);
            let dataset = training_set.dataset(config)?;
            let trainer = Trainer {
                config,
                dataset: &dataset,
                playlists: &training_set.playlists,
                tracks: &training_set.tracks,
                plan: &training_set.plan,
                start: start.map(InitialWeights::bytes_and_path),
                device,
                folder: folder.clone(),
                announce: &announce,
            };
            // What a killed trial left is of no use: the search has not seen its epochs.
            let _ = std::fs::remove_dir_all(&folder);
            let trained = trainer.train_first_fold(&|epoch| {
                announce(&name, epoch);
                watch(epoch)
            });
            let _ = std::fs::remove_dir_all(&folder);
            trained.map(|_| ())
        };
        let ended = |trial: &Trial| {
            let values: Vec<String> = trial
                .values
                .iter()
                .map(|(path, value)| format!("{path} = {value}"))
                .collect();
            let outcome = match (&trial.reason, trial.loss()) {
                (Some(reason), _) => format!("failed: {reason}"),
                (None, loss) => {
                    format!("{} at {:.4}", word(trial.outcome), loss.unwrap_or(f64::NAN))
                }
            };
            status(&format!(
                "trial {} of {} {outcome}  ({})",
                trial.number,
                self.trials,
                values.join(", ")
            ));
        };
        Ok(search.run(self.trials, &mut train, &ended)?)
    }

    fn write(&self, search: &Search, trials: &[Trial]) -> anyhow::Result<ExitStatus> {
        let ranked = best_trials(trials);
        let Some(best) = ranked.first() else {
            let reason = trials
                .iter()
                .rev()
                .find_map(|trial| trial.reason.as_deref());
            bail!(
                "no trial of {} finished{}; change the preset or the space",
                trials.len(),
                reason.map_or_else(String::new, |reason| format!(
                    ", the last one because: {reason}"
                ))
            );
        };
        let importance = search.importance()?;
        let save = |name: &str, bytes: &[u8]| {
            let path = self.out.join(name);
            files::write(&path, bytes).with_context(|| path.display().to_string())
        };
        save("best.toml", search.preset_toml(best)?.as_bytes())?;
        let picture = search_png(&search.preset.name, trials, importance.as_ref())?;
        save("tune.png", &picture)?;
        if self.json {
            let answered = TuneOutput {
                schema_version: SCHEMA_VERSION,
                preset: &search.preset.name,
                objective: "validation loss",
                best: best.number,
                trials,
                importance: importance.as_ref(),
            };
            print(&serde_json::to_string(&answered)?);
        } else {
            print(&as_tables(trials, &ranked, importance.as_ref()));
        }
        status(&format!(
            "Trial {} is in {}; train with it: playlist-fit train --preset {1}",
            best.number,
            self.out.join("best.toml").display()
        ));
        let failed = trials
            .iter()
            .any(|trial| trial.outcome == TrialOutcome::Failed);
        Ok(if failed {
            ExitStatus::Partial
        } else {
            ExitStatus::Success
        })
    }
}

/// What makes the trials of one search comparable, beside the preset and the space: tracks, lists, first weights.
fn described(training_set: &TrainingSet, start: Option<&InitialWeights>) -> String {
    let tracks = training_set.tracks.iter().map(|track| {
        format!(
            "{} {:?} {:?} {:?}",
            track.audio_hash, track.artist_group, track.artists, track.playlists
        )
    });
    let tracks: Vec<String> = tracks.collect();
    let start = start.map(|start| blake3::hash(&start.bytes).to_hex());
    format!(
        "{:?}\n{start:?}\n{}",
        training_set.playlists,
        tracks.join("\n")
    )
}

fn as_tables(trials: &[Trial], ranked: &[&Trial], importance: Option<&Importance>) -> String {
    let count = |outcome| {
        trials
            .iter()
            .filter(|trial| trial.outcome == outcome)
            .count()
    };
    let paths: Vec<&str> = ranked
        .first()
        .map(|trial| trial.values.keys().map(String::as_str).collect())
        .unwrap_or_default();
    let row = |trial: &&Trial| {
        let validation = trial.best.as_ref().and_then(|best| best.validation);
        let figures = validation.map(|found| {
            let hits = [found.top_1, found.top_3, found.top_5];
            let hits = hits.map(|share| format!("{:.1}", share * 100.0));
            (format!("{:.4}", found.loss), hits.join("/"))
        });
        let (loss, hits) = figures.unwrap_or_default();
        let epoch = trial.best.as_ref().map_or(0, |best| best.epoch);
        let values = trial.values.values().map(ToString::to_string);
        [trial.number.to_string(), loss, hits, epoch.to_string()]
            .into_iter()
            .chain(values)
            .collect::<Vec<String>>()
    };
    let heading = [&["trial", "loss", "top-1/3/5 %", "epoch"], &paths[..]].concat();
    let rows: Vec<Vec<String>> = ranked.iter().take(SHOWN).map(row).collect();
    let matters = match importance {
        None => "importance of the settings: too few finished trials to tell".to_owned(),
        Some(importance) => {
            let together = ("two of them together".to_owned(), importance.together);
            let shares = importance.alone.iter().chain([&together]);
            let rows: Vec<Vec<String>> = shares
                .map(|(path, share)| vec![path.clone(), format!("{:.0} %", share * 100.0)])
                .collect();
            table(&["setting", "share of the spread of the loss"], &rows)
        }
    };
    format!(
        "{} trials: {} finished, {} ended early, {} failed; the least validation loss first\n\n{}\n\n{matters}",
        trials.len(),
        count(TrialOutcome::Finished),
        count(TrialOutcome::Pruned),
        count(TrialOutcome::Failed),
        table(&heading, &rows),
    )
}

fn word(outcome: TrialOutcome) -> &'static str {
    match outcome {
        TrialOutcome::Finished => "finished",
        TrialOutcome::Pruned => "ended early",
        TrialOutcome::Failed => "failed",
    }
}
