//! What an import asks of audio files.

use std::path::Path;

use audio::AudioFile;
use catalogue::{AudioFileInfo, FileProbe};

/// Reads tags, length and hash from the file itself.
pub struct SymphoniaProbe;

impl FileProbe for SymphoniaProbe {
    fn probe(&self, path: &Path) -> Result<AudioFileInfo, String> {
        let file = audio::probe(path).map_err(|reason| reason.to_string())?;
        Ok(file_info(file))
    }
}

/// What the decoder knows of a file, as an import takes it.
#[must_use]
pub fn file_info(file: AudioFile) -> AudioFileInfo {
    AudioFileInfo {
        audio_hash: file.hash,
        title: file.tags.title,
        artists: file.tags.artists,
        album: file.tags.album,
        isrc: file.tags.isrc,
        duration_seconds: file.duration_seconds,
    }
}
