//! `fit`: what a song fits, as a table or JSON, and its report.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use clap::error::ErrorKind;
use clap::{Args, CommandFactory as _};

use super::names::there;
use super::table::table;
use super::terminal::{answer, in_words, progress, remark};
use super::{BundleFolder, Outcome};
use crate::audio::technical::{Finding, Severity};
use crate::disk::file_name;
use crate::fit::words::clock;
use crate::fit::{Comparison, FitReport, PlaylistFit, compare, fit};
use crate::report::{self, compared_facts, difference, is_clear, nearness, range};

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
    pub fn run(&self) -> anyhow::Result<Outcome> {
        if self.compare {
            return self.compare();
        }
        let (bundle, network) = self.bundle.open()?;
        let bar = progress("Listening");
        bar.set_length(self.songs.len() as u64);
        let mut folders = HashSet::new();
        let mut failed = Vec::new();
        for song in &self.songs {
            let heard = there(song)
                .and_then(|()| Ok(fit(song, &bundle, &network)?))
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

    /// The two songs, what moved, and a page of both; fails where one of them cannot be heard.
    fn compare(&self) -> anyhow::Result<Outcome> {
        let [first, second] = self.songs.as_slice() else {
            let why = "--compare takes two songs, the first and what became of it";
            super::Cli::command()
                .error(ErrorKind::WrongNumberOfValues, why)
                .exit();
        };
        let (bundle, network) = self.bundle.open()?;
        let mut folders = HashSet::new();
        let mut heard = |song: &Path| -> anyhow::Result<FitReport> {
            let heard = fit(song, &bundle, &network)?;
            report::write(&heard, &self.out.join(folder_name(song, &mut folders)))?;
            Ok(heard)
        };
        let comparison = compare(heard(first)?, heard(second)?);
        let [first, second] = [first, second].map(|song| song.file_stem().unwrap_or_default());
        let both = format!("{} and {}", first.display(), second.display());
        let folder = self.out.join(file_name(&both, "songs"));
        let written = report::write_comparison(&comparison, &folder)?;
        match self.json {
            true => answer(&serde_json::to_string(&comparison).unwrap_or_default()),
            false => answer(&comparison_table(&comparison)),
        }
        remark(&format!("Report: {}", written.html.display()));
        Ok(Outcome::Done)
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
        "{} ({minutes}:{seconds:02})\n{}{}\n\n{}\n{}{}",
        clip(song),
        heard.verdict.sentence,
        remarks(heard),
        table(&heading, &rows),
        heard_for(heard),
        footnotes(heard, &shown),
    )
}

/// Both verdicts, what was measured, and what moved.
fn comparison_table(comparison: &Comparison) -> String {
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
        .moved
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
    let findings = heard.song.technical.iter().filter_map(finding);
    unlike
        .chain(notice)
        .chain(warnings)
        .chain(findings)
        .map(|remark| format!("\n{remark}"))
        .collect()
}

/// What is wrong with the file; none where nothing is.
fn finding(found: &Finding) -> Option<String> {
    let severity = match found.severity {
        Severity::Reject => "Reject",
        Severity::Look => "Look",
        Severity::Fine => return None,
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
fn heard_for(heard: &FitReport) -> String {
    let best = heard.excerpt.as_ref().map(|best| {
        let (from, to) = (clock(best.start_seconds), clock(best.end_seconds));
        format!("Best {} to pitch: {from} to {to}", best.length())
    });
    let why = heard.why.as_ref().map(|why| why.sentence.clone());
    let lines: Vec<String> = [best, why].into_iter().flatten().collect();
    lines.iter().map(|line| format!("\n{line}\n")).collect()
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
pub(super) fn clip(text: &str) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::{
        BundleFacts, Excerpt, FitRange, NearTrack, NoveltyFacts, PromiseFacts, SongFacts,
        Spectrogram, Timeline, Verdict, VerdictLevel,
    };
    use crate::traits::Traits;

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
                traits: Traits::default(),
                technical: Vec::new(),
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
            inside: Vec::new(),
            why: None,
            excerpt: None,
            pitch_sheet: String::new(),
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
        let finding = |severity, name: &str| Finding {
            name: name.into(),
            severity,
            measured: "32 kHz".into(),
            advice: "Export again.".into(),
        };
        heard.song.technical = vec![
            finding(Severity::Reject, "Sample rate"),
            finding(Severity::Fine, "Loudness"),
        ];
        let text = as_table(&heard);
        for part in [
            "\nDo not rely on these fits: it is speech.\n",
            "\nReject: Sample rate: 32 kHz. Export again.\n",
            "1  jazz *    71 %           66 to 75 %  Sea by Ann (98 of 100)",
            "\n* Wrong for at most 10 of 100 songs.\n",
            "\npiano: added without training\n",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains("Loudness"), "{text}");
    }

    #[test]
    fn the_best_part_and_the_reason_stand_below_the_table() {
        let mut heard = heard();
        heard.excerpt = Some(Excerpt {
            playlist: "jazz".into(),
            start_seconds: 12.0,
            end_seconds: 42.0,
            fit: 0.8,
        });
        let text = as_table(&heard);
        assert!(
            text.ends_with("Best 30 seconds to pitch: 0:12 to 0:42\n"),
            "{text}"
        );
    }

    #[test]
    fn a_comparison_shows_both_songs_and_the_difference() {
        let mut second = heard();
        second.song.title = Some("Louder\n".into());
        second.song.loudness_lufs = Some(-9.0);
        second.playlists[0].fit = 0.5;
        let text = comparison_table(&compare(heard(), second));
        for part in [
            "1  demo.wav: A good fit for Jazz.",
            "2  Louder: A good fit",
            "jazz       71 %    50 %   −21.0                           –",
            "–  −9.0 LUFS           –",
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
