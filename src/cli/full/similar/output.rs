//! The playlist as a file for players.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use jiff::Timestamp;

use crate::cli::full::lists::place_audio;
use crate::cli::output::status;
use catalogue::{
    Catalogue, Playlist, PlaylistSnapshot, Provenance, SnapshotEntry, SnapshotIndex, Track, terms,
};
use collection::similar::{SimilarMode, SimilarReport, SimilarTrack};
use formats::Format;

/// Where the list goes, in which form.
pub struct Output {
    file: PathBuf,
    format: Format,
}

impl Output {
    /// # Errors
    /// Where the extension is no form, or nothing can be written there: better said before an hour of listening.
    pub fn new(file: &Path) -> anyhow::Result<Self> {
        let extension = file.extension().unwrap_or_default().to_string_lossy();
        let format = extension.parse().with_context(|| {
            format!("--out {}: the extension says in which form", file.display())
        })?;
        let folder = file
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        files::check_writable(folder.unwrap_or(Path::new(".")))
            .with_context(|| format!("{}: choose another --out", file.display()))?;
        if file.is_dir() {
            bail!(
                "--out {}: this is a folder; name a file in it",
                file.display()
            );
        }
        Ok(Self {
            file: file.into(),
            format,
        })
    }

    /// Writes the list and answers how many of its tracks the form cannot hold.
    pub fn write(&self, report: &SimilarReport) -> anyhow::Result<usize> {
        let Output { file, format } = self;
        let mut snapshot = snapshot(report);
        place_audio(&mut snapshot, file)?;
        let sources = Catalogue {
            provenance: report.tracks.iter().map(provenance).collect(),
            ..Catalogue::default()
        };
        let written = formats::write(*format, snapshot, &SnapshotIndex::new(&sources))?;
        let excluded = written.excluded.len();
        if excluded > 0 && excluded == report.tracks.len() {
            bail!(
                "--out {}: none of the tracks has a file here, and players read nothing else from {format}; write xspf, jspf \
                 or csv, which name them, or choose from your own songs with --among",
                file.display()
            );
        }
        for skip in &written.excluded {
            status(&format!(
                "left out of {}: {} {}",
                file.display(),
                skip.path,
                skip.reason
            ));
        }
        files::write(file, written.text.as_bytes()).with_context(|| {
            format!("{} cannot be written; choose another --out", file.display())
        })?;
        status(&format!("Playlist: {}", file.display()));
        Ok(excluded)
    }
}

/// One of the user's own lists.
fn snapshot(report: &SimilarReport) -> PlaylistSnapshot {
    let name = name(report);
    PlaylistSnapshot {
        playlist: Playlist {
            id: format!("{}:{name}", terms::OWN_FILES),
            source: terms::OWN_FILES.into(),
            description: Some(format!(
                "Made by playlist-fit with the bundle {}",
                report.bundle
            )),
            name,
            ..Playlist::default()
        },
        entries: report.tracks.iter().map(entry).collect(),
    }
}

fn entry(track: &SimilarTrack) -> SnapshotEntry {
    let similarity = format!("{:.4}", track.proximity.similarity);
    SnapshotEntry {
        track: Track {
            id: id(track),
            title: track.title.clone(),
            artists: track.artists.clone(),
            duration_seconds: track.duration_seconds,
            audio: track.file.clone(),
            audio_hash: Some(track.audio_hash.clone()),
            notes: [("similarity".to_owned(), similarity)].into(),
            ..Track::default()
        },
        licence: track.licence.clone(),
        ..SnapshotEntry::default()
    }
}

/// What is known of a track's source goes with it.
fn provenance(track: &SimilarTrack) -> Provenance {
    Provenance {
        track: id(track),
        source: track.source.clone(),
        retrieved: Timestamp::now(),
        licence: track.licence.clone(),
        may_train: terms::may_train(&track.source, &track.licence),
        quality_flag: None,
    }
}

fn id(track: &SimilarTrack) -> String {
    format!("content:{}", track.audio_hash)
}

fn name(report: &SimilarReport) -> String {
    let titles: Vec<&str> = report
        .songs
        .iter()
        .map(|song| song.title.as_str())
        .collect();
    match (report.mode, titles.as_slice()) {
        (SimilarMode::History, _) => "After a history".into(),
        (SimilarMode::Path, [from, to]) => format!("From {from} to {to}"),
        (_, [one]) => format!("Like {one}"),
        (_, [first, ..]) => format!("Like {first} and {} more", titles.len() - 1),
        (_, []) => "Similar".into(),
    }
}
