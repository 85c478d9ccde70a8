//! A [`SimilarReport`] as a playlist that `formats` can write.

use jiff::Timestamp;

use super::{SimilarMode, SimilarReport, SimilarTrack};
use catalogue::{Playlist, PlaylistSnapshot, Provenance, SnapshotEntry, Track, terms};

/// One of the user's own playlists, named after its songs.
impl From<&SimilarReport> for PlaylistSnapshot {
    fn from(report: &SimilarReport) -> Self {
        let name = name(report);
        Self {
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
}

impl SimilarReport {
    /// Source and licence of each track, `[tracks]`, with `retrieved` as their date.
    #[must_use]
    pub fn provenance(&self, retrieved: Timestamp) -> Vec<Provenance> {
        let provenance = |track: &SimilarTrack| Provenance {
            track: id(track),
            source: track.source.clone(),
            retrieved,
            licence: track.licence.clone(),
            may_train: terms::may_train(&track.source, &track.licence),
            quality_flag: None,
        };
        self.tracks.iter().map(provenance).collect()
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

/// The prefix is part of every stored catalogue.
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
        (_, [title]) => format!("Like {title}"),
        (_, [first, ..]) => format!("Like {first} and {} more", titles.len() - 1),
        (_, []) => "Similar".into(),
    }
}
