//! `prepare`: the audio of the catalogue's tracks, found where it is missing, as clips to learn from.

mod clips;
mod jamendo;
mod matching;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::lock::Lock;
use crate::cli::ExitStatus;
use crate::cli::full::PlaylistsFolder;
use crate::cli::output::print;
use crate::cli::table::table;
use catalogue::Track;
use features::mel::FrontEnd;
use prepare::ClipsBuilt;
use prepare::matching::{MatchSource, MatchSummary, PendingMatch, review_path};

/// Of what may be thousands of tracks so many are named.
const SHOWN: usize = 10;

#[derive(Debug, Args)]
pub struct Prepare {
    #[command(flatten)]
    playlists: PlaylistsFolder,
    /// Front end whose sample rate the clips get: ast, efficientat, librosa, musicnn or stern
    #[arg(long, value_name = "NAME", default_value = "efficientat")]
    front_end: String,
    /// Folder to look in, at any depth, for tracks without audio; may be given several times
    #[arg(long, value_name = "DIR")]
    audio: Vec<PathBuf>,
    /// Download from Jamendo what artist and licence allow; needs JAMENDO_CLIENT_ID
    #[arg(long)]
    download: bool,
    /// Program that fetches one track, with {isrc}, {artist}, {title}, {spotify_id} and {out}; no shell runs it
    #[arg(long, value_name = "TEMPLATE")]
    command: Option<String>,
    /// Print the answer as one JSON document
    #[arg(long)]
    json: bool,
}

impl Prepare {
    pub fn run(&self) -> anyhow::Result<ExitStatus> {
        let front_end = FrontEnd::preset(&self.front_end)?;
        let folder = &self.playlists.playlists;
        // A lock would make the folder where there is none.
        let _lock = folder.is_dir().then(|| Lock::take(folder)).transpose()?;
        let catalogue = store::read(&self.playlists.playlists)?;
        let (catalogue, summary) = self.resolve(catalogue)?;
        let clips = clips::build(
            &catalogue,
            &self.playlists.clips(),
            front_end.sample_rate_hz,
        );
        if self.json {
            print(&serde_json::to_string(&Document::new(&summary, &clips))?);
        } else {
            self.show(&summary, &clips);
        }
        let whole = clips.failed.is_empty()
            && summary.pending.is_empty()
            && summary.failed.is_empty()
            && summary.not_found.is_empty();
        Ok(if whole {
            ExitStatus::Success
        } else {
            ExitStatus::Partial
        })
    }

    fn show(&self, summary: &MatchSummary, clips: &ClipsBuilt) {
        let found = counts(summary)
            .into_iter()
            .map(|(name, count)| vec![name.to_owned(), count.to_string()]);
        let found: Vec<Vec<String>> = found.collect();
        if !found.is_empty() {
            print(&table(&["audio found by", "tracks"], &found));
        }
        print(&format!(
            "{} clips prepared at {} Hz, {} were there already, {} failed",
            clips.new,
            clips.sample_rate_hz,
            clips.existing,
            clips.failed.len()
        ));
        if !clips.failed.is_empty() {
            print(&table(
                &["title", "artists", "why it failed"],
                &cells(&clips.failed),
            ));
        }
        let file = review_path(&self.playlists.playlists);
        let pending = summary.pending.iter().map(|one| {
            let (file, score) = (
                one.candidate.display().to_string(),
                format!("{:.2}", one.score),
            );
            [&one.title, &one.artists, &file, &score, &one.reason]
                .map(String::clone)
                .to_vec()
        });
        first_of(
            &format!(
                "files may be those of tracks; write yes or no under accept in {}",
                file.display()
            ),
            &["title", "artists", "may be", "score", "why it is not sure"],
            pending.collect(),
        );
        first_of(
            "tracks could not be fetched",
            &["title", "artists", "why"],
            cells(&summary.failed),
        );
        let not_found = summary
            .not_found
            .iter()
            .map(|track| vec![track.title.clone(), track.artists.join(", ")]);
        first_of(
            "tracks have no audio; name folders with --audio, allow --download, or give a --command that fetches",
            &["title", "artists"],
            not_found.collect(),
        );
    }
}

fn cells(failed: &[(Track, String)]) -> Vec<Vec<String>> {
    let row = |(track, reason): &(Track, String)| {
        vec![
            track.title.clone(),
            track.artists.join(", "),
            reason.clone(),
        ]
    };
    failed.iter().map(row).collect()
}

/// How many, and the first rows of what may be thousands; nothing where there are none.
fn first_of(what: &str, heading: &[&str], mut rows: Vec<Vec<String>>) {
    let count = rows.len();
    rows.truncate(SHOWN);
    if count > 0 {
        let first = if count > SHOWN {
            format!("; the first {SHOWN}:")
        } else {
            ":".to_owned()
        };
        print(&format!("{count} {what}{first}\n{}", table(heading, &rows)));
    }
}

/// Ways that found something, and tracks that are left; empty where every track had its audio.
fn counts(summary: &MatchSummary) -> Vec<(&'static str, usize)> {
    let found =
        MatchSource::ALL.map(|how| (how.name(), summary.by.get(&how).copied().unwrap_or(0)));
    let pending: BTreeSet<&str> = summary
        .pending
        .iter()
        .map(|one| one.track.as_str())
        .collect();
    let left = [
        ("unsure", pending.len()),
        ("could not be fetched", summary.failed.len()),
        ("not found", summary.not_found.len()),
    ];
    found
        .into_iter()
        .chain(left)
        .filter(|(_, count)| *count > 0)
        .collect()
}

/// The answer as JSON.
#[derive(Serialize)]
struct Document<'a> {
    schema_version: u32,
    audio_found_by: &'a BTreeMap<MatchSource, usize>,
    #[serde(rename = "unsure")]
    pending: &'a [PendingMatch],
    not_fetched: Vec<Left<'a>>,
    not_found: Vec<Left<'a>>,
    clips: ClipCounts<'a>,
}

#[derive(Serialize)]
struct ClipCounts<'a> {
    sample_rate_hz: u32,
    new: usize,
    there: usize,
    failed: Vec<Left<'a>>,
}

/// A track that came to nothing.
#[derive(Serialize)]
struct Left<'a> {
    track: &'a str,
    title: &'a str,
    artists: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    #[serde(rename = "why")]
    reason: Option<&'a str>,
}

impl<'a> Left<'a> {
    fn new(track: &'a Track, reason: Option<&'a str>) -> Left<'a> {
        Left {
            track: &track.id,
            title: &track.title,
            artists: &track.artists,
            reason,
        }
    }

    fn with_reasons(failed: &'a [(Track, String)]) -> Vec<Left<'a>> {
        failed
            .iter()
            .map(|(track, reason)| Left::new(track, Some(reason)))
            .collect()
    }
}

impl<'a> Document<'a> {
    fn new(summary: &'a MatchSummary, clips: &'a ClipsBuilt) -> Document<'a> {
        Document {
            schema_version: 1,
            audio_found_by: &summary.by,
            pending: &summary.pending,
            not_fetched: Left::with_reasons(&summary.failed),
            not_found: summary
                .not_found
                .iter()
                .map(|track| Left::new(track, None))
                .collect(),
            clips: ClipCounts {
                sample_rate_hz: clips.sample_rate_hz,
                new: clips.new,
                there: clips.existing,
                failed: Left::with_reasons(&clips.failed),
            },
        }
    }
}
