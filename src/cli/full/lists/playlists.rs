//! `playlists`: the lists of a catalogue, and the history of one of them as a page of text and a picture.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde::Serialize;

use super::named::{find, plain};
use crate::cli::ExitStatus;
use crate::cli::full::PlaylistsFolder;
use crate::cli::output::{print, status};
use crate::cli::table::table;
use catalogue::statistics::{Overview, SCHEMA_VERSION, Statistics};
use catalogue::{Catalogue, Eligibility, Filter, Playlist, rules};
use files::file_name;
use report::{churn_png, shorten};

/// Letters of a title or a name in a table.
const MAX_CELL_CHARS: usize = 44;
const MONTHS_SHOWN: usize = 12;
const ROWS_SHOWN: usize = 10;

#[derive(Debug, Args)]
pub struct Playlists {
    #[command(subcommand)]
    one: Option<One>,
    #[command(flatten)]
    folder: PlaylistsFolder,
    /// Print JSON instead of tables
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum One {
    /// Show the history of one list, and draw it
    Show {
        /// The list's name or id
        #[arg(value_name = "LIST")]
        named: String,
        /// Folder for the picture
        #[arg(long, value_name = "DIR", default_value = "reports/playlists")]
        out: PathBuf,
    },
    /// Say which lists a training would learn, and why it leaves the others out
    Learnable {
        /// Rules that say which lists of services are left out, instead of ours
        #[arg(long, value_name = "FILE")]
        rules: Option<PathBuf>,
        /// Print our rules, to edit them, and judge nothing
        #[arg(long, conflicts_with = "rules")]
        print_rules: bool,
    },
}

impl Playlists {
    pub fn run(&self) -> anyhow::Result<ExitStatus> {
        let catalogue = || store::read(&self.folder.playlists);
        match &self.one {
            None => self.show_all(&catalogue()?)?,
            Some(One::Show { named, out }) => self.show(&catalogue()?, named, out)?,
            Some(One::Learnable {
                print_rules: true, ..
            }) => print(rules::SHIPPED.trim_end()),
            Some(One::Learnable { rules, .. }) => self.assess(&catalogue()?, rules.as_deref())?,
        }
        Ok(ExitStatus::Success)
    }

    fn assess(&self, catalogue: &Catalogue, rules: Option<&Path>) -> anyhow::Result<()> {
        #[derive(Serialize)]
        struct All {
            schema_version: u32,
            playlists: Vec<Eligibility>,
        }
        let mut filter = Filter::default();
        if let Some(path) = rules {
            filter.rules = rules::read(path)?;
        }
        let playlists = catalogue.assess_playlists(&filter);
        print(&if self.json {
            serde_json::to_string(&All {
                schema_version: SCHEMA_VERSION,
                playlists,
            })?
        } else {
            verdicts(&playlists)
        });
        Ok(())
    }

    fn show_all(&self, catalogue: &Catalogue) -> anyhow::Result<()> {
        #[derive(Serialize)]
        struct All {
            schema_version: u32,
            playlists: Vec<Overview>,
        }
        let playlists = catalogue.overview();
        print(&if self.json {
            serde_json::to_string(&All {
                schema_version: SCHEMA_VERSION,
                playlists,
            })?
        } else {
            all_as_table(&playlists)
        });
        Ok(())
    }

    fn show(&self, catalogue: &Catalogue, named: &str, out: &Path) -> anyhow::Result<()> {
        let playlist = find(&catalogue.playlists, named)?;
        let statistics = catalogue.statistics(playlist);
        let picture = out.join(format!("{}.png", file_of(playlist, &catalogue.playlists)));
        files::write(&picture, &churn_png(&statistics)?).with_context(|| {
            format!(
                "{}: cannot write this picture; make room or choose another folder with --out",
                picture.display()
            )
        })?;
        print(&if self.json {
            serde_json::to_string(&statistics)?
        } else {
            as_text(&statistics)
        });
        status(&format!("Picture: {}", picture.display()));
        Ok(())
    }
}

/// The name of its picture: its own, or its id where another list would take the same file.
fn file_of(playlist: &Playlist, all: &[Playlist]) -> String {
    let name = |playlist: &Playlist| file_name(&playlist.name, "list");
    let same = |other: &&Playlist| plain(&name(other)) == plain(&name(playlist));
    if all.iter().filter(same).count() > 1 {
        file_name(&playlist.id, "list")
    } else {
        name(playlist)
    }
}

fn all_as_table(playlists: &[Overview]) -> String {
    let text = |value: Option<String>| value.unwrap_or_else(|| "–".to_owned());
    let row = |list: &Overview| {
        vec![
            shorten(&list.name, MAX_CELL_CHARS),
            shorten(&list.source, MAX_CELL_CHARS),
            list.tracks.to_string(),
            text(list.added_in_30_days.map(|count| count.to_string())),
            text(list.removed_in_30_days.map(|count| count.to_string())),
            text(list.first_seen.map(|day| day.to_string())),
            text(list.last_seen.map(|day| day.to_string())),
        ]
    };
    let rows: Vec<Vec<String>> = playlists.iter().map(row).collect();
    let heading = [
        "list",
        "source",
        "tracks",
        "added",
        "removed",
        "first seen",
        "last seen",
    ];
    format!(
        "{}\n\nAdded and removed: in the 30 days up to the day on which it was last seen.",
        table(&heading, &rows)
    )
}

fn verdicts(playlists: &[Eligibility]) -> String {
    let row = |list: &Eligibility| {
        let (verdict, reason) = match &list.excluded {
            None => ("learned", String::new()),
            Some(unlearnable) => ("left out", unlearnable.reason.clone()),
        };
        vec![
            shorten(&list.name, MAX_CELL_CHARS),
            list.tracks_now.to_string(),
            list.tracks_ever.to_string(),
            list.artists.to_string(),
            verdict.to_owned(),
            reason,
        ]
    };
    let rows: Vec<Vec<String>> = playlists.iter().map(row).collect();
    let learned = playlists.iter().filter(|list| list.excluded.is_none());
    let heading = ["list", "tracks", "ever", "artists", "verdict", "why"];
    format!(
        "{}\n\n{} of {} lists can be learned, as far as their names and sizes say.",
        table(&heading, &rows),
        learned.count(),
        playlists.len()
    )
}

fn as_text(statistics: &Statistics) -> String {
    [
        summary(statistics),
        months(statistics),
        newest(statistics),
        overlap(statistics),
    ]
    .into_iter()
    .flatten()
    .collect::<Vec<_>>()
    .join("\n\n")
}

fn summary(statistics: &Statistics) -> Option<String> {
    let list = &statistics.list;
    let mut lines = vec![format!(
        "{} ({})",
        shorten(&list.name, 120),
        shorten(&list.id, 120)
    )];
    let seen = match (list.first_seen, list.last_seen) {
        (Some(first), Some(last)) => format!(", seen from {first} to {last}"),
        _ => String::new(),
    };
    lines.push(format!("{} tracks{seen}", list.tracks));
    if let Some(churn) = statistics.churn {
        let months = statistics
            .months
            .iter()
            .filter(|month| month.churn.is_some());
        lines.push(format!(
            "Churn: {} of the list replaced a month, the mean of {} whole months",
            percent(churn),
            months.count()
        ));
    }
    let life = &statistics.life;
    if life.ended + life.censored > 0 {
        let median = match life.median_days {
            Some(days) => format!("half of the new tracks leave within {days} days"),
            None => "more than half of the new tracks outlast what was seen".to_owned(),
        };
        let mean = life.mean_days_of_ended.map_or_else(String::new, |days| {
            format!("; those that left had stayed {days:.0} days on average")
        });
        lines.push(format!(
            "Life: {median} (Kaplan-Meier over {} stays, {} of them going on){mean}",
            life.ended + life.censored,
            life.censored
        ));
    }
    Some(lines.join("\n"))
}

fn months(statistics: &Statistics) -> Option<String> {
    let skipped = statistics.months.len().saturating_sub(MONTHS_SHOWN);
    let rows: Vec<Vec<String>> = statistics.months[skipped..]
        .iter()
        .map(|month| {
            vec![
                month.month.strftime("%Y-%m").to_string(),
                month.additions.to_string(),
                month.removals.to_string(),
                month.churn.map_or_else(|| "–".to_owned(), percent),
            ]
        })
        .collect();
    (!rows.is_empty()).then(|| table(&["month", "added", "removed", "replaced"], &rows))
}

fn newest(statistics: &Statistics) -> Option<String> {
    let rows: Vec<Vec<String>> = statistics
        .newest
        .iter()
        .take(ROWS_SHOWN)
        .map(|addition| {
            vec![
                addition.added.to_string(),
                shorten(&addition.title, MAX_CELL_CHARS),
                shorten(&addition.artists.join(", "), MAX_CELL_CHARS),
            ]
        })
        .collect();
    (!rows.is_empty()).then(|| table(&["added", "newest additions", "by"], &rows))
}

fn overlap(statistics: &Statistics) -> Option<String> {
    let rows: Vec<Vec<String>> = statistics
        .overlap
        .iter()
        .take(ROWS_SHOWN)
        .map(|other| {
            vec![
                shorten(&other.name, MAX_CELL_CHARS),
                other.shared.to_string(),
                percent(other.jaccard),
            ]
        })
        .collect();
    let heading = ["also on", "tracks", "of all on either"];
    (!rows.is_empty()).then(|| table(&heading, &rows))
}

/// Below ten per cent in tenths, so that a little is not nothing.
fn percent(share: f64) -> String {
    let decimals = usize::from(share < 0.1);
    format!("{:.decimals$} %", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lists(names: &[&str]) -> Vec<Playlist> {
        let list = |(at, name): (usize, &&str)| Playlist {
            id: format!("deezer:{at}"),
            name: (*name).to_owned(),
            ..Playlist::default()
        };
        names.iter().enumerate().map(list).collect()
    }

    #[test]
    fn no_two_lists_share_a_picture() {
        let lists = lists(&["A/B", "A:B", "a_b", "Other"]);
        let files: Vec<String> = lists.iter().map(|list| file_of(list, &lists)).collect();
        assert_eq!(files, ["deezer_0", "deezer_1", "deezer_2", "Other"]);
    }
}
