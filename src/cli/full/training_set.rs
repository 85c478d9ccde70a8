//! Flags and status lines of the commands that train: which tracks, which preset, which initial weights.

use std::path::PathBuf;

use clap::Args;
use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};

use crate::cli::full::{PlaylistsFolder, track_progress};
use crate::cli::output::{progress, status};
use bundle::AllowedSource;
use catalogue::{Catalogue, rules, terms};
use evaluation::EpochRecord;
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

fn describe(training_set: &TrainingSet) {
    for AllowedSource { source, .. } in &training_set.allowed {
        status(&format!(
            "warning: training on {source} although its terms forbid it (--allow-source); recorded in the bundle"
        ));
    }
    for exclusion in &training_set.excluded {
        status(&format!("excluded: {}", report::exclusion_text(exclusion)));
    }
    let (tracks, playlists) = (training_set.tracks.len(), training_set.playlists.len());
    status(&format!(
        "training set: {tracks} tracks on {playlists} playlists"
    ));
    if !training_set.duplicates.is_empty() {
        let pairs = training_set.duplicates.len();
        status(&format!(
            "{pairs} pairs of tracks are one recording by acoustic fingerprint; each pair is in one partition of every \
             split"
        ));
    }
}

/// Prints the losses of an epoch of a named run, and its top-k accuracies in percent.
pub fn print_epoch(run: &str, epoch: &EpochRecord) {
    let validation = epoch.validation.map_or_else(String::new, |found| {
        let [top_1, top_3, top_5] =
            [found.top_1, found.top_3, found.top_5].map(|hits| hits * 100.0);
        let loss = found.loss;
        format!("  validation {loss:.4}  top-1/3/5 {top_1:.1}/{top_3:.1}/{top_5:.1} %")
    });
    let (number, loss) = (epoch.epoch, epoch.train_loss);
    status(&format!(
        "{run}  epoch {number:3}  loss {loss:.4}{validation}"
    ));
}
