//! Onset strength as librosa's `onset_strength` (spectral flux of a log-mel after Böck and Widmer 2013, Maximum filter
//! vibrato suppression for onset detection, without the filter), and its peaks.

use crate::mel::{Filterbank, FrontEnd};

/// Bands this far below the loudest band so far are clipped. librosa takes the loudest band of the whole recording, which
/// a stream does not know yet; only frames before the loudest one can differ.
const TOP_DB: f32 = 80.0;
const MIN_POWER: f32 = 1e-10;

/// Takes power spectra, frame by frame.
pub struct OnsetStrength {
    filterbank: Filterbank,
    bands: Vec<f32>,
    /// Levels in dB of the previous frame; empty at the start.
    before: Vec<f32>,
    loudest: f32,
    /// Shifted by half a frame, as librosa centres it.
    strengths: Vec<f32>,
    frames: usize,
}

impl OnsetStrength {
    pub fn new(front_end: &FrontEnd) -> Self {
        Self {
            filterbank: Filterbank::new(front_end),
            bands: vec![0.0; front_end.n_mels],
            before: Vec::new(),
            loudest: f32::NEG_INFINITY,
            strengths: vec![0.0; 1 + front_end.n_fft / (2 * front_end.hop_length)],
            frames: 0,
        }
    }

    /// Takes the power spectrum of the next frame.
    pub fn push(&mut self, power: &[f32]) {
        self.filterbank.apply(power, &mut self.bands);
        for band in &mut self.bands {
            *band = 10.0 * band.max(MIN_POWER).log10();
            self.loudest = self.loudest.max(*band);
        }
        if !self.before.is_empty() {
            let floor = self.loudest - TOP_DB;
            let pairs = self.bands.iter().zip(&self.before);
            let rises = pairs.map(|(now, before)| (now.max(floor) - before.max(floor)).max(0.0));
            let mean = rises.sum::<f32>() / self.bands.len() as f32;
            self.strengths.push(mean);
        }
        self.before.clone_from(&self.bands);
        self.frames += 1;
    }

    /// `[frames]`, mean rise of the bands in dB.
    pub fn finish(mut self) -> Vec<f32> {
        self.strengths.truncate(self.frames);
        self.strengths
    }
}

/// Number of onsets as librosa's `onset_detect` finds them: peaks of the strength, scaled to 0..1, that are the maximum of
/// the 30 ms before, exceed the mean of 100 ms on both sides by [`ABOVE_MEAN`], and are 30 ms apart.
pub fn count(strengths: &[f32], front_end: &FrontEnd) -> usize {
    const ABOVE_MEAN: f32 = 0.07;
    let frames_in = |seconds: f64| {
        let samples = seconds * f64::from(front_end.sample_rate_hz);
        (samples / front_end.hop_length as f64) as usize
    };
    let (near, wide) = (frames_in(0.03), frames_in(0.10));
    let lowest = strengths.iter().copied().fold(f32::INFINITY, f32::min);
    let highest = strengths.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    if highest <= lowest {
        return 0;
    }
    let scaled: Vec<f32> = strengths
        .iter()
        .map(|strength| (strength - lowest) / (highest - lowest))
        .collect();
    let is_onset = |index: usize| {
        let around = &scaled[index.saturating_sub(wide)..(index + wide + 1).min(scaled.len())];
        let mean = around.iter().sum::<f32>() / around.len() as f32;
        let recent = &scaled[index.saturating_sub(near)..=index];
        let is_highest = recent.iter().all(|other| *other <= scaled[index]);
        is_highest && scaled[index] >= mean + ABOVE_MEAN
    };
    let (mut onsets, mut index) = (0, 0);
    while index < scaled.len() {
        if is_onset(index) {
            onsets += 1;
            index += near;
        }
        index += 1;
    }
    onsets
}
