//! The outside world of the tests here: a file's text is `content|title|artist`; `broken` is no audio.

use std::fs;
use std::path::Path;

use jiff::Timestamp;

use super::{ImportError, Imported, Outside};
use catalogue::{AudioFacts, Catalogue, FileFacts};

pub(super) struct Fake;

impl AudioFacts for Fake {
    fn facts(&self, path: &Path) -> Result<FileFacts, String> {
        let text =
            fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let mut parts = text.split('|').map(str::to_owned);
        match parts.next() {
            Some(content) if content != "broken" => Ok(FileFacts {
                content,
                title: parts.next(),
                artists: parts.next().into_iter().collect(),
                ..FileFacts::default()
            }),
            _ => Err("is broken".to_owned()),
        }
    }
}

pub(super) fn import(path: &Path) -> Result<Imported, ImportError> {
    let retrieved = Timestamp::UNIX_EPOCH;
    super::import(
        path,
        &Outside {
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
