//! A summary of a report for a form with 500 characters.

use super::explanation::highlight_length;
use super::names::{playlist_name, shorten, song_artists, song_title};
use super::numbers::{clock, percent, signed};
use analysis::{FitReport, PlaylistFit};

/// The limit of the forms of streaming services.
const MAX_SUMMARY_CHARS: usize = 500;
const MAX_PLAYLISTS: usize = 3;
/// Nearest tracks that are named while there is room.
const MAX_NEIGHBOURS: usize = 3;

/// Measured facts as plain text of at most 500 characters, one on a line. For a song out of distribution neither fits nor
/// neighbours are given, because they are unreliable.
pub fn summary_500(report: &FitReport) -> String {
    let mut summary = Summary::default();
    summary.line(&name(report));
    summary.line(&measured(report));
    let ood = report.ood.as_ref();
    if ood.is_some_and(|ood| ood.is_out_of_distribution) {
        return summary.0;
    }
    summary.line(&fits(report));
    if let Some(best) = &report.highlight {
        let (from, to) = (clock(best.start_seconds), clock(best.end_seconds));
        summary.line(&format!("Best {}: {from} to {to}", highlight_length(best)));
    }
    let neighbours = report.neighbours.iter().take(MAX_NEIGHBOURS);
    for (index, track) in neighbours.enumerate() {
        let [title, artists] = [&track.title, &track.artists].map(|text| shorten(text, 40));
        let named = format!("{title} by {artists}");
        match index {
            0 => summary.line(&format!("Nearest tracks: {named}")),
            _ => summary.add(&format!("; {named}")),
        }
    }
    summary.0
}

#[derive(Default)]
struct Summary(String);

impl Summary {
    /// Adds the text if there is room for it.
    fn add(&mut self, text: &str) {
        if self.0.chars().count() + text.chars().count() <= MAX_SUMMARY_CHARS {
            self.0.push_str(text);
        }
    }

    fn line(&mut self, line: &str) {
        let end = if self.0.is_empty() { "" } else { "\n" };
        self.add(&format!("{end}{line}"));
    }
}

fn name(report: &FitReport) -> String {
    let title = shorten(&song_title(&report.song), 80);
    let artists = song_artists(&report.song);
    artists.map_or_else(
        || title.clone(),
        |artists| format!("{title} by {}", shorten(&artists, 80)),
    )
}

fn measured(report: &FitReport) -> String {
    let song = &report.song;
    let length = format!("Length {}", clock(song.duration_seconds));
    let level = |value: Option<f64>, unit| Some(format!("{} {unit}", signed(value?, 1)));
    let loudness = level(song.loudness_lufs, "LUFS integrated");
    let peak = level(song.true_peak_dbtp, "dBTP true peak");
    let tempo = song
        .descriptors
        .tempo_bpm
        .map(|bpm| format!("{bpm:.0} BPM"));
    let facts: Vec<String> = [Some(length), tempo, loudness, peak]
        .into_iter()
        .flatten()
        .collect();
    facts.join(", ")
}

fn fits(report: &FitReport) -> String {
    let fit = |playlist: &PlaylistFit| {
        let name = shorten(&playlist_name(&playlist.name), 40);
        format!("{name} {}", percent(playlist.fit).replace('\u{202f}', " "))
    };
    let playlists: Vec<String> = report
        .playlists
        .iter()
        .take(MAX_PLAYLISTS)
        .map(fit)
        .collect();
    let bundle = shorten(&report.bundle.name, 40);
    format!(
        "Fit by sound among the playlists of {bundle}: {}",
        playlists.join(", ")
    )
}
