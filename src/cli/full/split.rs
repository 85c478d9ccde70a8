//! `split`: how a training splits the tracks, and an audit that nothing leaks.

mod tables;

use clap::Args;
use jiff::civil::Date;
use serde::Serialize;

use super::training_set::TrainingSetArgs;
use crate::cli::ExitStatus;
use crate::cli::output::print;
use evaluation::{SplitInput, SplitSummary, Splits};
use train::{TrainConfig, TrainingSet};

/// Raised when a field of the JSON changes its meaning or is removed.
const SCHEMA_VERSION: u32 = 1;

#[derive(Debug, Args)]
pub struct SplitCommand {
    #[command(flatten)]
    training_set: TrainingSetArgs,
    #[arg(long, value_name = "NAME|FILE", default_value = "mn04",
        help = format!("Preset that will be trained ({}), or a TOML file like one", TrainConfig::presets()))]
    preset: String,
    /// Random seed, instead of the preset's
    #[arg(long)]
    seed: Option<u64>,
    /// Train on placements before this day (as 2026-11-21) and test on artists that were added later
    #[arg(long, value_name = "DATE")]
    test_after: Option<Date>,
    /// Show that no artist or recording is in two partitions, beside what a split by track would leak; name the
    /// near-duplicates
    #[arg(long)]
    audit: bool,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// The JSON of `split`.
#[derive(Serialize)]
struct SplitOutput {
    schema_version: u32,
    preset: String,
    seed: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    test_after: Option<Date>,
    #[serde(flatten)]
    summary: SplitSummary,
}

impl SplitCommand {
    pub fn run(&self) -> anyhow::Result<ExitStatus> {
        let config = self.training_set.preset(&self.preset, self.seed)?;
        let training_set = self.training_set.collect(&config, self.test_after)?;
        let splits = training_set.split(&config)?;
        let output = SplitOutput {
            schema_version: SCHEMA_VERSION,
            seed: config.seed,
            test_after: self.test_after,
            summary: summarise(&splits, &training_set, config.seed, self.audit),
            preset: config.name,
        };
        print(&if self.json {
            serde_json::to_string(&output)?
        } else {
            tables::as_text(&output)
        });
        for split in &splits.splits {
            split.audit(&splits.artist_links)?;
        }
        Ok(ExitStatus::Success)
    }
}

fn summarise(splits: &Splits, training_set: &TrainingSet, seed: u64, audit: bool) -> SplitSummary {
    let duplicates = training_set.duplicates.iter();
    let duplicates = duplicates.map(|pair| (pair.one, pair.other, pair.bit_error));
    let input = SplitInput {
        tracks: &training_set.tracks,
        playlists: &training_set.playlists,
        plan: &training_set.plan,
        duplicates: &duplicates.collect::<Vec<_>>(),
        seed,
    };
    SplitSummary::new(splits, &input, audit)
}
