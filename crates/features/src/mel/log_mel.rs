//! Short-time Fourier transform, filterbank and compression in one pass over the samples, and a second one over the
//! log-mel if its values are relative to its maximum.

use std::sync::Arc;

use realfft::num_complex::Complex32;
use realfft::{RealFftPlanner, RealToComplex};

use super::{Compression, Filterbank, FrontEnd, Padding, ShortInput, WindowFunction};

/// Computes log-mels without allocating per frame.
#[derive(Clone)]
pub struct LogMel {
    front_end: FrontEnd,
    /// `[n_fft]`, zero outside `win_length`.
    window: Vec<f32>,
    filterbank: Filterbank,
    transform: Arc<dyn RealToComplex<f32>>,
    /// The samples; with centred frames after pre-emphasis and padded by half a transform at both ends.
    padded: Vec<f32>,
    frame: Vec<f32>,
    spectrum: Vec<Complex32>,
    scratch: Vec<Complex32>,
    power: Vec<f32>,
    mel: Vec<f32>,
    /// Maximum mel power so far, for [`Compression::PowerToDb`].
    loudest: f32,
}

impl LogMel {
    /// Prepares window, transform and filterbank of a front end.
    #[must_use]
    pub fn new(front_end: &FrontEnd) -> Self {
        let transform = RealFftPlanner::new().plan_fft_forward(front_end.n_fft);
        Self {
            window: analysis_window(front_end),
            filterbank: Filterbank::new(front_end),
            padded: Vec::new(),
            frame: transform.make_input_vec(),
            spectrum: transform.make_output_vec(),
            scratch: transform.make_scratch_vec(),
            power: vec![0.0; front_end.n_fft / 2 + 1],
            mel: vec![0.0; front_end.n_mels],
            loudest: 0.0,
            transform,
            front_end: front_end.clone(),
        }
    }

    /// Appends the log-mel `[n_mels, frames]` of the samples to `out`, with [`FrontEnd::frames`] frames; with
    /// [`ShortInput::ZeroPad`] at least those of a window. A signal too short to be mirrored is padded with zeros.
    pub fn append(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        let own = self.front_end.frames(samples.len());
        let frames = match self.front_end.short_input {
            ShortInput::ZeroPad => own.max(self.front_end.window_frames()),
            ShortInput::Repeat | ShortInput::Silence => own,
        };
        let start = out.len();
        out.resize(
            start + self.front_end.n_mels * frames,
            self.front_end.blank(),
        );
        let log_mel = &mut out[start..];
        self.pad(samples);
        self.loudest = 0.0;
        for frame in 0..own {
            self.transform_frame(frame * self.front_end.hop_length);
            for (band, &value) in self.mel.iter().enumerate() {
                log_mel[band * frames + frame] = value;
            }
        }
        if let Compression::PowerToDb { floor, top_db } = self.front_end.compression {
            let loudest = decibels(self.loudest, floor);
            for value in log_mel {
                *value = self.front_end.scaled((*value - loudest).max(-top_db));
            }
        }
    }

    /// Reference level that was subtracted from the last log-mel, in its units: the maximum for
    /// [`Compression::PowerToDb`], else 0. Adding it makes the log-mels of a song comparable.
    #[must_use]
    pub fn reference(&self) -> f32 {
        match self.front_end.compression {
            Compression::PowerToDb { floor, .. } => {
                decibels(self.loudest, floor) / self.front_end.divisor
            }
            _ => 0.0,
        }
    }

    fn pad(&mut self, samples: &[f32]) {
        let FrontEnd {
            padding,
            pre_emphasis,
            n_fft,
            ..
        } = self.front_end;
        let padded = &mut self.padded;
        padded.clear();
        if padding == Padding::Inside {
            padded.extend_from_slice(samples);
            return;
        }
        let edge = n_fft / 2;
        padded.resize(edge, 0.0);
        match pre_emphasis {
            Some(coefficient) => padded.extend(
                samples
                    .windows(2)
                    .map(|pair| pair[1] - coefficient * pair[0]),
            ),
            None => padded.extend_from_slice(samples),
        }
        let length = padded.len() - edge;
        padded.resize(length + 2 * edge, 0.0);
        if padding == Padding::Reflected {
            for distance in 1..=edge.min(length.saturating_sub(1)) {
                padded[edge - distance] = padded[edge + distance];
                padded[edge + length - 1 + distance] = padded[edge + length - 1 - distance];
            }
        }
    }

    /// The frame that begins at `start` of the padded samples, into `frame`.
    fn cut_frame(&mut self, start: usize) {
        let FrontEnd {
            padding,
            n_fft,
            win_length,
            pre_emphasis,
            ..
        } = self.front_end;
        if padding != Padding::Inside {
            self.frame
                .copy_from_slice(&self.padded[start..start + n_fft]);
            return;
        }
        let samples = &self.padded[start..start + win_length];
        let mean = samples.iter().sum::<f32>() / win_length as f32;
        let share = pre_emphasis.unwrap_or(0.0);
        let left = (n_fft - win_length) / 2;
        let mut before = samples[0] - mean;
        self.frame.fill(0.0);
        for (out, sample) in self.frame[left..].iter_mut().zip(samples) {
            let level = sample - mean;
            *out = level - share * before;
            before = level;
        }
    }

    /// The frame that begins at `start` of the padded samples, into `mel`.
    fn transform_frame(&mut self, start: usize) {
        self.cut_frame(start);
        for (sample, weight) in self.frame.iter_mut().zip(&self.window) {
            *sample *= weight;
        }
        // Fails only on buffers of another length than the planner's own.
        let _ = self.transform.process_with_scratch(
            &mut self.frame,
            &mut self.spectrum,
            &mut self.scratch,
        );
        for (power, bin) in self.power.iter_mut().zip(&self.spectrum) {
            *power = bin.norm_sqr();
        }
        self.filterbank.apply(&self.power, &mut self.mel);
        self.compress();
    }

    /// Power in `mel` to what the network gets; where decibels count from the loudest of the log_mel, that is still to
    /// be taken away.
    fn compress(&mut self) {
        let Self {
            mel,
            front_end,
            loudest,
            ..
        } = self;
        let scaled = |value: f32| front_end.scaled(value);
        match front_end.compression {
            Compression::None => mel.iter_mut().for_each(|value| *value = scaled(*value)),
            Compression::NaturalLog { offset } => {
                mel.iter_mut()
                    .for_each(|value| *value = scaled((*value + offset).ln()));
            }
            Compression::NaturalLogFrom { floor } => {
                mel.iter_mut()
                    .for_each(|value| *value = scaled(value.max(floor).ln()));
            }
            Compression::Decibels { floor } => {
                mel.iter_mut()
                    .for_each(|value| *value = scaled(decibels(*value, floor)));
            }
            Compression::PowerToDb { floor, .. } => {
                *loudest = mel
                    .iter()
                    .fold(*loudest, |loudest, &power| loudest.max(power));
                mel.iter_mut()
                    .for_each(|value| *value = decibels(*value, floor));
            }
        }
    }
}

fn decibels(power: f32, floor: f32) -> f32 {
    10.0 * power.max(floor).log10()
}

/// `[n_fft]`, zero outside `win_length`.
pub(super) fn analysis_window(front_end: &FrontEnd) -> Vec<f32> {
    let length = front_end.win_length;
    let period = match front_end.window_function {
        WindowFunction::HannPeriodic => length,
        WindowFunction::HannSymmetric => length - 1,
    } as f64;
    let mut window = vec![0.0; front_end.n_fft];
    let left = (front_end.n_fft - length) / 2;
    for (n, weight) in window[left..left + length].iter_mut().enumerate() {
        *weight = (0.5 - 0.5 * (std::f64::consts::TAU * n as f64 / period).cos()) as f32;
    }
    window
}

#[cfg(test)]
mod tests;
