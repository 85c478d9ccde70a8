//! `playlists`: the playlists of a catalogue, the history of one with a plot, and which can be trained on.

mod history;
mod trainable;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde::Serialize;

use super::named::find;
use crate::cli::ExitStatus;
use crate::cli::full::PlaylistsFolder;
use crate::cli::output::{print, status};
use crate::cli::table::table;
use catalogue::statistics::{Overview, SCHEMA_VERSION};
use catalogue::{Catalogue, Filter, rules};
use report::{churn_png, shorten};

/// Characters of a title or name in a table.
const MAX_CELL_CHARS: usize = 44;

#[derive(Debug, Args)]
pub struct Playlists {
    #[command(subcommand)]
    command: Option<Subcommands>,
    #[command(flatten)]
    folder: PlaylistsFolder,
    /// Print JSON instead of tables
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Subcommands {
    /// Show the history of one playlist and plot it
    Show {
        /// The playlist's name or id
        #[arg(value_name = "PLAYLIST")]
        named: String,
        /// Folder for the plot
        #[arg(long, value_name = "DIR", default_value = "reports/playlists")]
        out: PathBuf,
    },
    /// Show which playlists can be trained on, and why the others are excluded
    #[command(alias = "learnable")]
    Trainable {
        /// Rules (TOML) that exclude playlists of services, instead of those that ship
        #[arg(long, value_name = "FILE")]
        rules: Option<PathBuf>,
        /// Print the rules that ship, to edit them, and stop
        #[arg(long, conflicts_with = "rules")]
        print_rules: bool,
    },
}

/// The JSON of commands that print several playlists.
#[derive(Serialize)]
struct Document<P> {
    schema_version: u32,
    playlists: Vec<P>,
}

impl<P: Serialize> Document<P> {
    fn print(playlists: Vec<P>) -> anyhow::Result<()> {
        print(&serde_json::to_string(&Document {
            schema_version: SCHEMA_VERSION,
            playlists,
        })?);
        Ok(())
    }
}

impl Playlists {
    pub fn run(&self) -> anyhow::Result<ExitStatus> {
        let catalogue = || store::read(&self.folder.playlists);
        match &self.command {
            None => self.show_all(&catalogue()?)?,
            Some(Subcommands::Show { named, out }) => self.show(&catalogue()?, named, out)?,
            Some(Subcommands::Trainable {
                print_rules: true, ..
            }) => print(rules::SHIPPED.trim_end()),
            Some(Subcommands::Trainable { rules, .. }) => {
                self.assess(&catalogue()?, rules.as_deref())?;
            }
        }
        Ok(ExitStatus::Success)
    }

    fn assess(&self, catalogue: &Catalogue, rules: Option<&Path>) -> anyhow::Result<()> {
        let mut filter = Filter::default();
        if let Some(path) = rules {
            filter.rules = rules::read(path)?;
        }
        let playlists = catalogue.assess_playlists(&filter);
        if self.json {
            return Document::print(trainable::documents(&playlists));
        }
        print(&trainable::text(&playlists));
        Ok(())
    }

    fn show_all(&self, catalogue: &Catalogue) -> anyhow::Result<()> {
        let playlists = catalogue.overview();
        if self.json {
            return Document::print(playlists);
        }
        print(&overview_text(&playlists));
        Ok(())
    }

    fn show(&self, catalogue: &Catalogue, named: &str, out: &Path) -> anyhow::Result<()> {
        let playlist = find(catalogue, named)?;
        let statistics = catalogue.statistics(playlist);
        let plot = history::plot_file(playlist, &catalogue.playlists, out);
        files::write(&plot, &churn_png(&statistics)?).with_context(|| {
            let plot = plot.display();
            format!(
                "{plot}: cannot write this plot; free space or choose another folder with --out"
            )
        })?;
        print(&if self.json {
            serde_json::to_string(&statistics)?
        } else {
            history::text(&statistics)
        });
        status(&format!("Plot: {}", plot.display()));
        Ok(())
    }
}

fn overview_text(playlists: &[Overview]) -> String {
    let text = |value: Option<String>| value.unwrap_or_else(|| "–".to_owned());
    let row = |playlist: &Overview| {
        vec![
            shorten(&playlist.name, MAX_CELL_CHARS),
            shorten(&playlist.source, MAX_CELL_CHARS),
            playlist.tracks.to_string(),
            text(playlist.added_in_30_days.map(|count| count.to_string())),
            text(playlist.removed_in_30_days.map(|count| count.to_string())),
            text(playlist.first_seen.map(|day| day.to_string())),
            text(playlist.last_seen.map(|day| day.to_string())),
        ]
    };
    let rows: Vec<Vec<String>> = playlists.iter().map(row).collect();
    let heading = [
        "playlist",
        "source",
        "tracks",
        "added",
        "removed",
        "first seen",
        "last seen",
    ];
    format!(
        "{}\n\nAdded and removed: in the 30 days before the playlist was last seen.",
        table(&heading, &rows)
    )
}
