//! An import context for tests: a file's text is `audio_hash|title|artist`; `broken` is not audio.

use std::fs;
use std::path::Path;

use jiff::Timestamp;

use super::{ImportContext, ImportError, Imported};
use catalogue::{AudioFileInfo, Catalogue, FileProbe};

pub(super) struct Fake;

impl FileProbe for Fake {
    fn probe(&self, path: &Path) -> Result<AudioFileInfo, String> {
        let text =
            fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let mut parts = text.split('|').map(str::to_owned);
        match parts.next() {
            Some(audio_hash) if audio_hash != "broken" => Ok(AudioFileInfo {
                audio_hash,
                title: parts.next(),
                artists: parts.next().into_iter().collect(),
                ..AudioFileInfo::default()
            }),
            _ => Err("is broken".to_owned()),
        }
    }
}

pub(super) fn import(path: &Path) -> Result<Imported, ImportError> {
    let retrieved = Timestamp::UNIX_EPOCH;
    super::import(
        path,
        &ImportContext {
            facts: &Fake,
            retrieved,
            progress: &|_, _| {},
        },
    )
}

pub(super) fn titles(catalogue: &Catalogue) -> Vec<&str> {
    let mut titles: Vec<&str> = catalogue
        .tracks
        .iter()
        .map(|track| track.title.as_str())
        .collect();
    titles.sort_unstable();
    titles
}

/// The titles on a playlist, sorted.
pub(super) fn on<'a>(catalogue: &'a Catalogue, playlist: &str) -> Vec<&'a str> {
    let is_on = |id: &str| {
        catalogue
            .placements
            .iter()
            .any(|row| row.playlist == playlist && row.track == id)
    };
    let tracks = catalogue.tracks.iter().filter(|track| is_on(&track.id));
    let mut titles: Vec<&str> = tracks.map(|track| track.title.as_str()).collect();
    titles.sort_unstable();
    titles
}
