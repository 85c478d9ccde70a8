//! Short-time Fourier transform, filterbank and compression in one pass over the samples.

use std::sync::Arc;

use realfft::num_complex::Complex32;
use realfft::{RealFftPlanner, RealToComplex};

use super::{Compression, Filterbank, FrontEnd, WindowShape};

/// Turns samples into log-mels, again and again, without allocating for a frame.
pub struct LogMel {
    front_end: FrontEnd,
    /// `[fft_size]`, zero outside `window_length`.
    window: Vec<f32>,
    filterbank: Filterbank,
    transform: Arc<dyn RealToComplex<f32>>,
    /// The samples after pre-emphasis, half a transform of reflection on both sides.
    padded: Vec<f32>,
    frame: Vec<f32>,
    spectrum: Vec<Complex32>,
    scratch: Vec<Complex32>,
    power: Vec<f32>,
    mel: Vec<f32>,
}

impl LogMel {
    pub fn new(front_end: &FrontEnd) -> Self {
        let transform = RealFftPlanner::new().plan_fft_forward(front_end.fft_size);
        Self {
            window: analysis_window(front_end),
            filterbank: Filterbank::new(front_end),
            padded: Vec::new(),
            frame: transform.make_input_vec(),
            spectrum: transform.make_output_vec(),
            scratch: transform.make_scratch_vec(),
            power: vec![0.0; front_end.fft_size / 2 + 1],
            mel: vec![0.0; front_end.mel_bands],
            transform,
            front_end: front_end.clone(),
        }
    }

    /// Samples to `[n_mels, frames]`, with [`FrontEnd::frames`] frames, appended to `out`.
    ///
    /// The edges are reflected as `torch.stft(center=True)` does; a signal too short to be reflected is
    /// continued by silence.
    pub fn append(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        let frames = self.front_end.frames(samples.len());
        let start = out.len();
        out.resize(start + self.front_end.mel_bands * frames, 0.0);
        let picture = &mut out[start..];
        self.pad(samples);
        for frame in 0..frames {
            self.transform_frame(frame * self.front_end.hop);
            for (band, &value) in self.mel.iter().enumerate() {
                picture[band * frames + frame] = value;
            }
        }
    }

    fn pad(&mut self, samples: &[f32]) {
        let edge = self.front_end.fft_size / 2;
        let padded = &mut self.padded;
        padded.clear();
        padded.resize(edge, 0.0);
        match self.front_end.pre_emphasis {
            Some(share) => padded.extend(samples.windows(2).map(|pair| pair[1] - share * pair[0])),
            None => padded.extend_from_slice(samples),
        }
        let length = padded.len() - edge;
        padded.resize(length + 2 * edge, 0.0);
        for distance in 1..=edge.min(length.saturating_sub(1)) {
            padded[edge - distance] = padded[edge + distance];
            padded[edge + length - 1 + distance] = padded[edge + length - 1 - distance];
        }
    }

    /// The frame that begins at `start` of the padded samples, into `mel`.
    fn transform_frame(&mut self, start: usize) {
        let samples = &self.padded[start..start + self.frame.len()];
        for ((out, sample), weight) in self.frame.iter_mut().zip(samples).zip(&self.window) {
            *out = sample * weight;
        }
        // Fails only on buffers of another length than the planner's own.
        let _ = self.transform.process_with_scratch(&mut self.frame, &mut self.spectrum, &mut self.scratch);
        for (power, bin) in self.power.iter_mut().zip(&self.spectrum) {
            *power = bin.norm_sqr();
        }
        self.filterbank.apply(&self.power, &mut self.mel);
        let FrontEnd { shift, divisor, .. } = self.front_end;
        if let Compression::NaturalLog { offset } = self.front_end.compression {
            self.mel.iter_mut().for_each(|value| *value = (*value + offset).ln());
        }
        self.mel.iter_mut().for_each(|value| *value = (*value + shift) / divisor);
    }
}

fn analysis_window(front_end: &FrontEnd) -> Vec<f32> {
    let length = front_end.window_length;
    let period = match front_end.window_shape {
        WindowShape::HannPeriodic => length,
        WindowShape::HannSymmetric => length - 1,
    } as f64;
    let mut window = vec![0.0; front_end.fft_size];
    let left = (front_end.fft_size - length) / 2;
    for (n, weight) in window[left..left + length].iter_mut().enumerate() {
        *weight = (0.5 - 0.5 * (std::f64::consts::TAU * n as f64 / period).cos()) as f32;
    }
    window
}
