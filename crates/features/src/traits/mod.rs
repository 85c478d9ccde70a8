//! What can be measured of how a track sounds, without a network. Mono samples at a front end's rate come in, block by
//! block (about ±1), [`Traits`] go out; a training clip and a song go through the same function, so that they compare.
//!
//! Must not: read files, or say what a number means for a list.

mod onsets;
mod tempo;

use serde::{Deserialize, Serialize};

use crate::mel::{FrontEnd, Spectra};
use audio::Loudness;
use onsets::Onsets;

/// Each is none where it cannot be told: in silence, and the tempo where no beat is plain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Traits {
    /// Beats a minute. Half and double of it may be heard as well: no measure of a recording decides between them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tempo_bpm: Option<f64>,
    /// Integrated loudness after EBU R 128, of all channels averaged to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loudness_lufs: Option<f64>,
    /// Where the spectrum balances: the centroid of its mean magnitudes. A loud moment counts more than a quiet one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brightness_hz: Option<f64>,
    /// Notes, beats and other beginnings a second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub onsets_per_second: Option<f64>,
}

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trait {
    Tempo,
    Loudness,
    Brightness,
    Onsets,
}

impl Trait {
    pub const ALL: [Self; 4] = [Self::Tempo, Self::Loudness, Self::Brightness, Self::Onsets];

    /// In BPM, LUFS, Hz and onsets a second.
    pub fn of(self, traits: &Traits) -> Option<f64> {
        match self {
            Self::Tempo => traits.tempo_bpm,
            Self::Loudness => traits.loudness_lufs,
            Self::Brightness => traits.brightness_hz,
            Self::Onsets => traits.onsets_per_second,
        }
    }
}

/// Measures while a track streams by. Keeps four bytes for each 23 ms of it.
pub struct TraitMeter {
    front_end: FrontEnd,
    loudness: Option<Loudness>,
    spectra: Spectra,
    /// Of each bin, its magnitudes over all frames.
    magnitudes: Vec<f64>,
    onsets: Onsets,
    samples: u64,
}

impl TraitMeter {
    pub fn new(sample_rate_hz: u32) -> Self {
        let front_end = frames_of(sample_rate_hz);
        Self {
            loudness: Loudness::of_mono(sample_rate_hz),
            spectra: Spectra::new(&front_end),
            magnitudes: vec![0.0; front_end.fft_size / 2 + 1],
            onsets: Onsets::new(&front_end),
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

    pub fn finish(mut self) -> Traits {
        let (magnitudes, onsets) = (&mut self.magnitudes, &mut self.onsets);
        self.spectra.finish(|power| see(power, magnitudes, onsets));
        // Where there is no loudness there is silence, or less than 0.4 s.
        let loudness = self.loudness.and_then(|meter| meter.integrated_lufs());
        if loudness.is_none() {
            return Traits::default();
        }
        let seconds = self.samples as f64 / f64::from(self.front_end.sample_rate_hz);
        let envelope = self.onsets.finish();
        Traits {
            tempo_bpm: tempo::tempo(&envelope, &self.front_end),
            loudness_lufs: loudness,
            brightness_hz: centroid(&self.magnitudes, &self.front_end),
            onsets_per_second: Some(onsets::count(&envelope, &self.front_end) as f64 / seconds),
        }
    }
}

fn see(power: &[f32], magnitudes: &mut [f64], onsets: &mut Onsets) {
    for (sum, power) in magnitudes.iter_mut().zip(power) {
        *sum += f64::from(power.sqrt());
    }
    onsets.see(power);
}

/// The frames of librosa's defaults (2048 samples, 512 apart, at 22.05 kHz) as nearly as the rate allows: a hop always
/// lasts 23 ms, so that a tempo means the same at every rate, and a frame is the power of two that reaches no further.
fn frames_of(sample_rate_hz: u32) -> FrontEnd {
    let librosa = FrontEnd::librosa();
    let times = f64::from(sample_rate_hz) / f64::from(librosa.sample_rate_hz);
    let longest = (librosa.fft_size as f64 * times) as usize;
    let fft_size = 1 << longest.max(2).ilog2();
    FrontEnd {
        sample_rate_hz,
        fft_size,
        window_length: fft_size,
        hop: ((librosa.hop as f64 * times).round() as usize).max(1),
        highest_hz: f64::from(sample_rate_hz) / 2.0,
        ..librosa
    }
}

fn centroid(magnitudes: &[f64], front_end: &FrontEnd) -> Option<f64> {
    let bin_hz = f64::from(front_end.sample_rate_hz) / front_end.fft_size as f64;
    let whole: f64 = magnitudes.iter().sum();
    let weighted = magnitudes.iter().enumerate();
    let weighted: f64 = weighted.map(|(bin, sum)| bin as f64 * bin_hz * sum).sum();
    (whole > 0.0).then(|| weighted / whole)
}

#[cfg(test)]
mod tests;
