//! The command line: one small file a verb. Flags as typed come in, a verb's answer goes to stdout, all else to
//! stderr. The only module that knows all the others.

mod card;
mod completions;
mod doctor;
mod finish;
mod fit;
#[cfg(feature = "full")]
mod full;
/// A build that judges songs and no more.
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

/// How a verb ended well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    Success,
    /// Some items were left out; each was named on stderr.
    Partial,
    /// The user ended it with Ctrl-C.
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
  playlist-fit fit demo.mp3            what the song fits, and a report in reports/demo/
  playlist-fit fit *.wav --json        one line of JSON a song";

#[derive(Debug, Subcommand)]
enum Command {
    /// Say which playlists a song fits, and write a report
    Fit(fit::Fit),
    #[command(flatten)]
    Full(full::Full),
    /// Print a bundle's model card: what it learned from, how well it does for whom, and where it fails
    Card(card::Card),
    /// Say what is there, what is missing, and what to do about it
    Doctor(doctor::Doctor),
    /// Print what makes a shell complete this program's verbs and flags
    Completions(completions::Completions),
    /// Write the manual pages, one a verb
    Manual(manual::Manual),
}

impl Cli {
    /// Runs a verb that needs no network; none where the verb needs one.
    ///
    /// # Errors
    /// What the user can mend, in words.
    pub fn run_without_network(&self) -> anyhow::Result<Option<ExitStatus>> {
        match &self.command {
            Command::Fit(_) => Ok(None),
            Command::Full(verb) => verb.run_without_network(),
            Command::Card(verb) => verb.run().map(Some),
            Command::Doctor(verb) => verb.run().map(Some),
            Command::Completions(verb) => verb.run().map(Some),
            Command::Manual(verb) => verb.run().map(Some),
        }
    }

    /// Runs any verb.
    ///
    /// # Errors
    /// What the user can mend, in words.
    pub fn run(&self) -> anyhow::Result<ExitStatus> {
        match &self.command {
            Command::Fit(verb) => verb.run(),
            Command::Full(verb) => verb.run(),
            Command::Card(verb) => verb.run(),
            Command::Doctor(verb) => verb.run_with_network(),
            Command::Completions(verb) => verb.run(),
            Command::Manual(verb) => verb.run(),
        }
    }
}

/// Where the half of the program that listens lies, or should.
///
/// # Errors
/// Where the system does not say where this one lies.
pub fn training_binary() -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe().context("this program does not know where it lies")?;
    Ok(program.with_file_name("playlist-fit-train"))
}

/// The bundle in this folder, else the one inside the program.
fn open_bundle(folder: Option<&Path>) -> anyhow::Result<Bundle> {
    if let Some(folder) = folder {
        paths::require_exists(folder)
            .context("a bundle is a folder that `playlist-fit train` wrote")?;
    }
    Ok(Bundle::open(folder)?)
}

/// The bundle, for verbs that listen with one.
#[derive(Debug, Args)]
struct BundleFolder {
    /// Bundle to judge with; without it the demo bundle inside the program
    #[arg(long, value_name = "DIR")]
    bundle: Option<PathBuf>,
    /// Where the network runs: cpu, cuda or cuda:N
    #[arg(long, value_name = "DEVICE", default_value = "cpu")]
    device: String,
}

impl BundleFolder {
    /// The bundle, and its network ready to listen.
    fn open(&self) -> anyhow::Result<(Bundle, model::Network)> {
        let device = model::device(&self.device)?;
        let bundle = open_bundle(self.bundle.as_deref())?;
        let mut network = model::Network::new(bundle.manifest.network.clone(), device)?;
        network.load(&bundle.weights, &bundle.origin)?;
        Ok((bundle, network))
    }
}
