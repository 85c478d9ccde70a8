//! A file to interleaved `f32` blocks, packet by packet. The only place that knows symphonia.

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::common::Limit;
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::{MetadataOptions, MetadataRevision, StandardTag, Tag};
use symphonia::core::packet::Packet;

use super::AudioError;

const RATES_HZ: std::ops::RangeInclusive<u32> = 1_000..=768_000;
const MAX_CHANNELS: usize = 64;
/// Tags beyond this are cut away before they reach memory.
const MAX_TAG_BYTES: usize = 1 << 20;
/// Longest title, artist or album that is kept.
const MAX_TAG_CHARS: usize = 1_000;

/// What the file says of itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FileTags {
    pub title: Option<String>,
    pub artists: Vec<String>,
    pub album: Option<String>,
    pub isrc: Option<String>,
}

/// The shape of the stream.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamInfo {
    pub sample_rate_hz: u32,
    pub channels: usize,
    /// The codec's short name, such as `mp3`.
    pub codec: String,
    /// Where the file says it; coding with loss has none.
    pub bits_per_sample: Option<u32>,
    pub tags: FileTags,
}

impl StreamInfo {
    /// Whether decoding gives back what was coded.
    pub fn is_lossless(&self) -> bool {
        ["pcm", "flac", "alac"]
            .iter()
            .any(|name| self.codec.starts_with(name))
    }
}

/// The coded audio of a file as one hash, and its length where the container knows it.
pub struct CodedAudio {
    pub hash: String,
    pub duration_seconds: Option<f64>,
}

/// The packets of a file's first audio track, still coded.
struct Packets {
    path: PathBuf,
    format: Box<dyn FormatReader>,
    track: u32,
    is_truncated: bool,
}

/// An open audio file.
pub struct Decoder {
    packets: Packets,
    decoder: Box<dyn AudioDecoder>,
    facts: StreamInfo,
    /// The first block, decoded to learn the shape, until it is handed out.
    first: Option<Vec<f32>>,
    block: Vec<f32>,
    damaged_packets: u64,
    non_finite_samples: u64,
    changed_shape: bool,
}

impl Decoder {
    /// Opens a file by its content; the name only helps to guess.
    ///
    /// # Errors
    /// Missing, unreadable, empty, a folder, no audio, an unknown codec, or nothing that decodes.
    pub fn open(path: &Path) -> Result<Self, AudioError> {
        let (mut packets, parameters) = Packets::open(path)?;
        let tags = read_tags(packets.format.as_mut());
        let known = symphonia::default::get_codecs().get_audio_decoder(parameters.codec);
        let codec = known.map_or_else(
            || parameters.codec.to_string(),
            |known| known.codec.info.short_name.into(),
        );
        let decoder = symphonia::default::get_codecs()
            .make_audio_decoder(&parameters, &AudioDecoderOptions::default())
            .map_err(|reason| AudioError::Unsupported {
                path: path.into(),
                codec: codec.clone(),
                reason: reason.to_string(),
            })?;
        let facts = StreamInfo {
            sample_rate_hz: 0,
            channels: 0,
            codec,
            bits_per_sample: parameters.bits_per_sample,
            tags,
        };
        let mut opened = Self {
            packets,
            decoder,
            facts,
            first: None,
            block: Vec::new(),
            damaged_packets: 0,
            non_finite_samples: 0,
            changed_shape: false,
        };
        opened.detect_stream_info()?;
        Ok(opened)
    }

    pub fn facts(&self) -> &StreamInfo {
        &self.facts
    }

    /// Packets that could not be decoded and were left out, so far.
    pub fn damaged_packets(&self) -> u64 {
        self.damaged_packets
    }

    /// Samples that were NaN or infinite and became silence, so far.
    pub fn non_finite_samples(&self) -> u64 {
        self.non_finite_samples
    }

    /// Whether the stream ended before its end: a truncated file, or one that changes its shape midway.
    pub fn is_truncated(&self) -> bool {
        self.packets.is_truncated || self.changed_shape
    }

    /// The next samples, interleaved, about ±1; none at the end.
    ///
    /// # Errors
    /// Where the disk fails; damaged packets are counted and left out.
    pub fn next_block(&mut self) -> Result<Option<&[f32]>, AudioError> {
        if let Some(first) = self.first.take() {
            self.block = first;
            return Ok(Some(&self.block));
        }
        Ok(self.decode_next()?.map(|_| self.block.as_slice()))
    }

    fn detect_stream_info(&mut self) -> Result<(), AudioError> {
        let Some((rate, channels)) = self.decode_next()? else {
            return Err(AudioError::Damaged(self.packets.path.clone()));
        };
        if !RATES_HZ.contains(&rate) || channels == 0 || channels > MAX_CHANNELS {
            return Err(AudioError::Shape {
                path: self.packets.path.clone(),
                rate,
                channels,
            });
        }
        (self.facts.sample_rate_hz, self.facts.channels) = (rate, channels);
        self.first = Some(std::mem::take(&mut self.block));
        Ok(())
    }

    /// Decodes into `block` and answers its rate and channels.
    fn decode_next(&mut self) -> Result<Option<(u32, usize)>, AudioError> {
        while let Some(packet) = self.packets.next()? {
            let Ok(buffer) = self.decoder.decode(&packet) else {
                self.damaged_packets += 1;
                continue;
            };
            let shape = (buffer.spec().rate(), buffer.spec().channels().count());
            if buffer.frames() == 0 {
                continue;
            }
            if self.facts.channels != 0 && shape != (self.facts.sample_rate_hz, self.facts.channels)
            {
                self.changed_shape = true;
                return Ok(None);
            }
            self.block.clear();
            buffer.copy_to_vec_interleaved(&mut self.block);
            // A float file may hold NaN or infinity; they would spread over the whole song.
            for sample in self.block.iter_mut().filter(|sample| !sample.is_finite()) {
                *sample = 0.0;
                self.non_finite_samples += 1;
            }
            return Ok(Some(shape));
        }
        Ok(None)
    }
}

impl Packets {
    fn open(path: &Path) -> Result<(Self, AudioCodecParameters), AudioError> {
        let format = probe(path, open_file(path)?)?;
        let track = format.default_track(TrackType::Audio);
        let Some((track, Some(CodecParameters::Audio(parameters)))) =
            track.map(|track| (track.id, track.codec_params.clone()))
        else {
            return Err(AudioError::NotAudio(path.into()));
        };
        Ok((
            Self {
                path: path.into(),
                format,
                track,
                is_truncated: false,
            },
            parameters,
        ))
    }

    fn next(&mut self) -> Result<Option<Packet>, AudioError> {
        loop {
            match self.format.next_packet() {
                Ok(Some(packet)) if packet.track_id == self.track => return Ok(Some(packet)),
                Ok(Some(_)) => {}
                Ok(None) => return Ok(None),
                Err(Error::IoError(reason)) if reason.kind() != ErrorKind::UnexpectedEof => {
                    return Err(AudioError::Read {
                        path: self.path.clone(),
                        source: reason,
                    });
                }
                Err(_) => {
                    self.is_truncated = true;
                    return Ok(None);
                }
            }
        }
    }

    fn seconds_per_tick(&self) -> Option<f64> {
        let track = self
            .format
            .tracks()
            .iter()
            .find(|track| track.id == self.track)?;
        track
            .time_base
            .map(|base| f64::from(base.numer.get()) / f64::from(base.denom.get()))
    }
}

/// Hashes a file's coded audio without decoding it. Tags do not take part, so a re-tagged copy has the same hash.
///
/// # Errors
/// Missing, unreadable, empty, a folder, or no audio.
pub fn hash_coded_audio(path: &Path) -> Result<CodedAudio, AudioError> {
    let (mut packets, _) = Packets::open(path)?;
    let mut hasher = blake3::Hasher::new();
    let mut ticks = 0_u64;
    while let Some(packet) = packets.next()? {
        hasher.update(&packet.data);
        ticks = ticks.saturating_add(packet.dur.get());
    }
    let duration_seconds = packets.seconds_per_tick().map(|tick| ticks as f64 * tick);
    Ok(CodedAudio {
        hash: hasher.finalize().to_hex().to_string(),
        duration_seconds,
    })
}

fn open_file(path: &Path) -> Result<File, AudioError> {
    let open = |source| AudioError::Open {
        path: path.into(),
        source,
    };
    let file = File::open(path).map_err(open)?;
    let facts = file.metadata().map_err(open)?;
    if facts.is_dir() {
        return Err(AudioError::Folder(path.into()));
    }
    if facts.is_file() && facts.len() == 0 {
        return Err(AudioError::Empty(path.into()));
    }
    Ok(file)
}

fn probe(path: &Path, file: File) -> Result<Box<dyn FormatReader>, AudioError> {
    let mut hint = Hint::new();
    if let Some(extension) = path.extension().and_then(|extension| extension.to_str()) {
        hint.with_extension(extension);
    }
    let stream = MediaSourceStream::new(Box::new(file), Default::default());
    let tags = MetadataOptions::default().limit_tag_bytes(Limit::Maximum(MAX_TAG_BYTES));
    symphonia::default::get_probe()
        .probe(&hint, stream, FormatOptions::default(), tags)
        .map_err(|reason| match reason {
            Error::IoError(source) if source.kind() != ErrorKind::UnexpectedEof => {
                AudioError::Read {
                    path: path.into(),
                    source,
                }
            }
            _ => AudioError::NotAudio(path.into()),
        })
}

fn read_tags(format: &mut dyn FormatReader) -> FileTags {
    let mut tags = FileTags::default();
    let mut metadata = format.metadata();
    if let Some(revision) = metadata.skip_to_latest() {
        collect(revision, &mut tags);
    }
    tags
}

fn collect(revision: &MetadataRevision, tags: &mut FileTags) {
    let of_tracks = revision
        .per_track
        .iter()
        .flat_map(|track| &track.metadata.tags);
    for Tag { std, .. } in revision.media.tags.iter().chain(of_tracks) {
        match std {
            Some(StandardTag::TrackTitle(text)) => {
                tags.title = tags.title.take().or_else(|| sanitise_tag(text));
            }
            Some(StandardTag::Artist(text)) => tags.artists.extend(sanitise_tag(text)),
            Some(StandardTag::Album(text)) => {
                tags.album = tags.album.take().or_else(|| sanitise_tag(text));
            }
            Some(StandardTag::IdentIsrc(text)) => {
                tags.isrc = tags.isrc.take().or_else(|| sanitise_tag(text));
            }
            _ => {}
        }
    }
}

/// A tag as text of sane length on one line; none where nothing is left.
fn sanitise_tag(text: &str) -> Option<String> {
    let line: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(MAX_TAG_CHARS)
        .collect();
    let line = line.trim();
    (!line.is_empty()).then(|| line.to_owned())
}
