//! Audio files to mono `f32` samples at one rate, block by block, so that memory does not grow with the length of the
//! song. Tags, hash and duration of the coded audio, loudness and quality checks come from the same pass.
//!
//! | module | input and output |
//! |---|---|
//! | [`Decoder`] | container and codec to interleaved blocks |
//! | [`MonoReader`] | the same to mono at one rate, with loudness and [`quality_checks`] |
//! | [`effects`] | samples to changed samples (augmentation, robustness) |
//! | [`fingerprint`] | samples to a chromaprint fingerprint; pairs of the same recording |
//!
//! Invariants: knows no playlists, log-mels or tensors. Only `packets`, `tags` and `decode` use symphonia, only `resample`
//! uses rubato. Only `file` opens files; everything else reads from a [`MediaSource`].

mod decode;
pub mod effects;
mod file;
pub mod fingerprint;
mod loudness;
mod mono_reader;
mod packets;
pub mod quality_checks;
mod resample;
mod tags;
mod warning;

pub use decode::{Decoder, StreamInfo};
pub use loudness::Loudness;
pub use mono_reader::MonoReader;
pub use resample::{Resampler, resample};
pub use symphonia::core::io::MediaSource;
pub use tags::FileTags;
pub use warning::Warning;

use std::path::{Path, PathBuf};

/// Why audio could not be read or written. Each message starts with the path and ends with the next step.
#[derive(Debug, thiserror::Error)]
pub enum AudioError {
    /// The file cannot be opened.
    #[error("{path}: {source}; check the path and its permissions")]
    Open {
        /// The file.
        path: PathBuf,
        /// Error of the system.
        source: std::io::Error,
    },
    /// The path is a folder.
    #[error("{0}: this is a folder; name a song in it, or several")]
    Folder(PathBuf),
    /// The file has no bytes.
    #[error("{0}: the file is empty; export the song again")]
    Empty(PathBuf),
    /// No supported container or no audio track.
    #[error(
        "{0}: no audio that can be read; supported are WAV, FLAC, MP3, Ogg Vorbis, AAC/M4A, ALAC and AIFF (not Opus)"
    )]
    NotAudio(PathBuf),
    /// No decoder for this codec.
    #[error(
        "{path}: {codec} audio cannot be decoded ({reason}); export the song as WAV, FLAC or MP3"
    )]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// Short name of the codec.
        codec: String,
        /// Why the decoder was refused.
        reason: String,
    },
    /// No packet could be decoded.
    #[error("{0}: no part of the audio could be decoded; the file is damaged, export it again")]
    Damaged(PathBuf),
    /// Rate or number of channels is out of range.
    #[error(
        "{path}: {rate} Hz with {channels} channels is not supported (1 kHz to 768 kHz, 1 to 64 channels); export the song again"
    )]
    Shape {
        /// The file.
        path: PathBuf,
        /// Sample rate in Hz.
        rate: u32,
        /// Number of channels.
        channels: usize,
    },
    /// Reading failed in the middle of the file.
    #[error("{path}: reading failed ({source}); check the disk or copy the file again")]
    Read {
        /// The file.
        path: PathBuf,
        /// Error of the system or of the resampler.
        source: std::io::Error,
    },
    /// A clip cannot be stored.
    #[error("{path}: {reason}; free some space and run the same command again")]
    Write {
        /// The clip.
        path: PathBuf,
        /// Error of the system or of the WAV writer.
        reason: String,
    },
    /// A stored clip is not what this program writes.
    #[error("{path}: this stored clip is damaged; delete it and run `playlist-fit prepare` again")]
    Clip {
        /// The clip.
        path: PathBuf,
    },
}

/// Tags, hash and length of an audio file.
#[derive(Clone, Debug, PartialEq)]
pub struct AudioFile {
    /// Title, artists, album and ISRC.
    pub tags: FileTags,
    /// As [`Decoder::audio_hash`].
    pub hash: String,
    /// As [`Decoder::duration_seconds`].
    pub duration_seconds: Option<f64>,
}

/// Reads a file's tags, hash and length. Only the first packet is decoded.
///
/// # Errors
/// As [`Decoder::open`], and if reading fails.
pub fn probe(path: &Path) -> Result<AudioFile, AudioError> {
    let mut decoder = Decoder::open(path)?;
    decoder.skip_to_end()?;
    decoder
        .file()
        .ok_or_else(|| AudioError::Damaged(path.into()))
}
