//! `preset`: the shipped training presets.

use clap::{Args, Subcommand};
use serde::Serialize;

use crate::cli::ExitStatus;
use crate::cli::output::print;
use crate::cli::table::table;
use train::{PRESETS, Preset};

/// Raised when a field of the JSON changes its meaning or is removed.
const SCHEMA_VERSION: u32 = 1;

#[derive(Debug, Args)]
pub struct PresetCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Name the shipped presets
    List {
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Print a preset as TOML with a comment on every key, to be edited and passed to `train --preset FILE`
    Show {
        /// Name of a shipped preset
        #[arg(value_name = "NAME")]
        name: String,
    },
}

/// The JSON of `preset list`.
#[derive(Serialize)]
struct PresetList {
    schema_version: u32,
    presets: Vec<PresetRow>,
}

#[derive(Serialize)]
struct PresetRow {
    name: &'static str,
    description: &'static str,
}

impl PresetCommand {
    pub fn run(&self) -> anyhow::Result<ExitStatus> {
        match &self.action {
            Action::List { json: true } => print(&serde_json::to_string(&PresetList {
                schema_version: SCHEMA_VERSION,
                presets: PRESETS.iter().map(PresetRow::from).collect(),
            })?),
            Action::List { json: false } => {
                let rows =
                    PRESETS.map(|preset| vec![preset.name.into(), preset.description().into()]);
                print(&table(&["preset", "network and initial weights"], &rows));
            }
            Action::Show { name } => print(Preset::named(name)?.toml.trim_end()),
        }
        Ok(ExitStatus::Success)
    }
}

impl From<&Preset> for PresetRow {
    fn from(preset: &Preset) -> Self {
        Self {
            name: preset.name,
            description: preset.description(),
        }
    }
}
