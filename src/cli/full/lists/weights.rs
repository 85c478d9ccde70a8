//! `weights`: lists and downloads published weights.

mod list;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};

use super::clients;
use super::lock::Lock;
use crate::cli::ExitStatus;
use crate::cli::output::{print, progress, status};
use pretrained::WeightsDir;

/// Arguments of `weights`.
#[derive(Debug, Args)]
#[command(after_help = ENVIRONMENT)]
pub struct Weights {
    #[command(subcommand)]
    command: Command,
    /// Folder for the weights, instead of playlist-fit/weights in your data folder
    #[arg(long, alias = "into", value_name = "DIR", global = true)]
    out: Option<PathBuf>,
}

const ENVIRONMENT: &str = "\
Environment:
  XDG_DATA_HOME             weights are stored in playlist-fit/weights below it
                            [default: ~/.local/share]
  PLAYLIST_FIT_WEIGHTS_API  address to use instead of the official ones, for a proxy or a
                            recorded server; the paths stay the same";

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the known weights: licence, size, and whether they are downloaded
    List {
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Download weights with their licence; an interrupted download resumes
    Get {
        /// A name that `playlist-fit weights list` shows
        name: String,
    },
}

impl Weights {
    /// Runs the command.
    pub fn run(&self) -> anyhow::Result<ExitStatus> {
        let folder = match &self.out {
            Some(path) => WeightsDir::new(path),
            None => WeightsDir::for_user()?,
        };
        match &self.command {
            Command::List { json } => list::list(&folder, *json)?,
            Command::Get { name } => get(name, &folder)?,
        }
        Ok(ExitStatus::Success)
    }
}

fn get(name: &str, folder: &WeightsDir) -> anyhow::Result<()> {
    let settings = clients::settings(pretrained::SOURCE, false)?;
    let known = pretrained::weights()?;
    let is_known = known.iter().any(|known| known.name == name);
    // An unknown name must not create the folder.
    let _lock = is_known.then(|| Lock::take(folder.path())).transpose()?;
    let bar = download_bar();
    let progress = |done: u64, all: Option<u64>| {
        bar.set_length(all.unwrap_or(done));
        bar.set_position(done);
    };
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build()?;
    let got = runtime.block_on(pretrained::get(name, folder, settings, &progress));
    bar.finish_and_clear();
    let (weights, is_new) = got?;
    if is_new {
        status(&format!("Licence: {}\n{}", weights.licence, weights.notice));
    } else {
        status(&format!("{name} was downloaded before"));
    }
    if is_new && weights.pinned_by.is_none() {
        status("the hash of the correct file is unknown; this one is pinned from now on");
    }
    print(&folder.weights(name).display().to_string());
    Ok(())
}

fn download_bar() -> ProgressBar {
    let bar = progress("Downloading");
    let template = "{msg} {wide_bar} {bytes}/{total_bytes} {eta}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}
