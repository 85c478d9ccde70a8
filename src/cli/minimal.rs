//! Replaces [`full`](super::full) in a build without the feature `full`: no further command.

use clap::Subcommand;

use super::ExitStatus;
use super::doctor::Check;

pub const AFTER_HELP: &str = "This build has the commands for single songs only; `cargo install --path . --locked` builds all.";
/// What the build can do, for `doctor`.
pub const DOES: &str = "analyses songs";

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

/// No further checks for `doctor`.
pub fn checks() -> Vec<Check> {
    Vec::new()
}
