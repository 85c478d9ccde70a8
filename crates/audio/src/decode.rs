//! An audio file as interleaved `f32` blocks, with its tags and the hash of its packets, in one pass.

use std::path::Path;

use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::io::MediaSource;

use super::packets::Packets;
use super::{AudioError, AudioFile, FileTags, file};

const SAMPLE_RATES_HZ: std::ops::RangeInclusive<u32> = 1_000..=768_000;
const MAX_CHANNELS: usize = 64;

/// What the container and the first decoded packet say about the stream.
#[derive(Clone, Debug, PartialEq)]
pub struct StreamInfo {
    /// Sample rate in Hz.
    pub sample_rate_hz: u32,
    /// Number of channels.
    pub channels: usize,
    /// Symphonia's short name of the codec, such as `mp3`.
    pub codec: String,
    /// Bit depth as the container states it; `None` for lossy codecs.
    pub bits_per_sample: Option<u32>,
    /// Title, artists, album and ISRC.
    pub tags: FileTags,
}

impl StreamInfo {
    /// Whether the codec is lossless.
    #[must_use]
    pub fn is_lossless(&self) -> bool {
        ["pcm", "flac", "alac"]
            .iter()
            .any(|name| self.codec.starts_with(name))
    }
}

/// An audio file that is decoded from its start to its end.
pub struct Decoder {
    packets: Packets,
    decoder: Box<dyn AudioDecoder>,
    info: StreamInfo,
    /// The first block, decoded to detect rate and channels, until it is returned.
    first: Option<Vec<f32>>,
    block: Vec<f32>,
    damaged_packets: u64,
    non_finite_samples: u64,
    changed_format: bool,
}

impl Decoder {
    /// Opens a file and decodes its first packet.
    ///
    /// # Errors
    /// If the file is missing, unreadable, empty or a folder, and as [`Decoder::from_source`].
    pub fn open(path: &Path) -> Result<Self, AudioError> {
        Self::from_source(Box::new(file::open(path)?), path)
    }

    /// Reads from any source and decodes the first packet. The container is detected by its content; `name` appears in
    /// error messages, and its extension is a hint.
    ///
    /// # Errors
    /// If there is no audio track, its codec is not supported, no packet can be decoded, or rate or number of channels
    /// is out of range.
    pub fn from_source(source: Box<dyn MediaSource>, name: &Path) -> Result<Self, AudioError> {
        let (mut packets, parameters) = Packets::new(source, name)?;
        let codecs = symphonia::default::get_codecs();
        let codec = codecs.get_audio_decoder(parameters.codec).map_or_else(
            || parameters.codec.to_string(),
            |known| known.codec.info.short_name.into(),
        );
        let decoder = codecs
            .make_audio_decoder(&parameters, &AudioDecoderOptions::default())
            .map_err(|reason| AudioError::Unsupported {
                path: name.into(),
                codec: codec.clone(),
                reason: reason.to_string(),
            })?;
        let info = StreamInfo {
            sample_rate_hz: 0,
            channels: 0,
            codec,
            bits_per_sample: parameters.bits_per_sample,
            tags: packets.tags(),
        };
        let mut opened = Self {
            packets,
            decoder,
            info,
            first: None,
            block: Vec::new(),
            damaged_packets: 0,
            non_finite_samples: 0,
            changed_format: false,
        };
        opened.detect_stream_info()?;
        Ok(opened)
    }

    /// Rate, channels, codec and tags.
    #[must_use]
    pub fn info(&self) -> &StreamInfo {
        &self.info
    }

    /// The path or name that the decoder was opened with.
    #[must_use]
    pub fn name(&self) -> &Path {
        self.packets.name()
    }

    /// Number of packets so far that could not be decoded and were skipped.
    #[must_use]
    pub fn damaged_packets(&self) -> u64 {
        self.damaged_packets
    }

    /// Number of samples so far that were NaN or infinite and were replaced by 0.
    #[must_use]
    pub fn non_finite_samples(&self) -> u64 {
        self.non_finite_samples
    }

    /// Whether decoding stopped early: the file is truncated, or its rate or number of channels changes.
    #[must_use]
    pub fn is_truncated(&self) -> bool {
        self.packets.is_truncated() || self.changed_format
    }

    /// blake3 of the coded packets, hexadecimal: independent of tags and container padding. `None` before the end of the
    /// stream.
    #[must_use]
    pub fn audio_hash(&self) -> Option<String> {
        self.packets.hash()
    }

    /// Length of all packets, also of those that could not be decoded. `None` before the end of the stream, or if the
    /// container has no time base.
    #[must_use]
    pub fn duration_seconds(&self) -> Option<f64> {
        self.packets.duration_seconds()
    }

    /// Length as the container's header states it, known at once; not verified.
    #[must_use]
    pub fn duration_hint(&self) -> Option<f64> {
        self.packets.duration_hint()
    }

    /// Tags, hash and length; `None` before the end of the stream.
    #[must_use]
    pub fn file(&self) -> Option<AudioFile> {
        Some(AudioFile {
            tags: self.info.tags.clone(),
            hash: self.audio_hash()?,
            duration_seconds: self.duration_seconds(),
        })
    }

    /// Starts again from the beginning of the same open source, which must be seekable.
    ///
    /// # Errors
    /// If seeking fails, and as [`Decoder::from_source`].
    pub fn rewind(self) -> Result<Self, AudioError> {
        let (source, name) = self.packets.into_source()?;
        Self::from_source(source, &name)
    }

    /// The next samples, interleaved `[frames, channels]`, about ±1; `None` at the end.
    ///
    /// # Errors
    /// If reading fails; damaged packets are counted and skipped.
    pub fn next_block(&mut self) -> Result<Option<&[f32]>, AudioError> {
        if let Some(first) = self.first.take() {
            self.block = first;
            return Ok(Some(&self.block));
        }
        Ok(self.decode_next()?.map(|_| self.block.as_slice()))
    }

    /// Reads the rest of the stream without decoding it, for its hash and duration.
    ///
    /// # Errors
    /// If reading fails.
    pub fn skip_to_end(&mut self) -> Result<(), AudioError> {
        self.first = None;
        self.packets.skip_to_end()
    }

    fn detect_stream_info(&mut self) -> Result<(), AudioError> {
        let Some((rate, channels)) = self.decode_next()? else {
            return Err(AudioError::Damaged(self.name().into()));
        };
        if !SAMPLE_RATES_HZ.contains(&rate) || channels == 0 || channels > MAX_CHANNELS {
            return Err(AudioError::Shape {
                path: self.name().into(),
                rate,
                channels,
            });
        }
        (self.info.sample_rate_hz, self.info.channels) = (rate, channels);
        self.first = Some(std::mem::take(&mut self.block));
        Ok(())
    }

    /// Decodes the next packet into `block` and returns its rate and channels.
    fn decode_next(&mut self) -> Result<Option<(u32, usize)>, AudioError> {
        while let Some(packet) = self.packets.next()? {
            let Ok(buffer) = self.decoder.decode(&packet) else {
                self.damaged_packets += 1;
                continue;
            };
            let format = (buffer.spec().rate(), buffer.spec().channels().count());
            if buffer.frames() == 0 {
                continue;
            }
            if self.info.channels != 0 && format != (self.info.sample_rate_hz, self.info.channels) {
                self.changed_format = true;
                self.packets.skip_to_end()?;
                return Ok(None);
            }
            self.block.clear();
            buffer.copy_to_vec_interleaved(&mut self.block);
            // A float file may hold NaN or infinity, which filters would spread over the whole song.
            for sample in self.block.iter_mut().filter(|sample| !sample.is_finite()) {
                *sample = 0.0;
                self.non_finite_samples += 1;
            }
            return Ok(Some(format));
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests;
