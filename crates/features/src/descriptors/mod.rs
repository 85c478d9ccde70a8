//! What can be measured of how a track sounds, without a network. Mono samples at a front end's rate come in, block by
//! block (about ±1), [`Descriptors`] go out; a training clip and a song go through the same function, so that they compare.
//!
//! Must not: read files, or say what a number means for a list.

mod onsets;
mod tempo;

use serde::{Deserialize, Serialize};

use crate::mel::{FrontEnd, Spectra};
use audio::Loudness;
use onsets::OnsetStrength;

/// Each is none where it cannot be told: in silence, and the tempo where no beat is plain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Descriptors {
    /// Beats a minute. Half and double of it may be heard as well: no measure of a recording decides between them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tempo_bpm: Option<f64>,
    /// Integrated loudness after EBU R 128, of all channels averaged to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loudness_lufs: Option<f64>,
    /// Where the spectrum balances: the centroid of its mean magnitudes. A loud moment counts more than a quiet one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(alias = "brightness_hz")]
    pub spectral_centroid_hz: Option<f64>,
    /// Notes, beats and other beginnings a second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(alias = "onsets_per_second")]
    pub onset_rate: Option<f64>,
}

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Descriptor {
    Tempo,
    Loudness,
    #[serde(alias = "brightness")]
    SpectralCentroid,
    #[serde(alias = "onsets")]
    OnsetRate,
}

impl Descriptor {
    pub const ALL: [Self; 4] = [
        Self::Tempo,
        Self::Loudness,
        Self::SpectralCentroid,
        Self::OnsetRate,
    ];

    /// In BPM, LUFS, Hz and onsets a second.
    pub fn value(self, descriptors: &Descriptors) -> Option<f64> {
        match self {
            Self::Tempo => descriptors.tempo_bpm,
            Self::Loudness => descriptors.loudness_lufs,
            Self::SpectralCentroid => descriptors.spectral_centroid_hz,
            Self::OnsetRate => descriptors.onset_rate,
        }
    }
}

/// Measures while a track streams by. Keeps four bytes for each 23 ms of it.
pub struct DescriptorExtractor {
    front_end: FrontEnd,
    loudness: Option<Loudness>,
    spectra: Spectra,
    /// Of each bin, its magnitudes over all frames.
    magnitudes: Vec<f64>,
    onsets: OnsetStrength,
    samples: u64,
}

impl DescriptorExtractor {
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
            .push(samples, |power| see(power, magnitudes, onsets));
    }

    pub fn finish(mut self) -> Descriptors {
        let (magnitudes, onsets) = (&mut self.magnitudes, &mut self.onsets);
        self.spectra.finish(|power| see(power, magnitudes, onsets));
        // Where there is no loudness there is silence, or less than 0.4 s.
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

fn see(power: &[f32], magnitudes: &mut [f64], onsets: &mut OnsetStrength) {
    for (sum, power) in magnitudes.iter_mut().zip(power) {
        *sum += f64::from(power.sqrt());
    }
    onsets.see(power);
}

/// The frames of librosa's defaults (2048 samples, 512 apart, at 22.05 kHz) as nearly as the rate allows: a hop always
/// lasts 23 ms, so that a tempo means the same at every rate, and a frame is the power of two that reaches no further.
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
    let whole: f64 = magnitudes.iter().sum();
    let weighted = magnitudes.iter().enumerate();
    let weighted: f64 = weighted.map(|(bin, sum)| bin as f64 * bin_hz * sum).sum();
    (whole > 0.0).then(|| weighted / whole)
}

#[cfg(test)]
mod tests;
