//! `fit`: what a song fits, as a table or JSON, and its report.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use clap::Args;

use super::table::table;
use super::terminal::{answer, in_words, progress, remark};
use super::{BundleFolder, Outcome};
use crate::disk::file_name;
use crate::fit::{FitReport, PlaylistFit, fit};
use crate::report::{self, nearness, range};

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
}

impl Fit {
    pub fn run(&self) -> anyhow::Result<Outcome> {
        let (bundle, network) = self.bundle.open()?;
        let bar = progress("Listening");
        bar.set_length(self.songs.len() as u64);
        let mut folders = HashSet::new();
        let mut failed = Vec::new();
        for song in &self.songs {
            let heard = fit(song, &bundle, &network)
                .map_err(anyhow::Error::from)
                .and_then(|heard| {
                    let folder = self.out.join(folder_name(song, &mut folders));
                    let written = report::write(&heard, &folder)?;
                    Ok((heard, written))
                });
            bar.inc(1);
            match heard {
                Ok((heard, written)) => bar.suspend(|| self.show(&heard, &written.html)),
                Err(why) => failed.push(why),
            }
        }
        bar.finish_and_clear();
        match failed.as_slice() {
            [] => Ok(Outcome::Done),
            // One song, one error: nothing was skipped, the command failed.
            [_] if self.songs.len() == 1 => Err(failed.remove(0)),
            _ => {
                failed
                    .iter()
                    .for_each(|why| remark(&format!("skipped {}", in_words(why))));
                Ok(Outcome::Skipped)
            }
        }
    }

    fn show(&self, heard: &FitReport, page: &Path) {
        if self.json {
            // Plain data with text keys has no way to fail.
            answer(&serde_json::to_string(heard).unwrap_or_default());
        } else {
            answer(&as_table(heard));
        }
        remark(&format!("Report: {}", page.display()));
    }
}

fn as_table(heard: &FitReport) -> String {
    let song = heard.song.title.as_ref().unwrap_or(&heard.song.file);
    let shown: Vec<&PlaylistFit> = heard.playlists.iter().take(SHOWN).collect();
    let has_ranges = shown.iter().any(|list| list.range.is_some());
    let row = |list: &&PlaylistFit| {
        let mark = if list.promised { " *" } else { "" };
        let fit = format!("{:.0} %", list.fit * 100.0);
        let mut cells = vec![list.rank.to_string(), format!("{}{mark}", list.name), fit];
        if has_ranges {
            let words = list.range.as_ref().map(range).unwrap_or_default();
            cells.push(words.replace('\u{202f}', " "));
        }
        cells.push(nearest(heard, &list.name));
        cells
    };
    let rows: Vec<Vec<String>> = shown.iter().map(row).collect();
    let has_percentiles = heard
        .neighbours
        .iter()
        .any(|near| near.percentile.is_some());
    let nearest = match has_percentiles {
        true => {
            "nearest tracks inside it; 98 of 100: closer than 98 of 100 pairs by different artists"
        }
        false => "nearest tracks inside it, with their similarity",
    };
    let mut heading = vec!["#", "playlist", "fit"];
    if has_ranges {
        heading.push("under small changes");
    }
    heading.push(nearest);
    let length = heard.song.duration_seconds.round() as u64;
    let (minutes, seconds) = (length / 60, length % 60);
    format!(
        "{} ({minutes}:{seconds:02})\n{}{}\n\n{}\n{}",
        clip(song),
        heard.verdict.sentence,
        remarks(heard),
        table(&heading, &rows),
        footnotes(heard, &shown),
    )
}

/// The nearest tracks of a playlist, and how near they are.
fn nearest(heard: &FitReport, playlist: &str) -> String {
    let near = heard
        .neighbours
        .iter()
        .filter(|near| near.playlist == playlist);
    near.map(|near| {
        let [title, artists] = [&near.title, &near.artists].map(|text| clip(text));
        let near = match near.percentile {
            Some(_) => format!("({})", nearness(near)),
            None => format!("{:.2}", near.similarity),
        };
        format!("{title} by {artists} {near}")
    })
    .collect::<Vec<_>>()
    .join("; ")
}

/// What to know before reading the numbers, a line each.
fn remarks(heard: &FitReport) -> String {
    let unlike = heard
        .novelty
        .iter()
        .filter(|novelty| novelty.is_unlike)
        .map(|novelty| format!("Do not rely on these fits: {}", novelty.sentence));
    let notice = Some(heard.bundle.notice.clone()).filter(|notice| !notice.is_empty());
    let warnings = heard.song.warnings.iter();
    let warnings = warnings.map(|warning| format!("Note: {warning}"));
    unlike
        .chain(notice)
        .chain(warnings)
        .map(|remark| format!("\n{remark}"))
        .collect()
}

/// What the marks in the table mean, a line each.
fn footnotes(heard: &FitReport, shown: &[&PlaylistFit]) -> String {
    let promise = heard.promise.as_ref();
    let promise = promise.map(|promise| format!("* {}\n", promise.sentence));
    let note = |list: &&PlaylistFit| Some(format!("{}: {}\n", list.name, list.note.as_ref()?));
    let notes = shown.iter().filter_map(note);
    let lines: String = promise.into_iter().chain(notes).collect();
    match lines.is_empty() {
        true => lines,
        false => format!("\n{lines}"),
    }
}

/// A tag on one line of a terminal: no control characters, and an end.
fn clip(text: &str) -> String {
    const MOST: usize = 40;
    let plain: String = text
        .chars()
        .filter(|sign| !sign.is_control())
        .take(MOST + 1)
        .collect();
    if plain.chars().count() > MOST {
        plain.chars().take(MOST - 1).chain(['…']).collect()
    } else {
        plain
    }
}

/// A folder of its own for each song of this run, named after its file.
fn folder_name(song: &Path, taken: &mut HashSet<String>) -> String {
    let stem = song.file_stem().unwrap_or_default().to_string_lossy();
    let name = file_name(&stem, "song");
    let mut numbers = 2..;
    let mut free = name.clone();
    while !taken.insert(free.to_lowercase()) {
        free = format!("{name}-{}", numbers.next().unwrap_or_default());
    }
    free
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::{
        BundleFacts, FitRange, NearTrack, NoveltyFacts, PromiseFacts, SongFacts, Spectrogram,
        Timeline, Verdict, VerdictLevel,
    };

    /// A song that two lists were asked for, with no evidence but the fits.
    fn heard() -> FitReport {
        let list = |name: &str, rank, fit| PlaylistFit {
            name: name.into(),
            rank,
            fit,
            range: None,
            promised: false,
            note: None,
            tracks: 20,
        };
        FitReport {
            schema_version: 1,
            bundle: BundleFacts {
                id: "demo-1".into(),
                name: "demo".into(),
                notice: String::new(),
                architecture: "mn04".into(),
                tracks: 40,
                artists: 20,
                playlists: 2,
                evaluation: None,
                card: None,
            },
            front_end: String::new(),
            song: SongFacts {
                file: "demo.wav".into(),
                title: None,
                artists: None,
                duration_seconds: 61.0,
                sample_rate_hz: 44_100,
                channels: 2,
                codec: "wav".into(),
                loudness_lufs: None,
                true_peak_dbtp: None,
                content: String::new(),
                warnings: Vec::new(),
            },
            verdict: Verdict {
                level: VerdictLevel::GoodFit,
                sentence: "A good fit for Jazz.".into(),
            },
            playlists: vec![list("jazz", 1, 0.71), list("piano", 2, 0.2)],
            neighbours: vec![NearTrack {
                playlist: "jazz".into(),
                title: "Sea".into(),
                artists: "Ann".into(),
                similarity: 0.83,
                percentile: None,
                licence: String::new(),
                source: String::new(),
            }],
            timeline: Timeline::default(),
            promise: None,
            novelty: None,
            stability: Vec::new(),
            spectrogram: Spectrogram::default(),
        }
    }

    #[test]
    fn without_evidence_the_table_is_as_it_was() {
        let text = as_table(&heard());
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[..3], ["demo.wav (1:01)", "A good fit for Jazz.", ""]);
        assert!(lines[3].ends_with("fit   nearest tracks inside it, with their similarity"));
        assert_eq!(lines[4], "1  jazz      71 %  Sea by Ann 0.83");
        assert_eq!(lines.len(), 6);
    }

    #[test]
    fn evidence_stands_beside_the_fits() {
        let mut heard = heard();
        heard.playlists[0].range = Some(FitRange {
            low: 0.66,
            high: 0.75,
        });
        heard.playlists[0].promised = true;
        heard.playlists[1].note = Some("added without training".into());
        heard.promise = Some(PromiseFacts {
            risk: 0.1,
            sentence: "Wrong for at most 10 of 100 songs.".into(),
        });
        heard.novelty = Some(NoveltyFacts {
            share: 0.99,
            is_unlike: true,
            false_alarms: 0.05,
            sentence: "it is speech.".into(),
        });
        heard.neighbours[0].percentile = Some(98.7);
        let text = as_table(&heard);
        for part in [
            "\nDo not rely on these fits: it is speech.\n",
            "1  jazz *    71 %           66 to 75 %  Sea by Ann (98 of 100)",
            "\n* Wrong for at most 10 of 100 songs.\n",
            "\npiano: added without training\n",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    #[test]
    fn every_song_gets_a_folder_of_its_own_inside_the_folder() {
        let mut taken = HashSet::new();
        let mut name = |song: &str| folder_name(Path::new(song), &mut taken);
        assert_eq!(name("a/Demo.mp3"), "Demo");
        assert_eq!(name("b/demo.wav"), "demo-2");
        assert_eq!(name("..wav"), "song");
        assert_eq!(name("x/<script>:|.ogg"), "_script___");
        assert!(name(&format!("{}.mp3", "é".repeat(5_000))).len() <= 2 * 80);
    }
}
