//! What an import asks of audio files.

use std::path::Path;

use audio::AudioError;
use catalogue::{AudioFileInfo, FileProbe};

/// Reads tags, length and hash from the file itself.
pub struct SymphoniaProbe;

impl FileProbe for SymphoniaProbe {
    fn probe(&self, path: &Path) -> Result<AudioFileInfo, String> {
        probe_file(path).map_err(|reason| reason.to_string())
    }
}

/// Tags, length and hash of a file's coded audio; only its first packet is decoded.
///
/// # Errors
/// As [`audio::probe`].
pub fn probe_file(path: &Path) -> Result<AudioFileInfo, AudioError> {
    let file = audio::probe(path)?;
    Ok(AudioFileInfo {
        audio_hash: file.hash,
        title: file.tags.title,
        artists: file.tags.artists,
        album: file.tags.album,
        isrc: file.tags.isrc,
        duration_seconds: file.duration_seconds,
    })
}
