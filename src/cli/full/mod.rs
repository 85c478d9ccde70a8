//! The commands of the full build: many songs, playlists, training.

mod add;
mod augment;
mod batch;
mod evaluate;
mod keys;
mod lists;
mod preset;
mod serve;
mod similar;
mod songs;
mod split;
mod train;
mod training_output;
mod training_set;
mod tune;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use indicatif::ProgressBar;

use super::ExitStatus;
use super::doctor::Check;

pub const AFTER_HELP: &str = "";
/// What the build can do, for `doctor`.
pub const DOES: &str = "analyses songs, collects playlists, trains bundles";

#[derive(Debug, Subcommand)]
pub enum Full {
    /// Make a playlist of tracks similar to a song, to several songs, or to a listening history
    Similar(similar::Similar),
    /// Analyse many songs, and assign them to the playlists to pitch them to
    Batch(batch::Batch),
    /// Serve a local page: drop songs, read their reports, compare them
    Serve(serve::Serve),
    /// Add a playlist to a bundle from some of its tracks, without training
    Add(add::Add),
    #[command(flatten)]
    Lists(lists::Lists),
    /// Write augmented versions of a song as audio and spectrograms
    Augment(augment::Augment),
    /// Name the shipped training presets, or print one to edit
    Preset(preset::PresetCommand),
    /// Show how a training splits the tracks, and check that no artist or recording is in two partitions
    Split(split::SplitCommand),
    /// Train a network on the prepared clips and write a bundle
    Train(train::Train),
    /// Search for the settings of a preset with the lowest validation loss on the prepared clips
    Tune(tune::Tune),
    /// Evaluate a bundle on tracks by held-out artists
    Evaluate(evaluate::Evaluate),
}

impl Full {
    /// Runs a command that needs no network. Returns `None` if the command needs one.
    pub fn run_without_network(&self) -> anyhow::Result<Option<ExitStatus>> {
        match self {
            Self::Lists(command) => command.run().map(Some),
            Self::Augment(command) => command.run().map(Some),
            Self::Preset(command) => command.run().map(Some),
            _ => Ok(None),
        }
    }

    /// Runs any command.
    pub fn run(&self) -> anyhow::Result<ExitStatus> {
        match self {
            Self::Similar(command) => command.run(),
            Self::Batch(command) => command.run(),
            Self::Serve(command) => command.run(),
            Self::Add(command) => command.run(),
            Self::Lists(command) => command.run(),
            Self::Augment(command) => command.run(),
            Self::Preset(command) => command.run(),
            Self::Split(command) => command.run(),
            Self::Train(command) => command.run(),
            Self::Tune(command) => command.run(),
            Self::Evaluate(command) => command.run(),
        }
    }
}

/// The checks of `doctor` that only the full build needs.
pub fn checks() -> Vec<Check> {
    vec![keys::keys()]
}

/// The flag of commands that read a catalogue.
#[derive(Debug, Args)]
struct PlaylistsFolder {
    /// Folder with the catalogue of playlists (Parquet) and its clips
    #[arg(long, value_name = "DIR", default_value = "catalogue", global = true)]
    playlists: PathBuf,
}

impl PlaylistsFolder {
    fn clips(&self) -> PathBuf {
        self.playlists.join("clips")
    }
}

/// Returns a callback `(done, total)` that moves the bar.
fn track_progress(bar: &ProgressBar) -> impl Fn(usize, usize) + Sync + '_ {
    |done, all| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
    }
}
