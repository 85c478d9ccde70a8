//! `tune`: a search for the settings of a preset with the lowest validation loss.

mod tables;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use serde::Serialize;

use super::lists::lock::Lock;
use super::training_set::{InitArgs, TrainingSetArgs, print_epoch};
use crate::cli::ExitStatus;
use crate::cli::output::{print, status};
use evaluation::{Importance, Trial, TrialOutcome, best_trials};
use model::device;
use pretrained::InitialWeights;
use report::search_png;
use train::{Search, Space, TrialRunner};

const SCHEMA_VERSION: u32 = 1;

#[derive(Debug, Args)]
pub struct Tune {
    #[command(flatten)]
    training_set: TrainingSetArgs,
    /// Preset, or a TOML file like one; settings that are not in the space keep its values
    #[arg(long, value_name = "NAME|FILE", default_value = "mn04")]
    preset: String,
    /// TOML table of ranges by the preset's keys; by default eight settings
    #[arg(long, value_name = "FILE")]
    space: Option<PathBuf>,
    /// Total number of trials, including those in the log in --out
    #[arg(long, value_name = "N")]
    trials: u64,
    /// Folder for the log of trials, best.toml and tune.png; an interrupted search resumes from its log
    #[arg(long, value_name = "DIR", default_value = "tune")]
    out: PathBuf,
    #[command(flatten)]
    initial_weights: InitArgs,
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
    /// The quantity that is minimised.
    objective: &'a str,
    /// Number of the best trial.
    best: u64,
    trials: &'a [Trial],
    /// `None` if too few trials finished.
    importance: Option<&'a Importance>,
}

impl Tune {
    pub fn run(&self) -> anyhow::Result<ExitStatus> {
        let preset = self.training_set.preset(&self.preset, self.seed)?;
        let space = Space::load(self.space.as_ref(), &preset)?;
        for path in &space.skipped {
            status(&format!(
                "not searched: {path}, because the preset has no such table"
            ));
        }
        if preset.n_folds > 1 {
            status(
                "trials train the first fold only; train the best preset with n_folds = 1 for a test on artists that \
                 had no part in the choice",
            );
        }
        let initial = self.initial_weights.open()?;
        let training_set = self.training_set.collect(&preset, None)?;
        let _lock = Lock::take(&self.out)?;
        let search = Search {
            preset: &preset,
            space: &space,
            training_set: &training_set.fingerprint(initial.as_ref().map(|found| &found.bytes[..])),
            log: self.out.join("trials.jsonl"),
        };
        let runner = TrialRunner {
            training_set: &training_set,
            initial_weights: initial.as_ref().map(InitialWeights::bytes_and_path),
            device: device(&self.device)?,
            folder: self.out.clone(),
            announce: &print_epoch,
        };
        let trials = search.run(
            self.trials,
            &mut |number, config, watch| runner.run(number, config, watch),
            &|trial| status(&tables::ended(trial, self.trials)),
        )?;
        self.write(&search, &trials)
    }

    fn write(&self, search: &Search, trials: &[Trial]) -> anyhow::Result<ExitStatus> {
        let ranked = best_trials(trials);
        let Some(best) = ranked.first() else {
            bail!("{}", tables::none_finished(trials));
        };
        let importance = search.importance()?;
        let name = &search.preset.name;
        let best_path = self.write_file("best.toml", search.preset_toml(best)?.as_bytes())?;
        self.write_file("tune.png", &search_png(name, trials, importance.as_ref())?)?;
        if self.json {
            print(&serde_json::to_string(&TuneOutput {
                schema_version: SCHEMA_VERSION,
                preset: name,
                objective: "validation loss",
                best: best.number,
                trials,
                importance: importance.as_ref(),
            })?);
        } else {
            print(&tables::as_tables(trials, &ranked, importance.as_ref()));
        }
        let (number, path) = (best.number, best_path.display());
        status(&format!(
            "Trial {number} is in {path}; train with it: {}",
            self.train_command(&best_path)
        ));
        let has_failed = |trial: &Trial| trial.outcome == TrialOutcome::Failed;
        Ok(if trials.iter().any(has_failed) {
            ExitStatus::Partial
        } else {
            ExitStatus::Success
        })
    }

    /// The command that trains the best preset from the same initial weights.
    fn train_command(&self, preset: &Path) -> String {
        let initial = self.initial_weights.init_from.as_ref();
        let initial = initial.map_or_else(String::new, |name| format!(" --init-from {name}"));
        format!("playlist-fit train --preset {}{initial}", preset.display())
    }

    fn write_file(&self, name: &str, bytes: &[u8]) -> anyhow::Result<PathBuf> {
        let path = self.out.join(name);
        files::write(&path, bytes).with_context(|| path.display().to_string())?;
        Ok(path)
    }
}
