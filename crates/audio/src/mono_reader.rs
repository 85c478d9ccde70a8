//! An audio file as mono samples at one rate, block by block.

use std::path::{Path, PathBuf};

use super::quality_checks::{Finding, QualityChecks};
use super::{AudioError, Decoder, Loudness, Resampler, StreamInfo, Warning};

/// Decodes, measures (where asked), averages the channels and resamples.
pub struct MonoReader {
    path: PathBuf,
    decoder: Decoder,
    resampler: Resampler,
    loudness: Option<Loudness>,
    quality_checks: Option<QualityChecks>,
    mono: Vec<f32>,
    frames: u64,
    ended: bool,
}

impl MonoReader {
    /// # Errors
    /// As [`Decoder::open`].
    pub fn open(path: &Path, sample_rate_hz: u32) -> Result<Self, AudioError> {
        let decoder = Decoder::open(path)?;
        let StreamInfo {
            sample_rate_hz: rate,
            channels,
            ..
        } = *decoder.facts();
        let resampler = Resampler::new(rate, sample_rate_hz).map_err(|_| AudioError::Shape {
            path: path.into(),
            rate,
            channels,
        })?;
        Ok(Self {
            path: path.into(),
            decoder,
            resampler,
            loudness: None,
            quality_checks: None,
            mono: Vec::new(),
            frames: 0,
            ended: false,
        })
    }

    /// Measures the loudness of the original channels on the way, and what is wrong with them.
    #[must_use]
    pub fn with_quality_checks(mut self) -> Self {
        let facts = self.decoder.facts();
        self.loudness = Loudness::new(facts.channels, facts.sample_rate_hz);
        self.quality_checks = Some(QualityChecks::new(facts));
        self
    }

    pub fn facts(&self) -> &StreamInfo {
        self.decoder.facts()
    }

    pub fn loudness(&self) -> Option<&Loudness> {
        self.loudness.as_ref()
    }

    /// Of every check, over what was decoded so far; empty where nobody asked.
    pub fn findings(&self) -> Vec<Finding> {
        let quality_checks = self.quality_checks.as_ref();
        quality_checks.map_or_else(Vec::new, |check| check.findings(self.loudness()))
    }

    /// Length of what was decoded so far.
    pub fn seconds(&self) -> f64 {
        self.frames as f64 / f64::from(self.decoder.facts().sample_rate_hz)
    }

    /// Appends the next samples, about ±1, to `ready`; false at the end, when nothing was left to append.
    ///
    /// # Errors
    /// Where the disk fails.
    pub fn read(&mut self, ready: &mut Vec<f32>) -> Result<bool, AudioError> {
        if self.ended {
            return Ok(false);
        }
        let channels = self.decoder.facts().channels;
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
            path: self.path.clone(),
            source: std::io::Error::other(reason),
        })?;
        Ok(true)
    }

    /// What was unusual in what was decoded so far.
    pub fn warnings(&self) -> Vec<Warning> {
        let packets = self.decoder.damaged_packets();
        let samples = self.decoder.non_finite_samples();
        let seconds = self.seconds();
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
            let share = 1.0 / channels as f32;
            mono.extend(
                interleaved
                    .chunks_exact(channels)
                    .map(|frame| frame.iter().sum::<f32>() * share),
            );
        }
    }
}
