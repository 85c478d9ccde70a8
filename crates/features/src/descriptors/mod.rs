//! Low-level descriptors of a track, computed without a network: mono samples at a front end's rate, block by block (about
//! ±1), to [`Descriptors`]. Training clips and songs are measured by the same code, so that their values are comparable.
//!
//! Invariants: reads no files, and does not interpret a value for a playlist.

mod onsets;
mod tempo;

use serde::{Deserialize, Serialize};

use crate::mel::{FrontEnd, Spectra};
use audio::Loudness;
use onsets::OnsetStrength;

/// Descriptors of one track; each is `None` for silence, and the tempo also without a clear beat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Descriptors {
    /// Tempo in beats per minute. Half or double of it may be perceived as well: a recording does not decide between them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tempo_bpm: Option<f64>,
    /// Integrated loudness in LUFS after EBU R 128, of the average of all channels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loudness_lufs: Option<f64>,
    /// Centroid in Hz of the magnitude spectrum averaged over time, so that loud moments count more than quiet ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(alias = "brightness_hz")]
    pub spectral_centroid_hz: Option<f64>,
    /// Onsets per second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(alias = "onsets_per_second")]
    pub onset_rate: Option<f64>,
}

/// Names one of the [`Descriptors`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Descriptor {
    /// [`Descriptors::tempo_bpm`]
    Tempo,
    /// [`Descriptors::loudness_lufs`]
    Loudness,
    /// [`Descriptors::spectral_centroid_hz`]
    #[serde(alias = "brightness")]
    SpectralCentroid,
    /// [`Descriptors::onset_rate`]
    #[serde(alias = "onsets")]
    OnsetRate,
}

impl Descriptor {
    /// All descriptors, in the order of a report.
    pub const ALL: [Self; 4] = [
        Self::Tempo,
        Self::Loudness,
        Self::SpectralCentroid,
        Self::OnsetRate,
    ];

    /// The value in BPM, LUFS, Hz or onsets per second.
    #[must_use]
    pub fn value(self, descriptors: &Descriptors) -> Option<f64> {
        match self {
            Self::Tempo => descriptors.tempo_bpm,
            Self::Loudness => descriptors.loudness_lufs,
            Self::SpectralCentroid => descriptors.spectral_centroid_hz,
            Self::OnsetRate => descriptors.onset_rate,
        }
    }
}

/// Computes the descriptors of a stream of samples. Stores four bytes per 23 ms.
pub struct DescriptorExtractor {
    front_end: FrontEnd,
    loudness: Option<Loudness>,
    spectra: Spectra,
    /// `[n_fft / 2 + 1]`, sum of the magnitudes over all frames.
    magnitudes: Vec<f64>,
    onsets: OnsetStrength,
    samples: u64,
}

impl DescriptorExtractor {
    /// An extractor for mono samples at this rate in Hz.
    #[must_use]
    pub fn new(sample_rate_hz: u32) -> Self {
        let front_end = front_end_for(sample_rate_hz);
        Self {
            loudness: Loudness::mono(sample_rate_hz),
            spectra: Spectra::new(&front_end),
            magnitudes: vec![0.0; front_end.n_fft / 2 + 1],
            onsets: OnsetStrength::new(&front_end),
            samples: 0,
            front_end,
        }
    }

    /// Takes the next samples.
    pub fn push(&mut self, samples: &[f32]) {
        self.samples += samples.len() as u64;
        if let Some(loudness) = &mut self.loudness {
            loudness.add(samples);
        }
        let (magnitudes, onsets) = (&mut self.magnitudes, &mut self.onsets);
        self.spectra
            .push(samples, |power| accumulate(power, magnitudes, onsets));
    }

    /// The descriptors of all samples.
    #[must_use]
    pub fn finish(mut self) -> Descriptors {
        let (magnitudes, onsets) = (&mut self.magnitudes, &mut self.onsets);
        self.spectra
            .finish(|power| accumulate(power, magnitudes, onsets));
        // Without loudness the track is silent or shorter than 0.4 s.
        let loudness = self.loudness.and_then(|meter| meter.integrated_lufs());
        if loudness.is_none() {
            return Descriptors::default();
        }
        let seconds = self.samples as f64 / f64::from(self.front_end.sample_rate_hz);
        let envelope = self.onsets.finish();
        Descriptors {
            tempo_bpm: tempo::tempo(&envelope, &self.front_end),
            loudness_lufs: loudness,
            spectral_centroid_hz: centroid(&self.magnitudes, &self.front_end),
            onset_rate: Some(onsets::count(&envelope, &self.front_end) as f64 / seconds),
        }
    }
}

fn accumulate(power: &[f32], magnitudes: &mut [f64], onsets: &mut OnsetStrength) {
    for (sum, power) in magnitudes.iter_mut().zip(power) {
        *sum += f64::from(power.sqrt());
    }
    onsets.push(power);
}

/// The frames of librosa's defaults (2048 samples, hop 512, at 22.05 kHz) as closely as the rate allows: a hop always
/// lasts 23 ms, so that a tempo means the same at every rate, and a frame is the largest power of two that is not longer.
fn front_end_for(sample_rate_hz: u32) -> FrontEnd {
    let librosa = FrontEnd::librosa();
    let times = f64::from(sample_rate_hz) / f64::from(librosa.sample_rate_hz);
    let longest = (librosa.n_fft as f64 * times) as usize;
    let n_fft = 1 << longest.max(2).ilog2();
    FrontEnd {
        sample_rate_hz,
        n_fft,
        win_length: n_fft,
        hop_length: ((librosa.hop_length as f64 * times).round() as usize).max(1),
        fmax: f64::from(sample_rate_hz) / 2.0,
        ..librosa
    }
}

fn centroid(magnitudes: &[f64], front_end: &FrontEnd) -> Option<f64> {
    let bin_hz = f64::from(front_end.sample_rate_hz) / front_end.n_fft as f64;
    let total: f64 = magnitudes.iter().sum();
    let weighted = magnitudes.iter().enumerate();
    let weighted: f64 = weighted.map(|(bin, sum)| bin as f64 * bin_hz * sum).sum();
    (total > 0.0).then(|| weighted / total)
}

#[cfg(test)]
mod tests;
