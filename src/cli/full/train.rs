//! `train`: prepared clips to a bundle.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use jiff::civil::Date;

use super::evaluate::evaluated;
use super::training_output::print_epoch;
use super::training_set::{InitArgs, TrainingSetArgs};
use crate::cli::ExitStatus;
use crate::cli::full::track_progress;
use crate::cli::output::{print, progress, status};
use model::device;
use pretrained::InitialWeights;
use report::{training_png, write_evaluation};
use train::{Notice, TrainConfig, Trainer};

#[derive(Debug, Args)]
pub struct Train {
    #[command(flatten)]
    training_set: TrainingSetArgs,
    #[arg(long, value_name = "NAME|FILE", default_value = "mn04",
        help = format!("Preset ({}), or an edited copy of what `playlist-fit preset show` prints", TrainConfig::presets()))]
    preset: String,
    /// Folder for the bundle; checkpoints are in its folder `training`, from which an interrupted run resumes
    #[arg(long, value_name = "DIR", default_value = "bundle")]
    out: PathBuf,
    #[command(flatten)]
    initial_weights: InitArgs,
    /// Licence of these weights for the bundle's credits; by default the .licence.txt beside them
    #[arg(
        long,
        value_name = "FILE",
        requires = "init_from",
        alias = "start-licence"
    )]
    init_licence: Option<PathBuf>,
    /// Where the network runs: cpu, cuda or cuda:N
    #[arg(long, value_name = "DEVICE", default_value = "cpu")]
    device: String,
    /// Random seed, instead of the preset's
    #[arg(long)]
    seed: Option<u64>,
    /// Train on placements before this day (as 2026-11-21) and test on artists that were added later, in one fold
    #[arg(long, value_name = "DATE")]
    test_after: Option<Date>,
}

impl Train {
    pub fn run(&self) -> anyhow::Result<ExitStatus> {
        let device = device(&self.device)?;
        let config = self.training_set.preset(&self.preset, self.seed)?;
        status(&config.to_toml()?);
        let initial = self.initial_weights.open()?;
        let licence = self.init_licence.as_deref().map(read_text).transpose()?;
        let mut training_set = self.training_set.collect(&config, self.test_after)?;
        let bar = progress("Measuring");
        training_set.compute_descriptors(&track_progress(&bar))?;
        bar.finish_and_clear();
        for notice in Notice::for_tracks(&training_set.tracks, &[]) {
            status(&notice.to_string());
        }
        let dataset = training_set.dataset(&config)?;
        let trainer = Trainer {
            config: &config,
            dataset: &dataset,
            playlists: &training_set.playlists,
            tracks: &training_set.tracks,
            plan: &training_set.plan,
            initial_weights: initial.as_ref().map(InitialWeights::bytes_and_path),
            device,
            folder: self.out.join("training"),
            announce: &print_epoch,
        };
        let trained = trainer.run()?;
        let [trainable, all] = trained.network.trainable();
        status(&format!("{trainable} of {all} parameters were trained"));
        let plot = training_png(&config.name, &trained.histories)?;
        let plot_path = self.out.join("training.png");
        files::write(&plot_path, &plot).with_context(|| plot_path.display().to_string())?;
        let excluded = training_set.excluded.iter();
        let excluded = excluded.map(report::exclusion_text).collect();
        let licence = licence.or_else(|| initial.as_ref().and_then(|found| found.licence.clone()));
        let mut bundle = trained.into_bundle(
            &config,
            &dataset,
            &training_set,
            licence.as_deref(),
            excluded,
        )?;
        bundle.write(&self.out)?;
        let evaluation = &bundle.manifest.evaluation;
        write_evaluation(&evaluated(&bundle, evaluation), &self.out)?;
        print(&report::evaluation_text(evaluation));
        status(&format!("Bundle {}: {}", bundle.id(), self.out.display()));
        Ok(ExitStatus::Success)
    }
}

fn read_text(path: &Path) -> anyhow::Result<String> {
    let bytes = std::fs::read(path)
        .with_context(|| format!("{}: check the name and the permissions", path.display()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
