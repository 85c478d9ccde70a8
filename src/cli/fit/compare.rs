//! `fit --compare`: two songs and the differences of their fits.

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
    /// Prints both songs and their differences and writes a page of both; fails if one of them cannot be analysed.
    pub(super) fn compare(&self) -> anyhow::Result<ExitStatus> {
        let [first, second] = self.songs.as_slice() else {
            let reason = "--compare takes two songs, the first and its new version";
            crate::cli::Cli::command()
                .error(ErrorKind::WrongNumberOfValues, reason)
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

/// Both verdicts, measurements and fit differences.
pub(super) fn comparison_table(comparison: &Comparison) -> String {
    let songs = comparison.songs.iter().zip(1..);
    let songs = songs.map(|(song, number)| {
        let name = clip(song.song.title.as_ref().unwrap_or(&song.song.file));
        format!("{number}  {name}: {}", report::verdict(song))
    });
    let plain = |cell: &String| cell.replace('\u{202f}', " ");
    let facts: Vec<Vec<String>> = compared_facts(&comparison.songs)
        .iter()
        .map(|(name, cells)| [vec![(*name).to_owned()], cells.iter().map(plain).collect()].concat())
        .collect();
    let deltas: Vec<Vec<String>> = comparison
        .deltas
        .iter()
        .map(|delta| {
            let [first, second] = delta.fits.map(|fit| format!("{:.0} %", fit * 100.0));
            let name = delta.playlist.clone();
            vec![
                name,
                first,
                second,
                difference(delta),
                is_clear(delta).to_owned(),
            ]
        })
        .collect();
    let heading = [
        "playlist",
        "first",
        "second",
        "points",
        "beyond robustness range",
    ];
    format!(
        "{}\n\n{}\n\n{}\n\n{}",
        songs.collect::<Vec<_>>().join("\n"),
        table(&heading, &deltas),
        report::comparison(&comparison.deltas),
        table(&["measured", "first", "second", "difference"], &facts),
    )
}
