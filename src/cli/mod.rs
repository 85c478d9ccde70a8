//! The command line: one small file a verb. Flags as typed come in, a verb's answer goes to stdout, all else to
//! stderr. The only module that knows all the others.

mod collect;
#[cfg(feature = "torch")]
mod evaluate;
mod export;
mod finish;
#[cfg(feature = "torch")]
mod fit;
mod import;
mod names;
mod playlists;
mod prepare;
mod provenance;
mod services;
mod table;
mod terminal;
#[cfg(feature = "torch")]
mod train;

pub use finish::finish;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// How a verb ended well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// Some items were left out; each was named on stderr.
    Skipped,
}

/// Which editorial playlists would this song fit, how sure are we, and what is the evidence?
#[derive(Debug, Parser)]
#[command(version, bin_name = "playlist-fit", max_term_width = 100, before_help = EXAMPLES, arg_required_else_help = true)]
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
    /// Bring in track lists: a folder of folders, or a CSV table
    Import(import::Import),
    /// Collect track lists from a service
    Collect(collect::Collect),
    /// Write a list as a file that players and other programs read
    Export(export::Export),
    /// Show the lists: size, change, newest additions
    Playlists(playlists::Playlists),
    /// Print what each row of a bundle or a catalogue comes from and allows
    Provenance(provenance::Provenance),
    /// Decode the tracks of the lists into clips to learn from
    Prepare(prepare::Prepare),
    /// Train a network on the prepared clips and write a bundle
    #[cfg(feature = "torch")]
    Train(train::Train),
    /// Measure a bundle on tracks by artists that it never heard
    #[cfg(feature = "torch")]
    Evaluate(evaluate::Evaluate),
}

impl Cli {
    /// Runs a verb that needs no network; none where the verb needs one.
    ///
    /// # Errors
    /// What the user can mend, in words.
    pub fn run_without_network(&self) -> anyhow::Result<Option<Outcome>> {
        match &self.verb {
            Verb::Import(verb) => verb.run().map(Some),
            Verb::Collect(verb) => verb.run().map(Some),
            Verb::Export(verb) => verb.run().map(Some),
            Verb::Playlists(verb) => verb.run().map(Some),
            Verb::Provenance(verb) => verb.run().map(Some),
            Verb::Prepare(verb) => verb.run().map(Some),
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
            Verb::Train(verb) => verb.run(),
            Verb::Evaluate(verb) => verb.run(),
            Verb::Import(verb) => verb.run(),
            Verb::Collect(verb) => verb.run(),
            Verb::Export(verb) => verb.run(),
            Verb::Playlists(verb) => verb.run(),
            Verb::Provenance(verb) => verb.run(),
            Verb::Prepare(verb) => verb.run(),
        }
    }
}

/// The folder with the track lists, for verbs that read it.
#[derive(Debug, Args)]
struct PlaylistsFolder {
    /// Folder with the track lists (Parquet) and their clips
    #[arg(long, value_name = "DIR", default_value = "catalogue", global = true)]
    playlists: PathBuf,
}

impl PlaylistsFolder {
    fn clips(&self) -> PathBuf {
        self.playlists.join("clips")
    }
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
    fn open(&self) -> anyhow::Result<(crate::bundle::Bundle, crate::model::Network)> {
        let device = crate::model::device(&self.device)?;
        let bundle = crate::bundle::Bundle::open(self.bundle.as_deref())?;
        let mut network = crate::model::Network::new(bundle.manifest.network.clone(), device);
        network.load(&bundle.weights, &bundle.origin)?;
        Ok((bundle, network))
    }
}
