//! A [`Comparison`] as `compare.html` and `compare.json`.

use std::path::{Path, PathBuf};

use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::axes::{Tick, time_ticks};
use super::html::filters;
use super::words::{
    self, THIN_SPACE, clock, length, level, percent, playlist_name, shorten, signed, song_artists,
    song_title,
};
use super::{ReportError, fonts, picture, write_all};
use analysis::{Comparison, FitDelta, FitReport, SongFacts};

/// Paths of the two files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenComparison {
    pub html: PathBuf,
    pub json: PathBuf,
}

/// Writes both files or none into a folder, which is created if missing.
///
/// # Errors
/// If the folder or a file cannot be written.
pub fn write_comparison(
    comparison: &Comparison,
    folder: &Path,
) -> Result<WrittenComparison, ReportError> {
    let page = comparison_html(comparison)?;
    let json = serde_json::to_vec_pretty(comparison)?;
    let files = [
        ("compare.html", page.as_bytes()),
        ("compare.json", json.as_slice()),
    ];
    let [html, json] = write_all(folder, files)?;
    Ok(WrittenComparison { html, json })
}

/// Measurements of both songs and the differences: a name and three cells.
pub fn compared_facts([left, right]: &[FitReport; 2]) -> Vec<(&'static str, [String; 3])> {
    let cells = |of: fn(&SongFacts) -> Option<f64>, unit: &str| {
        let [first, second] = [of(&left.song), of(&right.song)];
        let cell = |value: Option<f64>, sign: bool| match value {
            Some(value) if sign && value > 0.0 => {
                format!("+{}{THIN_SPACE}{unit}", signed(value, 1))
            }
            Some(value) => format!("{}{THIN_SPACE}{unit}", signed(value, 1)),
            None => "–".to_owned(),
        };
        let apart = first.zip(second).map(|(first, second)| second - first);
        [cell(first, false), cell(second, false), cell(apart, true)]
    };
    let [_, _, longer] = cells(|song| Some(song.duration_seconds), "s");
    let lengths = [left, right].map(|report| length(report.song.duration_seconds));
    let [first, second] = lengths;
    let mut facts = vec![
        ("Length", [first, second, longer]),
        ("Loudness", cells(|song| song.loudness_lufs, "LUFS")),
        ("True peak", cells(|song| song.true_peak_dbtp, "dBTP")),
        ("Tempo", cells(|song| song.descriptors.tempo_bpm, "BPM")),
        (
            "Spectral centroid",
            cells(
                |song| {
                    song.descriptors
                        .spectral_centroid_hz
                        .map(|hertz| hertz / 1e3)
                },
                "kHz",
            ),
        ),
        (
            "Onsets",
            cells(|song| song.descriptors.onset_rate, "a second"),
        ),
    ];
    facts.retain(|(_, [first, second, _])| [first, second] != ["–", "–"]);
    facts
}

/// A difference of two fits, in percentage points, always with its sign.
pub fn difference(delta: &FitDelta) -> String {
    let sign = if delta.difference > 0.0 { "+" } else { "" };
    format!("{sign}{}", signed(delta.difference * 100.0, 1))
}

/// Whether the difference is beyond the robustness range, in a word.
pub fn is_clear(delta: &FitDelta) -> &'static str {
    match delta.exceeds_robustness {
        Some(true) => "yes",
        Some(false) => "no",
        None => "–",
    }
}

#[derive(Template)]
#[template(path = "compare.html")]
struct ComparisonPage {
    regular: String,
    semi_bold: String,
    sentence: String,
    disclaimer: String,
    songs: [ComparedSong; 2],
    facts: Vec<(&'static str, [String; 3])>,
    deltas: Vec<ComparedRow>,
    bundle: String,
}

/// One of the two songs.
struct ComparedSong {
    title: String,
    by: String,
    file: String,
    level: &'static str,
    verdict: String,
    highlight: Option<String>,
    /// A PNG in Base64.
    picture: Option<String>,
    times: Vec<Tick>,
}

struct ComparedRow {
    playlist: String,
    /// Rank, fit, and how wide its bar is of 100.
    songs: [(usize, String, f64); 2],
    difference: String,
    is_clear: &'static str,
    exceeds_robustness: bool,
}

/// The complete page.
///
/// # Errors
/// If the template or the encoding of an image fails, which would be a bug.
pub fn comparison_html(comparison: &Comparison) -> Result<String, ReportError> {
    let [first, second] = &comparison.songs;
    let bundle = &first.bundle;
    let page = ComparisonPage {
        regular: BASE64.encode(fonts::REGULAR_WOFF2),
        semi_bold: BASE64.encode(fonts::SEMI_BOLD_WOFF2),
        sentence: words::comparison(&comparison.deltas),
        disclaimer: shorten(&bundle.disclaimer, 600),
        songs: [song(first)?, song(second)?],
        facts: compared_facts(&comparison.songs),
        deltas: comparison.deltas.iter().map(row).collect(),
        bundle: format!(
            "{} ({})",
            shorten(&bundle.name, 60),
            shorten(&bundle.id, 80)
        ),
    };
    Ok(page.render()?)
}

fn song(report: &FitReport) -> Result<ComparedSong, ReportError> {
    let picture = picture::png(&report.spectrogram)
        .map_err(|error| ReportError::Picture(error.to_string()))?;
    let best = report.highlight.as_ref();
    Ok(ComparedSong {
        title: song_title(&report.song),
        by: song_artists(&report.song).unwrap_or_default(),
        file: shorten(&report.song.file, 200),
        level: level(report.verdict.level),
        verdict: words::verdict(report),
        highlight: best.map(|best| {
            let (from, to) = (clock(best.start_seconds), clock(best.end_seconds));
            format!("Best to pitch: {from} to {to}")
        }),
        picture: picture.map(|file| BASE64.encode(file)),
        times: time_ticks(report.song.duration_seconds),
    })
}

fn row(delta: &FitDelta) -> ComparedRow {
    let song = |index: usize| {
        let fit = delta.fits[index];
        let width = if fit.is_finite() {
            fit.clamp(0.0, 1.0) * 100.0
        } else {
            0.0
        };
        (delta.ranks[index], percent(fit), width)
    };
    ComparedRow {
        playlist: playlist_name(&delta.playlist),
        songs: [song(0), song(1)],
        difference: difference(delta),
        is_clear: is_clear(delta),
        exceeds_robustness: delta.exceeds_robustness == Some(true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;
    use analysis::compare;

    fn comparison() -> Comparison {
        let mut second = sample::evident();
        second.song.loudness_lufs = Some(-9.1);
        second.song.title = Some("Embers Over Varn (loud)".into());
        second.playlists[1].fit = 0.62;
        second.playlists[1].range = second.playlists[1].range.map(|mut range| {
            (range.low, range.high) = (0.58, 0.66);
            range
        });
        compare(sample::evident(), second)
    }

    #[test]
    fn both_songs_and_what_moved_are_on_the_page() {
        let page = comparison_html(&comparison()).unwrap();
        for text in [
            "Embers Over Varn (loud)",
            "+2.2\u{202f}LUFS",
            "−11.3\u{202f}LUFS",
            "+18.0",
            "gains in Ambient (44\u{202f}% to 62\u{202f}%)",
            "A good fit for Orchestral epic",
            "not Spotify&#39;s",
        ] {
            assert!(page.contains(text), "{text}");
        }
        assert_eq!(
            page.matches("<img").count(),
            page.matches(" alt=\"").count()
        );
        assert!(!page.contains("<script") && page.len() < 1_500_000);
    }

    #[test]
    fn the_same_song_twice_moves_nothing() {
        let comparison = compare(sample::evident(), sample::evident());
        assert_eq!(comparison.deltas.len(), 5);
        assert!(
            comparison
                .deltas
                .iter()
                .all(|delta| delta.difference == 0.0)
        );
        let page = comparison_html(&comparison).unwrap();
        assert!(page.contains("No fit differs by more"));
    }

    #[test]
    fn hostile_and_empty_songs_are_compared_too() {
        let page = comparison_html(&compare(sample::hostile(), sample::silence())).unwrap();
        for markup in ["<script", "<img src=http", "<h1>orch", "NaN"] {
            assert!(!page.contains(markup), "{markup}");
        }
    }

    #[test]
    fn both_files_stand_in_the_folder() {
        let home = tempfile::tempdir().unwrap();
        let written = write_comparison(&comparison(), &home.path().join("a and b")).unwrap();
        let json = std::fs::read(written.json).unwrap();
        let read: Comparison = serde_json::from_slice(&json).unwrap();
        assert_eq!(read.deltas, comparison().deltas);
        assert!(written.html.ends_with("a and b/compare.html"));
    }

    /// For looking: `OUT=folder cargo test --no-default-features --lib render_comparison -- --ignored`.
    #[test]
    #[ignore = "writes the page into the folder that OUT names"]
    fn render_comparison() {
        let out = PathBuf::from(std::env::var("OUT").expect("OUT names a folder"));
        write_comparison(&comparison(), &out.join("compare")).unwrap();
    }
}
