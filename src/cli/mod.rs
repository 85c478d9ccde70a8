//! The command line, one file per command. Parses flags, calls the library, prints the result to stdout and everything
//! else to stderr.

mod card;
mod completions;
mod doctor;
mod finish;
mod fit;
#[cfg(feature = "full")]
mod full;
/// A build with the commands for single songs only.
#[cfg(not(feature = "full"))]
#[path = "minimal.rs"]
mod full;
mod manual;
mod output;
mod paths;
mod suggest;
mod table;

pub use finish::finish;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};

use bundle::Bundle;

/// How a command ended without an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// All items were processed.
    Success,
    /// Some items were skipped; each is named on stderr.
    Partial,
    /// The user interrupted it with Ctrl-C.
    Interrupted,
}

/// Which editorial playlists would this song fit, how sure are we, and what is the evidence?
#[derive(Debug, Parser)]
#[command(version, bin_name = "playlist-fit", max_term_width = 100, before_help = EXAMPLES, arg_required_else_help = true)]
#[command(after_help = full::AFTER_HELP)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  playlist-fit fit demo.mp3            the playlists that the song fits, and a report in reports/demo/
  playlist-fit fit *.wav --json        one line of JSON per song";

#[derive(Debug, Subcommand)]
enum Command {
    /// Rank the playlists that a song fits, and write a report
    Fit(fit::Fit),
    #[command(flatten)]
    Full(full::Full),
    /// Print a bundle's model card: training data, accuracy by group, and known failures
    Card(card::Card),
    /// Check the installation: what is found, what is missing, and what to do
    Doctor(doctor::Doctor),
    /// Print a script that completes commands and flags in a shell
    Completions(completions::Completions),
    /// Write the manual pages, one per command
    Manual(manual::Manual),
}

impl Cli {
    /// Runs a command that needs no network. Returns `None` if the command needs one.
    ///
    /// # Errors
    /// What failed, and the next step for the user.
    pub fn run_without_network(&self) -> anyhow::Result<Option<ExitStatus>> {
        match &self.command {
            Command::Fit(_) => Ok(None),
            Command::Full(command) => command.run_without_network(),
            Command::Card(command) => command.run().map(Some),
            Command::Doctor(command) => command.run().map(Some),
            Command::Completions(command) => command.run().map(Some),
            Command::Manual(command) => command.run().map(Some),
        }
    }

    /// Runs any command.
    ///
    /// # Errors
    /// What failed, and the next step for the user.
    pub fn run(&self) -> anyhow::Result<ExitStatus> {
        match &self.command {
            Command::Fit(command) => command.run(),
            Command::Full(command) => command.run(),
            Command::Card(command) => command.run(),
            Command::Doctor(command) => command.run_with_network(),
            Command::Completions(command) => command.run(),
            Command::Manual(command) => command.run(),
        }
    }
}

/// The path of `playlist-fit-train`, in the folder of this program. The file may be missing.
///
/// # Errors
/// The system does not return the path of this program.
pub fn training_binary() -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe().context("cannot find the path of this program")?;
    Ok(program.with_file_name("playlist-fit-train"))
}

/// The bundle in this folder, or the embedded one.
fn open_bundle(folder: Option<&Path>) -> anyhow::Result<Bundle> {
    if let Some(folder) = folder {
        paths::require_exists(folder)
            .context("not a bundle; pass a folder written by `playlist-fit train`")?;
    }
    Ok(Bundle::open(folder)?)
}

/// Flags of commands that run a bundle's network.
#[derive(Debug, Args)]
struct BundleFolder {
    /// Bundle to use; default: the embedded demo bundle
    #[arg(long, value_name = "DIR")]
    bundle: Option<PathBuf>,
    /// Device that runs the network: cpu, cuda or cuda:N
    #[arg(long, value_name = "DEVICE", default_value = "cpu")]
    device: String,
}

impl BundleFolder {
    /// The bundle, and its network with the weights loaded.
    fn open(&self) -> anyhow::Result<(Bundle, model::Network)> {
        let device = model::device(&self.device)?;
        let bundle = open_bundle(self.bundle.as_deref())?;
        let mut network = model::Network::new(bundle.manifest.network.clone(), device)?;
        network.load(&bundle.weights, &bundle.origin)?;
        Ok((bundle, network))
    }
}
