//! The command line: one small file a verb. Flags as typed come in, a verb's answer goes to stdout, all else to
//! stderr. The only module that knows all the others.

#[cfg(all(feature = "lists", feature = "torch"))]
mod add;
#[cfg(feature = "lists")]
mod augment;
#[cfg(all(feature = "lists", feature = "torch"))]
mod batch;
mod card;
mod completions;
mod doctor;
#[cfg(all(feature = "lists", feature = "torch"))]
mod evaluate;
mod finish;
#[cfg(feature = "torch")]
mod fit;
#[cfg(feature = "lists")]
mod lists;
mod manual;
#[cfg(all(feature = "lists", feature = "torch"))]
mod material;
mod names;
#[cfg(all(feature = "lists", feature = "torch"))]
mod serve;
#[cfg(all(feature = "lists", feature = "torch"))]
mod similar;
#[cfg(all(feature = "lists", feature = "torch"))]
mod songs;
#[cfg(all(feature = "lists", feature = "torch"))]
mod split;
mod table;
mod terminal;
#[cfg(all(feature = "lists", feature = "torch"))]
mod train;
#[cfg(all(feature = "lists", feature = "torch"))]
mod tune;

pub use finish::finish;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};

use crate::bundle::Bundle;

/// How a verb ended well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// Some items were left out; each was named on stderr.
    Skipped,
    /// The user ended it with Ctrl-C.
    Interrupted,
}

/// Which editorial playlists would this song fit, how sure are we, and what is the evidence?
#[derive(Debug, Parser)]
#[command(version, bin_name = "playlist-fit", max_term_width = 100, before_help = EXAMPLES, arg_required_else_help = true)]
#[cfg_attr(
    not(feature = "lists"),
    command(
        after_help = "This build judges songs and no more; `cargo install --path . --locked` builds the rest."
    )
)]
pub struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

const EXAMPLES: &str = "\
Examples:
  playlist-fit fit demo.mp3            what the song fits, and a report in reports/demo/
  playlist-fit fit *.wav --json        one line of JSON a song";

#[derive(Debug, Subcommand)]
enum Verb {
    /// Say which playlists a song fits, and write a report
    #[cfg(feature = "torch")]
    Fit(fit::Fit),
    /// Make a playlist of tracks like one song, like several, or like what somebody listens to
    #[cfg(all(feature = "lists", feature = "torch"))]
    Similar(similar::Similar),
    /// Say what many songs fit, and which of them to pitch to which playlist
    #[cfg(all(feature = "lists", feature = "torch"))]
    Batch(batch::Batch),
    /// Show the same in a local page: drop songs, read their reports, compare them
    #[cfg(all(feature = "lists", feature = "torch"))]
    Serve(serve::Serve),
    /// Teach a bundle one more playlist from some of its tracks, without training
    #[cfg(all(feature = "lists", feature = "torch"))]
    Add(add::Add),
    #[cfg(feature = "lists")]
    #[command(flatten)]
    Lists(lists::Lists),
    /// Write what augmentation does to a song, to listen to and to look at
    #[cfg(feature = "lists")]
    Augment(augment::Augment),
    /// Show how a training will split the tracks, and prove that nothing leaks from one side to another
    #[cfg(all(feature = "lists", feature = "torch"))]
    Split(split::SplitVerb),
    /// Train a network on the prepared clips and write a bundle
    #[cfg(all(feature = "lists", feature = "torch"))]
    Train(train::Train),
    /// Search the settings of a preset that learn best from the prepared clips
    #[cfg(all(feature = "lists", feature = "torch"))]
    Tune(tune::Tune),
    /// Print a bundle's model card: what it learned from, how well it does for whom, and where it fails
    Card(card::Card),
    /// Measure a bundle on tracks by artists that it never heard
    #[cfg(all(feature = "lists", feature = "torch"))]
    Evaluate(evaluate::Evaluate),
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
    pub fn run_without_network(&self) -> anyhow::Result<Option<Outcome>> {
        match &self.verb {
            #[cfg(feature = "lists")]
            Verb::Lists(verb) => verb.run().map(Some),
            #[cfg(feature = "lists")]
            Verb::Augment(verb) => verb.run().map(Some),
            Verb::Card(verb) => verb.run().map(Some),
            Verb::Doctor(verb) => verb.run().map(Some),
            Verb::Completions(verb) => verb.run().map(Some),
            Verb::Manual(verb) => verb.run().map(Some),
            #[cfg(feature = "torch")]
            _ => Ok(None),
        }
    }

    /// Runs any verb.
    ///
    /// # Errors
    /// What the user can mend, in words.
    #[cfg(feature = "torch")]
    pub fn run(&self) -> anyhow::Result<Outcome> {
        match &self.verb {
            Verb::Fit(verb) => verb.run(),
            Verb::Card(verb) => verb.run(),
            Verb::Doctor(verb) => verb.run_with_network(),
            Verb::Completions(verb) => verb.run(),
            Verb::Manual(verb) => verb.run(),
            #[cfg(feature = "lists")]
            Verb::Similar(verb) => verb.run(),
            #[cfg(feature = "lists")]
            Verb::Batch(verb) => verb.run(),
            #[cfg(feature = "lists")]
            Verb::Serve(verb) => verb.run(),
            #[cfg(feature = "lists")]
            Verb::Add(verb) => verb.run(),
            #[cfg(feature = "lists")]
            Verb::Lists(verb) => verb.run(),
            #[cfg(feature = "lists")]
            Verb::Augment(verb) => verb.run(),
            #[cfg(feature = "lists")]
            Verb::Split(verb) => verb.run(),
            #[cfg(feature = "lists")]
            Verb::Train(verb) => verb.run(),
            #[cfg(feature = "lists")]
            Verb::Tune(verb) => verb.run(),
            #[cfg(feature = "lists")]
            Verb::Evaluate(verb) => verb.run(),
        }
    }
}

/// The folder with the track lists, for verbs that read it.
#[cfg(feature = "lists")]
#[derive(Debug, Args)]
struct PlaylistsFolder {
    /// Folder with the track lists (Parquet) and their clips
    #[arg(long, value_name = "DIR", default_value = "catalogue", global = true)]
    playlists: PathBuf,
}

#[cfg(feature = "lists")]
impl PlaylistsFolder {
    fn clips(&self) -> PathBuf {
        self.playlists.join("clips")
    }
}

/// Where the half of the program that listens lies, or should.
///
/// # Errors
/// Where the system does not say where this one lies.
pub fn listening_half() -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe().context("this program does not know where it lies")?;
    Ok(program.with_file_name("playlist-fit-listen"))
}

/// The bundle in this folder, else the one inside the program.
fn open_bundle(folder: Option<&Path>) -> anyhow::Result<Bundle> {
    if let Some(folder) = folder {
        names::there(folder).context("a bundle is a folder that `playlist-fit train` wrote")?;
    }
    Ok(Bundle::open(folder)?)
}

/// The bundle, for verbs that listen with one.
#[cfg(feature = "torch")]
#[derive(Debug, Args)]
struct BundleFolder {
    /// Bundle to judge with; without it the demo bundle inside the program
    #[arg(long, value_name = "DIR")]
    bundle: Option<PathBuf>,
    /// Where the network runs: cpu, cuda or cuda:N
    #[arg(long, value_name = "DEVICE", default_value = "cpu")]
    device: String,
}

#[cfg(feature = "torch")]
impl BundleFolder {
    /// The bundle, and its network ready to listen.
    fn open(&self) -> anyhow::Result<(Bundle, crate::model::Network)> {
        let device = crate::model::device(&self.device)?;
        let bundle = open_bundle(self.bundle.as_deref())?;
        let mut network = crate::model::Network::new(bundle.manifest.network.clone(), device)?;
        network.load(&bundle.weights, &bundle.origin)?;
        Ok((bundle, network))
    }
}
