//! `fit`: the fits of songs as tables or JSON, and their reports.

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
use analysis::{FitReport, NeighbourTrack, PlaylistFit, fit};
use audio::Decoder;
use audio::quality_checks::{Finding, Severity};
use bundle::Bundle;
use files::file_name;
use model::Network;
use report::{WrittenReport, clock, proximity_words, range};

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
    /// Compare two songs, such as two mixes of one: what differs from the first to the second
    #[arg(long)]
    compare: bool,
}

impl Fit {
    pub fn run(&self) -> anyhow::Result<ExitStatus> {
        if self.compare {
            return self.compare();
        }
        let (bundle, network) = self.bundle.open()?;
        let bar = progress("Analysing");
        bar.set_length(self.songs.len() as u64);
        let mut folders = HashSet::new();
        let mut failed = Vec::new();
        for song in &self.songs {
            let report = self.analyse(song, &bundle, &network, &mut folders);
            bar.inc(1);
            match report {
                Ok((report, written)) => bar.suspend(|| self.show(&report, &written.html)),
                Err(reason) => failed.push(reason),
            }
        }
        bar.finish_and_clear();
        match failed.as_slice() {
            [] => Ok(ExitStatus::Success),
            // With one song, nothing was skipped: the command failed.
            [_] if self.songs.len() == 1 => Err(failed.remove(0)),
            _ => {
                failed
                    .iter()
                    .for_each(|reason| status(&format!("skipped {}", format_error(reason))));
                Ok(ExitStatus::Partial)
            }
        }
    }

    /// Analyses a song and writes its report into a folder that is not among `folders` yet.
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
    let has_ranges = shown.iter().any(|playlist| playlist.range.is_some());
    let row = |playlist: &&PlaylistFit| {
        let mark = if playlist.selected { " *" } else { "" };
        let fit = format!("{:.0} %", playlist.fit * 100.0);
        let name = format!("{}{mark}", playlist.name);
        let mut cells = vec![playlist.rank.to_string(), name, fit];
        if has_ranges {
            let text = playlist.range.as_ref().map(range).unwrap_or_default();
            cells.push(text.replace('\u{202f}', " "));
        }
        cells.push(nearest(report, &playlist.name));
        cells
    };
    let rows: Vec<Vec<String>> = shown.iter().map(row).collect();
    let has_percentiles = report
        .neighbours
        .iter()
        .any(|track| track.percentile.is_some());
    let nearest = if has_percentiles {
        "nearest tracks; 98 of 100: closer than 98 of 100 pairs by different artists"
    } else {
        "nearest tracks with their similarity"
    };
    let mut heading = vec!["#", "playlist", "fit"];
    if has_ranges {
        heading.push("robustness range");
    }
    heading.push(nearest);
    format!(
        "{} ({})\n{}{}\n\n{}\n{}{}",
        clip(song),
        clock(report.song.duration_seconds),
        report::verdict(report),
        remarks(report),
        table(&heading, &rows),
        highlight(report),
        footnotes(report, &shown),
    )
}

/// The nearest tracks of a playlist and their similarity.
fn nearest(report: &FitReport, playlist: &str) -> String {
    let tracks = report.neighbours.iter();
    let tracks = tracks.filter(|track| track.playlist == playlist);
    let describe = |track: &NeighbourTrack| {
        let [title, artists] = [&track.title, &track.artists].map(|text| clip(text));
        let similarity = match track.percentile {
            Some(_) => format!("({})", proximity_words(track)),
            None => format!("{:.2}", track.similarity),
        };
        format!("{title} by {artists} {similarity}")
    };
    tracks.map(describe).collect::<Vec<_>>().join("; ")
}

/// What to know before reading the numbers, one on a line.
fn remarks(report: &FitReport) -> String {
    let ood = report
        .ood
        .iter()
        .filter(|ood| ood.is_out_of_distribution)
        .map(|ood| format!("Do not rely on these fits. {}", report::ood(ood)));
    let disclaimer =
        Some(report.bundle.disclaimer.clone()).filter(|disclaimer| !disclaimer.is_empty());
    let warnings = report.song.warnings.iter();
    let warnings = warnings.map(|warning| format!("Note: {}", report::warning(warning)));
    let findings = report.song.quality_checks.iter().filter_map(finding);
    ood.chain(disclaimer)
        .chain(warnings)
        .chain(findings)
        .map(|remark| format!("\n{remark}"))
        .collect()
}

/// What is wrong with the file; `None` if nothing is.
fn finding(found: &Finding) -> Option<String> {
    let severity = match found.severity {
        Severity::Error => "Error",
        Severity::Warning => "Warning",
        Severity::Ok => return None,
    };
    Some(format!(
        "{severity}: {}: {}. {}",
        report::check_name(&found.measurement),
        report::measured(found),
        report::advice(found)
    ))
}

/// The part of the song to pitch and the explanation, one on a line.
fn highlight(report: &FitReport) -> String {
    let best = report.highlight.as_ref().map(|best| {
        let (from, to) = (clock(best.start_seconds), clock(best.end_seconds));
        let length = report::highlight_length(best);
        format!("Best {length} to pitch: {from} to {to}")
    });
    let explanation = report.explanation.as_ref().map(report::explanation);
    let lines: Vec<String> = [best, explanation].into_iter().flatten().collect();
    lines.iter().map(|line| format!("\n{line}\n")).collect()
}

/// What the marks in the table mean, one on a line.
fn footnotes(report: &FitReport, shown: &[&PlaylistFit]) -> String {
    let risk_control = report.risk_control.as_ref();
    let risk_control = risk_control.map(|control| {
        let text = report::risk_control(control, &report.playlists);
        format!("* {text}\n")
    });
    let note = |playlist: &&PlaylistFit| {
        let facts = playlist.few_shot.as_ref()?;
        Some(format!("{}: {}\n", playlist.name, report::few_shot(facts)))
    };
    let notes = shown.iter().filter_map(note);
    let lines: String = risk_control.into_iter().chain(notes).collect();
    if lines.is_empty() {
        lines
    } else {
        format!("\n{lines}")
    }
}

/// A tag on one line of a terminal: without control characters, and cut to a maximum length.
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

/// A unique folder for each song of this run, named after its file.
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
