//! Flags and status lines of the commands that train: which tracks, which preset, which initial weights.

use std::path::PathBuf;

use clap::Args;
use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};

use super::training_output::describe;
use crate::cli::full::{PlaylistsFolder, track_progress};
use crate::cli::output::progress;
use bundle::AllowedSource;
use catalogue::{Catalogue, rules, terms};
use prepare::ClipStore;
use pretrained::{InitialWeights, PretrainedError, WeightsDir};
use train::{Selection, TrainConfig, TrainingSet};

/// Where the tracks are, and which of them to train on.
#[derive(Debug, Args)]
pub struct TrainingSetArgs {
    #[command(flatten)]
    playlists: PlaylistsFolder,
    /// Train on this source although its terms forbid it, by your own decision, which the bundle records (may be
    /// repeated)
    #[arg(long, value_name = "NAME")]
    allow_source: Vec<String>,
    /// Rules for the playlists of services to exclude, instead of the preset's
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
}

/// The weights that a training begins with.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// Initial weights: a name from `playlist-fit weights list`, or a file (safetensors, or .pt and .pth of PyTorch)
    /// whose tensors are named as the network's
    #[arg(long, value_name = "NAME|FILE", alias = "start")]
    pub init_from: Option<String>,
}

impl InitArgs {
    /// The weights; `None` without the flag.
    pub fn open(&self) -> Result<Option<InitialWeights>, PretrainedError> {
        let open = |named: &String| pretrained::initial_weights(named, &WeightsDir::for_user()?);
        self.init_from.as_ref().map(open).transpose()
    }
}

impl TrainingSetArgs {
    /// The preset with the rules and the seed of the command line, if these are given.
    pub fn preset(&self, name: &str, seed: Option<u64>) -> anyhow::Result<TrainConfig> {
        let mut config = TrainConfig::load(name)?;
        config.seed = seed.unwrap_or(config.seed);
        if let Some(path) = &self.rules {
            config.rows.rules = rules::read(path)?;
        }
        Ok(config)
    }

    /// Collects the training set and prints what is excluded from it. With `test_after`, tracks known before that day
    /// are only on the playlists that they were on then.
    pub fn collect(
        &self,
        config: &TrainConfig,
        test_after: Option<Date>,
    ) -> anyhow::Result<TrainingSet> {
        let catalogue = store::read(&self.playlists.playlists)?;
        let clips = ClipStore::new(&self.playlists.clips(), config.front_end().sample_rate_hz);
        let selection = Selection {
            allowed: self.allowed(&catalogue)?,
            test_after,
        };
        let bar = progress("Fingerprinting");
        let training_set =
            TrainingSet::collect(&catalogue, clips, config, selection, &track_progress(&bar))?;
        bar.finish_and_clear();
        describe(&training_set);
        Ok(training_set)
    }

    fn allowed(&self, catalogue: &Catalogue) -> anyhow::Result<Vec<AllowedSource>> {
        let on = Timestamp::now().to_zoned(TimeZone::UTC).date();
        let sources = terms::allow(catalogue, &self.allow_source)?.into_iter();
        Ok(sources.map(|source| AllowedSource { source, on }).collect())
    }
}
