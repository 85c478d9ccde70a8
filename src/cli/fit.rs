//! `fit`: what a song fits, as a table or JSON, and its report.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use clap::Args;

use super::names::file_name;
use super::table::table;
use super::terminal::{answer, in_words, progress, remark};
use super::{BundleFolder, Outcome};
use crate::fit::{FitReport, fit};
use crate::report;

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
    let nearest = |playlist: &str| {
        let near = heard
            .neighbours
            .iter()
            .filter(|near| near.playlist == playlist);
        near.map(|near| {
            format!(
                "{} by {} {:.2}",
                clip(&near.title),
                clip(&near.artists),
                near.similarity
            )
        })
        .collect::<Vec<_>>()
        .join("; ")
    };
    let row = |playlist: &crate::fit::PlaylistFit| {
        let fit = format!("{:.0} %", playlist.fit * 100.0);
        vec![
            playlist.rank.to_string(),
            playlist.name.clone(),
            fit,
            nearest(&playlist.name),
        ]
    };
    let rows: Vec<Vec<String>> = heard.playlists.iter().take(SHOWN).map(row).collect();
    let length = heard.song.duration_seconds.round() as u64;
    let (minutes, seconds) = (length / 60, length % 60);
    let warnings: String = heard
        .song
        .warnings
        .iter()
        .map(|warning| format!("\nNote: {warning}"))
        .collect();
    let notice = if heard.bundle.notice.is_empty() {
        String::new()
    } else {
        format!("\n{}", heard.bundle.notice)
    };
    format!(
        "{} ({minutes}:{seconds:02})\n{}{notice}{warnings}\n\n{}\n",
        clip(song),
        heard.verdict.sentence,
        table(
            &[
                "#",
                "playlist",
                "fit",
                "nearest tracks inside it, with their similarity"
            ],
            &rows
        )
    )
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
