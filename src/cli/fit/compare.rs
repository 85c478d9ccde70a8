//! `fit --compare`: two songs side by side, and what moved from the first to the second.

use std::collections::HashSet;

use clap::CommandFactory as _;
use clap::error::ErrorKind;

use super::{Fit, clip};
use crate::cli::ExitStatus;
use crate::cli::output::{print, status};
use crate::cli::table::table;
use analysis::{Comparison, compare};
use files::file_name;
use report::{compared_facts, difference, is_clear};

impl Fit {
    /// The two songs, what moved, and a page of both; fails where one of them cannot be heard.
    pub(super) fn compare(&self) -> anyhow::Result<ExitStatus> {
        let [first, second] = self.songs.as_slice() else {
            let why = "--compare takes two songs, the first and what became of it";
            crate::cli::Cli::command()
                .error(ErrorKind::WrongNumberOfValues, why)
                .exit();
        };
        let (bundle, network) = self.bundle.open()?;
        let mut folders = HashSet::new();
        let mut report = |song| self.analyse(song, &bundle, &network, &mut folders);
        let comparison = compare(report(first)?.0, report(second)?.0);
        let [first, second] = [first, second].map(|song| song.file_stem().unwrap_or_default());
        let both = format!("{} and {}", first.display(), second.display());
        let folder = self.out.join(file_name(&both, "songs"));
        let written = report::write_comparison(&comparison, &folder)?;
        if self.json {
            print(&serde_json::to_string(&comparison).unwrap_or_default())
        } else {
            print(&comparison_table(&comparison))
        }
        status(&format!("Report: {}", written.html.display()));
        Ok(ExitStatus::Success)
    }
}

/// Both verdicts, what was measured, and what moved.
pub(super) fn comparison_table(comparison: &Comparison) -> String {
    let songs = comparison.songs.iter().zip(1..);
    let songs = songs.map(|(song, number)| {
        let name = clip(song.song.title.as_ref().unwrap_or(&song.song.file));
        format!("{number}  {name}: {}", song.verdict.sentence)
    });
    let plain = |cell: &String| cell.replace('\u{202f}', " ");
    let facts: Vec<Vec<String>> = compared_facts(&comparison.songs)
        .iter()
        .map(|(name, cells)| [vec![(*name).to_owned()], cells.iter().map(plain).collect()].concat())
        .collect();
    let moved: Vec<Vec<String>> = comparison
        .deltas
        .iter()
        .map(|moved| {
            let [first, second] = moved.fits.map(|fit| format!("{:.0} %", fit * 100.0));
            let name = moved.playlist.clone();
            vec![
                name,
                first,
                second,
                difference(moved),
                is_clear(moved).to_owned(),
            ]
        })
        .collect();
    let heading = [
        "playlist",
        "first",
        "second",
        "points",
        "more than small changes do",
    ];
    format!(
        "{}\n\n{}\n\n{}\n\n{}",
        songs.collect::<Vec<_>>().join("\n"),
        table(&heading, &moved),
        comparison.sentence,
        table(&["measured", "first", "second", "difference"], &facts),
    )
}
