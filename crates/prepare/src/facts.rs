//! What an import asks of audio files, answered by decoding their headers.

use std::path::Path;

use audio::AudioError;
use catalogue::{AudioFacts, FileFacts};

/// Reads an importer's facts from the file itself.
pub struct FactsOfFiles;

impl AudioFacts for FactsOfFiles {
    fn facts(&self, path: &Path) -> Result<FileFacts, String> {
        read_facts(path).map_err(|why| why.to_string())
    }
}

/// Tags, length and hash of a file's coded audio, without decoding it.
///
/// # Errors
/// As [`audio::probe`].
pub fn read_facts(path: &Path) -> Result<FileFacts, AudioError> {
    let file = audio::probe(path)?;
    Ok(FileFacts {
        content: file.hash,
        title: file.tags.title,
        artists: file.tags.artists,
        album: file.tags.album,
        isrc: file.tags.isrc,
        duration_seconds: file.duration_seconds,
    })
}
