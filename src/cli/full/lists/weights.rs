//! `weights`: what other people trained, and how it comes here.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::clients;
use super::lock::Lock;
use crate::cli::ExitStatus;
use crate::cli::output::{print, progress, status};
use crate::cli::table::table;
use pretrained::{Pin, WeightsDir};
use services::http::Limits;

#[derive(Debug, Args)]
#[command(after_help = ENVIRONMENT)]
pub struct Weights {
    #[command(subcommand)]
    command: Command,
    /// Folder for the weights, instead of playlist-fit/weights in your data folder
    #[arg(long, value_name = "DIR", global = true)]
    into: Option<PathBuf>,
}

const ENVIRONMENT: &str = "\
Environment:
  XDG_DATA_HOME             weights lie in playlist-fit/weights below it [default: ~/.local/share]
  PLAYLIST_FIT_WEIGHTS_API  address to ask in place of the official ones, for a proxy or a
                            recorded server; the paths stay";

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the weights that there are: licence, size, and whether they are here
    List(WeightsList),
    /// Download weights, and keep them with their licence; a broken download goes on where it stopped
    Get(Get),
}

#[derive(Debug, Args)]
struct WeightsList {
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Get {
    /// One that `playlist-fit weights list` shows
    name: String,
}

/// The JSON of `weights list`.
#[derive(Serialize)]
struct Listed<'a> {
    schema_version: u32,
    folder: &'a std::path::Path,
    weights: Vec<WeightsRow>,
}

#[derive(Serialize)]
struct WeightsRow {
    name: String,
    what: String,
    architecture: String,
    address: String,
    licence: String,
    bytes: Option<u64>,
    sha256: Option<String>,
    contents: Option<String>,
    /// Who states the hash; none where the first file that comes is pinned.
    pinned_by: Option<String>,
    here: bool,
}

impl Weights {
    pub fn run(&self) -> anyhow::Result<ExitStatus> {
        let folder = match &self.into {
            Some(path) => WeightsDir::new(path),
            None => WeightsDir::for_user()?,
        };
        match &self.command {
            Command::List(list) => list.run(&folder),
            Command::Get(get) => get.run(&folder),
        }
    }
}

impl WeightsList {
    fn run(&self, folder: &WeightsDir) -> anyhow::Result<ExitStatus> {
        let row = |weights: pretrained::Weights| {
            let pin = weights.pin.as_ref();
            WeightsRow {
                here: folder.weights(&weights.name).is_file(),
                sha256: pin.and_then(|pin| pin.sha256.clone()),
                contents: pin.and_then(|pin| pin.contents.clone()),
                pinned_by: weights.pin.map(|Pin { by, .. }| by),
                name: weights.name,
                what: weights.what,
                architecture: weights.architecture,
                address: weights.address,
                licence: weights.licence.name,
                bytes: weights.bytes,
            }
        };
        let rows: Vec<WeightsRow> = pretrained::weights()?.into_iter().map(row).collect();
        if self.json {
            let listed = Listed {
                schema_version: 1,
                folder: folder.path(),
                weights: rows,
            };
            print(&serde_json::to_string(&listed)?);
            return Ok(ExitStatus::Success);
        }
        let cells = |row: &WeightsRow| {
            let dash = || "–".to_owned();
            vec![
                row.name.clone(),
                row.architecture.clone(),
                row.licence.clone(),
                row.bytes.map_or_else(dash, megabytes),
                if row.here { "yes" } else { "no" }.into(),
                row.pinned_by.clone().unwrap_or_else(|| {
                    "known by nobody here; the first file that comes is pinned".into()
                }),
                row.what.clone(),
            ]
        };
        let cells: Vec<Vec<String>> = rows.iter().map(cells).collect();
        let heading = ["name", "fits", "licence", "MB", "here", "hash", "what"];
        print(&table(&heading, &cells));
        status(&format!("Folder: {}", folder.path().display()));
        Ok(ExitStatus::Success)
    }
}

fn megabytes(bytes: u64) -> String {
    format!("{:.0}", bytes as f64 / 1e6)
}

impl Get {
    fn run(&self, folder: &WeightsDir) -> anyhow::Result<ExitStatus> {
        let settings = clients::settings(pretrained::SOURCE, false)?;
        let is_known = pretrained::weights()?
            .iter()
            .any(|known| known.name == self.name);
        // A mistaken name leaves no folder behind.
        let _lock = is_known.then(|| Lock::take(folder.path())).transpose()?;
        let bar = bar();
        let progress = |done: u64, all: Option<u64>| {
            bar.set_length(all.unwrap_or(done));
            bar.set_position(done);
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let limits = Limits::default();
        let got = runtime.block_on(pretrained::get(
            &self.name, folder, settings, limits, &progress,
        ));
        bar.finish_and_clear();
        let (weights, now) = got?;
        if now {
            status(&format!(
                "Licence: {}\n{}",
                weights.licence.name,
                weights.licence.text.trim()
            ));
        } else {
            status(&format!("{} was here already", self.name))
        }
        if let (true, None) = (now, &weights.pin) {
            status("nobody here knows the right file's hash; this one is pinned from now on");
        }
        print(&folder.weights(&self.name).display().to_string());
        Ok(ExitStatus::Success)
    }
}

fn bar() -> ProgressBar {
    let bar = progress("Downloading");
    let template = "{msg} {wide_bar} {bytes}/{total_bytes} {eta}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}
