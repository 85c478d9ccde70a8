//! The verbs of the full build: many songs, track lists, training.

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
mod training_set;
mod tune;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use indicatif::ProgressBar;

use super::ExitStatus;
use super::doctor::Check;

pub const AFTER_HELP: &str = "";
/// As `doctor` names what the build does.
pub const DOES: &str = "judges songs, keeps lists";

#[derive(Debug, Subcommand)]
pub enum Full {
    /// Make a playlist of tracks like one song, like several, or like what somebody listens to
    Similar(similar::Similar),
    /// Say what many songs fit, and which of them to pitch to which playlist
    Batch(batch::Batch),
    /// Show the same in a local page: drop songs, read their reports, compare them
    Serve(serve::Serve),
    /// Teach a bundle one more playlist from some of its tracks, without training
    Add(add::Add),
    #[command(flatten)]
    Lists(lists::Lists),
    /// Write what augmentation does to a song, to listen to and to look at
    Augment(augment::Augment),
    /// Name the shipped training presets, or print one to edit
    Preset(preset::PresetCommand),
    /// Show how a training will split the tracks, and prove that nothing leaks from one side to another
    Split(split::SplitCommand),
    /// Train a network on the prepared clips and write a bundle
    Train(train::Train),
    /// Search the settings of a preset that learn best from the prepared clips
    Tune(tune::Tune),
    /// Measure a bundle on tracks by artists that it never heard
    Evaluate(evaluate::Evaluate),
}

impl Full {
    /// Runs a verb that needs no network; none where the verb needs one.
    pub fn run_without_network(&self) -> anyhow::Result<Option<ExitStatus>> {
        match self {
            Self::Lists(verb) => verb.run().map(Some),
            Self::Augment(verb) => verb.run().map(Some),
            Self::Preset(verb) => verb.run().map(Some),
            _ => Ok(None),
        }
    }

    /// Runs any verb.
    pub fn run(&self) -> anyhow::Result<ExitStatus> {
        match self {
            Self::Similar(verb) => verb.run(),
            Self::Batch(verb) => verb.run(),
            Self::Serve(verb) => verb.run(),
            Self::Add(verb) => verb.run(),
            Self::Lists(verb) => verb.run(),
            Self::Augment(verb) => verb.run(),
            Self::Preset(verb) => verb.run(),
            Self::Split(verb) => verb.run(),
            Self::Train(verb) => verb.run(),
            Self::Tune(verb) => verb.run(),
            Self::Evaluate(verb) => verb.run(),
        }
    }
}

/// What `doctor` looks at beside what judges a song.
pub fn checks() -> Vec<Check> {
    vec![keys::keys()]
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

/// Tells a bar how many are done, of how many.
fn track_progress(bar: &ProgressBar) -> impl Fn(usize, usize) + Sync + '_ {
    |done, all| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
    }
}
