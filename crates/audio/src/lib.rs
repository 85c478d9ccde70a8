//! Track to clip. An audio file comes in, mono `f32` samples at one rate go out, in blocks, so that memory
//! stays flat in the length of the song; with them the file's tags, the hash of its coded audio and its loudness. Which
//! file is which track, where nobody says, is found by `resolve`; what may be done to samples on purpose, by `effects`;
//! which clips are one recording, by `fingerprint`.
//!
//! Must not: know playlists beyond what an importer asks, log-mels or tensors. Only `decode` knows symphonia, only
//! `resample` knows rubato.

mod decode;
pub mod effects;
pub mod fingerprint;
mod loudness;
mod mono_reader;
pub mod quality_checks;
mod resample;
mod warning;

pub use decode::{Decoder, FileTags, StreamInfo, hash_coded_audio};
pub use loudness::Loudness;
pub use mono_reader::MonoReader;
pub use resample::{Resampler, resample};
pub use warning::Warning;

use std::path::{Path, PathBuf};

/// What can be wrong with an audio file. Every text names the file and the next thing to do.
#[derive(Debug, thiserror::Error)]
pub enum AudioError {
    #[error("{path}: {source}; check the name and that you may read it")]
    Open {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{0}: this is a folder; name a song in it, or several")]
    Folder(PathBuf),
    #[error("{0}: the file is empty; export the song again")]
    Empty(PathBuf),
    #[error(
        "{0}: no audio that can be read; WAV, FLAC, MP3, Ogg Vorbis, AAC/M4A, ALAC and AIFF are understood (not Opus)"
    )]
    NotAudio(PathBuf),
    #[error(
        "{path}: {codec} audio cannot be decoded ({reason}); export the song as WAV, FLAC or MP3"
    )]
    Unsupported {
        path: PathBuf,
        codec: String,
        reason: String,
    },
    #[error(
        "{0}: not one piece of the audio could be decoded; the file is damaged, export it again"
    )]
    Damaged(PathBuf),
    #[error(
        "{path}: a sample rate of {rate} Hz with {channels} channels is out of reach (1 kHz to 768 kHz, 1 to 64 channels); export the song again"
    )]
    Shape {
        path: PathBuf,
        rate: u32,
        channels: usize,
    },
    #[error("{path}: reading broke off: {source}")]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("{path}: {reason}; free some room and run the same command again")]
    Write { path: PathBuf, reason: String },
    #[error("{path}: this stored clip is damaged; delete it and run `playlist-fit prepare` again")]
    Clip { path: PathBuf },
}

/// Tags, content hash and length of an audio file, read without decoding it.
#[derive(Clone, Debug, PartialEq)]
pub struct AudioFile {
    pub tags: FileTags,
    /// blake3 of the coded packets, hexadecimal.
    pub hash: String,
    pub duration_seconds: Option<f64>,
}

/// Reads an audio file's tags, content hash and length.
///
/// # Errors
/// If the file cannot be opened, is not audio, or reading stops in the middle.
pub fn probe(path: &Path) -> Result<AudioFile, AudioError> {
    let tags = Decoder::open(path)?.facts().tags.clone();
    let coded = hash_coded_audio(path)?;
    Ok(AudioFile {
        tags,
        hash: coded.hash,
        duration_seconds: coded.duration_seconds,
    })
}
