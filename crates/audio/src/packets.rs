//! The coded packets of a file's audio track, hashed and timed as they are read.

use std::io::{ErrorKind, Seek as _};
use std::path::{Path, PathBuf};

use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::common::Limit;
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, Track, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream};
use symphonia::core::meta::MetadataOptions;
use symphonia::core::packet::Packet;

use super::AudioError;
use super::tags::{FileTags, read_tags};

/// Tags beyond this are skipped before they reach memory.
const MAX_TAG_BYTES: usize = 1 << 20;

/// The packets of the default audio track, in file order.
pub(super) struct Packets {
    name: PathBuf,
    format: Box<dyn FormatReader>,
    track: u32,
    hasher: blake3::Hasher,
    /// Sum of the packets' durations in the track's time base.
    ticks: u64,
    ended: bool,
    is_truncated: bool,
}

impl Packets {
    /// Detects the container by its content; the extension of `name` is only a hint.
    pub fn new(
        source: Box<dyn MediaSource>,
        name: &Path,
    ) -> Result<(Self, AudioCodecParameters), AudioError> {
        let format = probe(source, name)?;
        let track = format.default_track(TrackType::Audio);
        let Some((track, Some(CodecParameters::Audio(parameters)))) =
            track.map(|track| (track.id, track.codec_params.clone()))
        else {
            return Err(AudioError::NotAudio(name.into()));
        };
        let packets = Self {
            name: name.into(),
            format,
            track,
            hasher: blake3::Hasher::new(),
            ticks: 0,
            ended: false,
            is_truncated: false,
        };
        Ok((packets, parameters))
    }

    /// The next packet; `None` at the end of the stream, or where a damaged container cannot be read any further.
    pub fn next(&mut self) -> Result<Option<Packet>, AudioError> {
        while !self.ended {
            match self.format.next_packet() {
                Ok(Some(packet)) if packet.track_id == self.track => {
                    self.hasher.update(&packet.data);
                    self.ticks = self.ticks.saturating_add(packet.dur.get());
                    return Ok(Some(packet));
                }
                Ok(Some(_)) => {}
                Ok(None) => self.ended = true,
                Err(Error::IoError(source)) if source.kind() != ErrorKind::UnexpectedEof => {
                    return Err(AudioError::Read {
                        path: self.name.clone(),
                        source,
                    });
                }
                Err(_) => (self.ended, self.is_truncated) = (true, true),
            }
        }
        Ok(None)
    }

    /// Hashes and times the rest of the stream.
    pub fn skip_to_end(&mut self) -> Result<(), AudioError> {
        while self.next()?.is_some() {}
        Ok(())
    }

    /// The source at its start again, and its name.
    pub fn into_source(self) -> Result<(Box<dyn MediaSource>, PathBuf), AudioError> {
        let mut source = self.format.into_inner();
        match source.rewind() {
            Ok(()) => Ok((Box::new(source), self.name)),
            Err(source) => Err(AudioError::Read {
                path: self.name,
                source,
            }),
        }
    }

    pub fn name(&self) -> &Path {
        &self.name
    }

    /// Whether the container ended in the middle of a packet.
    pub fn is_truncated(&self) -> bool {
        self.is_truncated
    }

    pub fn tags(&mut self) -> FileTags {
        read_tags(self.format.as_mut())
    }

    /// blake3 of all packets, hexadecimal; `None` before the end of the stream.
    pub fn hash(&self) -> Option<String> {
        self.ended
            .then(|| self.hasher.finalize().to_hex().to_string())
    }

    /// Length of all packets; `None` before the end of the stream, or if the container has no time base.
    pub fn duration_seconds(&self) -> Option<f64> {
        let seconds_per_tick = seconds_per_tick(self.track()?)?;
        self.ended.then(|| self.ticks as f64 * seconds_per_tick)
    }

    /// Length as the container's header states it, before any packet is read.
    pub fn duration_hint(&self) -> Option<f64> {
        let track = self.track()?;
        Some(track.duration?.get() as f64 * seconds_per_tick(track)?)
    }

    fn track(&self) -> Option<&Track> {
        let mut tracks = self.format.tracks().iter();
        tracks.find(|track| track.id == self.track)
    }
}

fn seconds_per_tick(track: &Track) -> Option<f64> {
    let base = track.time_base?;
    Some(f64::from(base.numer.get()) / f64::from(base.denom.get()))
}

fn probe(source: Box<dyn MediaSource>, name: &Path) -> Result<Box<dyn FormatReader>, AudioError> {
    let mut hint = Hint::new();
    if let Some(extension) = name.extension().and_then(|extension| extension.to_str()) {
        hint.with_extension(extension);
    }
    let stream = MediaSourceStream::new(source, Default::default());
    let tags = MetadataOptions::default().limit_tag_bytes(Limit::Maximum(MAX_TAG_BYTES));
    symphonia::default::get_probe()
        .probe(&hint, stream, FormatOptions::default(), tags)
        .map_err(|reason| match reason {
            Error::IoError(source) if source.kind() != ErrorKind::UnexpectedEof => {
                AudioError::Read {
                    path: name.into(),
                    source,
                }
            }
            _ => AudioError::NotAudio(name.into()),
        })
}
