//! What stands for [`full`](super::full) in a build without the feature `full`: no further verb.

use clap::Subcommand;

use super::ExitStatus;
use super::doctor::Check;

pub const AFTER_HELP: &str =
    "This build judges songs and no more; `cargo install --path . --locked` builds the rest.";
/// As `doctor` names what the build does.
pub const DOES: &str = "judges songs";

#[derive(Debug, Subcommand)]
pub enum Full {}

impl Full {
    pub fn run_without_network(&self) -> anyhow::Result<Option<ExitStatus>> {
        match *self {}
    }

    pub fn run(&self) -> anyhow::Result<ExitStatus> {
        match *self {}
    }
}

/// Nothing further that `doctor` looks at.
pub fn checks() -> Vec<Check> {
    Vec::new()
}
