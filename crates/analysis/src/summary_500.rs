//! The facts of a report that a form has room for.

use super::FitReport;
use super::words::{clock, list_name, percent, shorten, signed, song_artists, song_title};

/// What the forms of streaming services take.
const MAX_SUMMARY_CHARS: usize = 500;
const LISTS: usize = 3;
/// Near tracks are named while there is room for them.
const NEAR_TRACKS: usize = 3;

/// Measured facts alone, a line each, as plain text of at most 500 characters. Of a song unlike everything that was
/// learned neither fits nor near tracks are told: they cannot be believed.
pub fn summary_500(report: &FitReport) -> String {
    let is_out_of_distribution = report
        .ood
        .as_ref()
        .is_some_and(|ood| ood.is_out_of_distribution);
    let mut sheet = Sheet::default();
    sheet.line(&name(report));
    sheet.line(&measured(report));
    if is_out_of_distribution {
        return sheet.0;
    }
    sheet.line(&fits(report));
    if let Some(best) = &report.highlight {
        let (from, to) = (clock(best.start_seconds), clock(best.end_seconds));
        sheet.line(&format!("Best {}: {from} to {to}", best.length()));
    }
    let near = report.neighbours.iter().take(NEAR_TRACKS);
    for (place, near) in near.enumerate() {
        let [title, artists] = [&near.title, &near.artists].map(|text| shorten(text, 40));
        let named = format!("{title} by {artists}");
        match place {
            0 => sheet.line(&format!("Nearest tracks: {named}")),
            _ => sheet.add(&format!("; {named}")),
        }
    }
    sheet.0
}

#[derive(Default)]
struct Sheet(String);

impl Sheet {
    /// Adds what there is room for.
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
    let fit = |list: &super::PlaylistFit| {
        let name = shorten(&list_name(&list.name), 40);
        format!("{name} {}", percent(list.fit).replace('\u{202f}', " "))
    };
    let lists: Vec<String> = report.playlists.iter().take(LISTS).map(fit).collect();
    let bundle = shorten(&report.bundle.name, 40);
    format!(
        "Fit by sound among the playlists of {bundle}: {}",
        lists.join(", ")
    )
}
