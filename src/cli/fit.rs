//! `fit`: what a song fits, as a table or JSON, and its report.

mod compare;

#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use clap::Args;

use super::output::{format_error, print, progress, status};
use super::paths::require_exists;
use super::table::table;
use super::{BundleFolder, ExitStatus};
use analysis::words::clock;
use analysis::{FitReport, PlaylistFit, fit};
use audio::Decoder;
use audio::quality_checks::{Finding, Severity};
use bundle::Bundle;
use files::file_name;
use model::Network;
use report::{WrittenReport, proximity_words, range};

/// Playlists in the table.
const SHOWN: usize = 5;

#[derive(Debug, Args)]
pub struct Fit {
    /// Songs: WAV, FLAC, MP3, Ogg Vorbis, AAC/M4A, ALAC or AIFF
    #[arg(required = true, value_name = "SONG")]
    songs: Vec<PathBuf>,
    #[command(flatten)]
    bundle: BundleFolder,
    /// Folder for the reports, one sub-folder a song
    #[arg(long, value_name = "DIR", default_value = "reports")]
    out: PathBuf,
    /// Print JSON instead of tables, one line a song
    #[arg(long)]
    json: bool,
    /// Show two songs side by side, such as two mixes of one, and what moved from the first to the second
    #[arg(long)]
    compare: bool,
}

impl Fit {
    pub fn run(&self) -> anyhow::Result<ExitStatus> {
        if self.compare {
            return self.compare();
        }
        let (bundle, network) = self.bundle.open()?;
        let bar = progress("Listening");
        bar.set_length(self.songs.len() as u64);
        let mut folders = HashSet::new();
        let mut failed = Vec::new();
        for song in &self.songs {
            let report = self.analyse(song, &bundle, &network, &mut folders);
            bar.inc(1);
            match report {
                Ok((report, written)) => bar.suspend(|| self.show(&report, &written.html)),
                Err(why) => failed.push(why),
            }
        }
        bar.finish_and_clear();
        match failed.as_slice() {
            [] => Ok(ExitStatus::Success),
            // One song, one error: nothing was skipped, the command failed.
            [_] if self.songs.len() == 1 => Err(failed.remove(0)),
            _ => {
                failed
                    .iter()
                    .for_each(|why| status(&format!("skipped {}", format_error(why))));
                Ok(ExitStatus::Partial)
            }
        }
    }

    /// Hears a song and writes its report, into a folder that is not among `folders` yet.
    fn analyse(
        &self,
        song: &Path,
        bundle: &Bundle,
        network: &Network,
        folders: &mut HashSet<String>,
    ) -> anyhow::Result<(FitReport, WrittenReport)> {
        require_exists(song)?;
        let report = fit(Decoder::open(song)?, bundle, network)?;
        let folder = self.out.join(folder_name(song, folders));
        let written = report::write(&report, &folder)?;
        Ok((report, written))
    }

    fn show(&self, report: &FitReport, page: &Path) {
        if self.json {
            // Plain data with text keys has no way to fail.
            print(&serde_json::to_string(report).unwrap_or_default());
        } else {
            print(&as_table(report));
        }
        status(&format!("Report: {}", page.display()));
    }
}

fn as_table(report: &FitReport) -> String {
    let song = report.song.title.as_ref().unwrap_or(&report.song.file);
    let shown: Vec<&PlaylistFit> = report.playlists.iter().take(SHOWN).collect();
    let has_ranges = shown.iter().any(|list| list.range.is_some());
    let row = |list: &&PlaylistFit| {
        let mark = if list.selected { " *" } else { "" };
        let fit = format!("{:.0} %", list.fit * 100.0);
        let mut cells = vec![list.rank.to_string(), format!("{}{mark}", list.name), fit];
        if has_ranges {
            let words = list.range.as_ref().map(range).unwrap_or_default();
            cells.push(words.replace('\u{202f}', " "));
        }
        cells.push(nearest(report, &list.name));
        cells
    };
    let rows: Vec<Vec<String>> = shown.iter().map(row).collect();
    let has_percentiles = report
        .neighbours
        .iter()
        .any(|near| near.percentile.is_some());
    let nearest = if has_percentiles {
        "nearest tracks inside it; 98 of 100: closer than 98 of 100 pairs by different artists"
    } else {
        "nearest tracks inside it, with their similarity"
    };
    let mut heading = vec!["#", "playlist", "fit"];
    if has_ranges {
        heading.push("under small changes");
    }
    heading.push(nearest);
    format!(
        "{} ({})\n{}{}\n\n{}\n{}{}",
        clip(song),
        clock(report.song.duration_seconds),
        report.verdict.sentence,
        remarks(report),
        table(&heading, &rows),
        analysed_duration(report),
        footnotes(report, &shown),
    )
}

/// The nearest tracks of a playlist, and how near they are.
fn nearest(report: &FitReport, playlist: &str) -> String {
    let near = report
        .neighbours
        .iter()
        .filter(|near| near.playlist == playlist);
    near.map(|near| {
        let [title, artists] = [&near.title, &near.artists].map(|text| clip(text));
        let near = match near.percentile {
            Some(_) => format!("({})", proximity_words(near)),
            None => format!("{:.2}", near.similarity),
        };
        format!("{title} by {artists} {near}")
    })
    .collect::<Vec<_>>()
    .join("; ")
}

/// What to know before reading the numbers, a line each.
fn remarks(report: &FitReport) -> String {
    let unlike = report
        .ood
        .iter()
        .filter(|ood| ood.is_out_of_distribution)
        .map(|ood| format!("Do not rely on these fits: {}", ood.sentence));
    let disclaimer =
        Some(report.bundle.disclaimer.clone()).filter(|disclaimer| !disclaimer.is_empty());
    let warnings = report.song.warnings.iter();
    let warnings = warnings.map(|warning| format!("Note: {warning}"));
    let findings = report.song.quality_checks.iter().filter_map(finding);
    unlike
        .chain(disclaimer)
        .chain(warnings)
        .chain(findings)
        .map(|remark| format!("\n{remark}"))
        .collect()
}

/// What is wrong with the file; none where nothing is.
fn finding(found: &Finding) -> Option<String> {
    let severity = match found.severity {
        Severity::Error => "Reject",
        Severity::Warning => "Look",
        Severity::Ok => return None,
    };
    let Finding {
        name,
        measured,
        advice,
        ..
    } = found;
    Some(format!("{severity}: {name}: {measured}. {advice}"))
}

/// What to play to an editor, and why: a line each.
fn analysed_duration(report: &FitReport) -> String {
    let best = report.highlight.as_ref().map(|best| {
        let (from, to) = (clock(best.start_seconds), clock(best.end_seconds));
        format!("Best {} to pitch: {from} to {to}", best.length())
    });
    let explanation = report
        .explanation
        .as_ref()
        .map(|explanation| explanation.sentence.clone());
    let lines: Vec<String> = [best, explanation].into_iter().flatten().collect();
    lines.iter().map(|line| format!("\n{line}\n")).collect()
}

/// What the marks in the table mean, a line each.
fn footnotes(report: &FitReport, shown: &[&PlaylistFit]) -> String {
    let risk_control = report.risk_control.as_ref();
    let risk_control = risk_control.map(|risk_control| format!("* {}\n", risk_control.sentence));
    let note = |list: &&PlaylistFit| Some(format!("{}: {}\n", list.name, list.note.as_ref()?));
    let notes = shown.iter().filter_map(note);
    let lines: String = risk_control.into_iter().chain(notes).collect();
    if lines.is_empty() {
        lines
    } else {
        format!("\n{lines}")
    }
}

/// A tag on one line of a terminal: no control characters, and an end.
pub(super) fn clip(text: &str) -> String {
    const MAX_TAG_CHARS: usize = 40;
    let plain: String = text
        .chars()
        .filter(|sign| !sign.is_control())
        .take(MAX_TAG_CHARS + 1)
        .collect();
    if plain.chars().count() > MAX_TAG_CHARS {
        plain.chars().take(MAX_TAG_CHARS - 1).chain(['…']).collect()
    } else {
        plain
    }
}

/// A folder of its own for each song of this run, named after its file.
pub(super) fn folder_name(song: &Path, taken: &mut HashSet<String>) -> String {
    let stem = song.file_stem().unwrap_or_default().to_string_lossy();
    let name = file_name(&stem, "song");
    let mut numbers = 2..;
    let mut free = name.clone();
    while !taken.insert(free.to_lowercase()) {
        free = format!("{name}-{}", numbers.next().unwrap_or_default());
    }
    free
}
