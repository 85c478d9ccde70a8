//! An audio file as mono samples at one rate, block by block.

use std::path::Path;

use super::quality_checks::{Finding, QualityChecks};
use super::{AudioError, AudioFile, Decoder, Loudness, Resampler, StreamInfo, Warning};

/// Decodes, averages the channels and resamples; on request also measures loudness and runs the quality checks.
pub struct MonoReader {
    decoder: Decoder,
    resampler: Resampler,
    loudness: Option<Loudness>,
    quality_checks: Option<QualityChecks>,
    mono: Vec<f32>,
    frames: u64,
    ended: bool,
}

impl MonoReader {
    /// Opens a file for reading at `sample_rate_hz`.
    ///
    /// # Errors
    /// As [`Decoder::open`] and [`MonoReader::new`].
    pub fn open(path: &Path, sample_rate_hz: u32) -> Result<Self, AudioError> {
        Self::new(Decoder::open(path)?, sample_rate_hz)
    }

    /// Reads from a decoder of which no block was taken yet.
    ///
    /// # Errors
    /// If the resampler cannot convert the file's rate to `sample_rate_hz`.
    pub fn new(decoder: Decoder, sample_rate_hz: u32) -> Result<Self, AudioError> {
        let info = decoder.info();
        let resampler =
            Resampler::new(info.sample_rate_hz, sample_rate_hz).map_err(|_| AudioError::Shape {
                path: decoder.name().into(),
                rate: info.sample_rate_hz,
                channels: info.channels,
            })?;
        Ok(Self {
            decoder,
            resampler,
            loudness: None,
            quality_checks: None,
            mono: Vec::new(),
            frames: 0,
            ended: false,
        })
    }

    /// Measures loudness and runs the quality checks on the original channels while reading.
    #[must_use]
    pub fn with_quality_checks(mut self) -> Self {
        let info = self.decoder.info();
        self.loudness = Loudness::new(info.channels, info.sample_rate_hz);
        self.quality_checks = Some(QualityChecks::new(info));
        self
    }

    /// The path or name that the file was opened with.
    #[must_use]
    pub fn name(&self) -> &Path {
        self.decoder.name()
    }

    /// Rate, channels, codec and tags of the file itself.
    #[must_use]
    pub fn info(&self) -> &StreamInfo {
        self.decoder.info()
    }

    /// Loudness of what was read so far; `None` without quality checks.
    #[must_use]
    pub fn loudness(&self) -> Option<&Loudness> {
        self.loudness.as_ref()
    }

    /// Findings of every check over what was read so far; empty without quality checks.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        let quality_checks = self.quality_checks.as_ref();
        quality_checks.map_or_else(Vec::new, |checks| checks.findings(self.loudness()))
    }

    /// Length of the samples decoded so far.
    #[must_use]
    pub fn decoded_seconds(&self) -> f64 {
        self.frames as f64 / f64::from(self.decoder.info().sample_rate_hz)
    }

    /// Tags, hash and length; `None` before the end was reached.
    #[must_use]
    pub fn file(&self) -> Option<AudioFile> {
        self.decoder.file()
    }

    /// As [`Decoder::duration_hint`].
    #[must_use]
    pub fn duration_hint(&self) -> Option<f64> {
        self.decoder.duration_hint()
    }

    /// Appends the next samples, about ±1, to `ready`; false once the end was reached.
    ///
    /// # Errors
    /// If reading fails.
    pub fn read(&mut self, ready: &mut Vec<f32>) -> Result<bool, AudioError> {
        if self.ended {
            return Ok(false);
        }
        let channels = self.decoder.info().channels;
        let appended = match self.decoder.next_block()? {
            Some(block) => {
                if let Some(loudness) = self.loudness.as_mut() {
                    loudness.add(block);
                }
                if let Some(quality_checks) = self.quality_checks.as_mut() {
                    quality_checks.add(block);
                }
                average_channels(block, channels, &mut self.mono);
                self.frames += self.mono.len() as u64;
                self.resampler.push(&self.mono, ready)
            }
            None => {
                self.ended = true;
                self.resampler.finish(ready)
            }
        };
        appended.map_err(|reason| AudioError::Read {
            path: self.decoder.name().into(),
            source: std::io::Error::other(reason),
        })?;
        Ok(true)
    }

    /// What was unusual in what was decoded so far.
    pub fn warnings(&self) -> Vec<Warning> {
        let packets = self.decoder.damaged_packets();
        let samples = self.decoder.non_finite_samples();
        let seconds = self.decoded_seconds();
        let found = [
            (packets > 0).then_some(Warning::DamagedPackets { packets }),
            (samples > 0).then_some(Warning::NonFiniteSamples { samples }),
            self.decoder
                .is_truncated()
                .then_some(Warning::Truncated { seconds }),
        ];
        found.into_iter().flatten().collect()
    }
}

/// Interleaved `[frames, channels]` to `[frames]`.
fn average_channels(interleaved: &[f32], channels: usize, mono: &mut Vec<f32>) {
    mono.clear();
    match channels {
        1 => mono.extend_from_slice(interleaved),
        2 => mono.extend(
            interleaved
                .chunks_exact(2)
                .map(|frame| (frame[0] + frame[1]) * 0.5),
        ),
        _ => {
            let weight = 1.0 / channels as f32;
            mono.extend(
                interleaved
                    .chunks_exact(channels)
                    .map(|frame| frame.iter().sum::<f32>() * weight),
            );
        }
    }
}
