//! A stream of samples to power spectra, frame by frame.

use std::sync::Arc;

use realfft::num_complex::Complex32;
use realfft::{RealFftPlanner, RealToComplex};

use super::FrontEnd;
use super::log_mel::analysis_window;

/// Centred frames of a stream, zero-padded at both ends. Holds at most a frame and a block at a time.
pub struct Spectra {
    hop_length: usize,
    window: Vec<f32>,
    transform: Arc<dyn RealToComplex<f32>>,
    pending: Vec<f32>,
    frame: Vec<f32>,
    spectrum: Vec<Complex32>,
    scratch: Vec<Complex32>,
    power: Vec<f32>,
}

impl Spectra {
    /// Uses `n_fft`, `hop_length` and the window of a front end.
    #[must_use]
    pub fn new(front_end: &FrontEnd) -> Self {
        let transform = RealFftPlanner::new().plan_fft_forward(front_end.n_fft);
        Self {
            hop_length: front_end.hop_length,
            window: analysis_window(front_end),
            pending: vec![0.0; front_end.n_fft / 2],
            frame: transform.make_input_vec(),
            spectrum: transform.make_output_vec(),
            scratch: transform.make_scratch_vec(),
            power: vec![0.0; front_end.n_fft / 2 + 1],
            transform,
        }
    }

    /// Takes samples and calls `see` with the power `[n_fft / 2 + 1]` of each complete frame.
    pub fn push(&mut self, samples: &[f32], mut see: impl FnMut(&[f32])) {
        self.pending.extend_from_slice(samples);
        let mut start = 0;
        while start + self.window.len() <= self.pending.len() {
            self.transform_frame(start);
            see(&self.power);
            start += self.hop_length;
        }
        // If a hop is longer than a frame, the next frame may start in samples that have not arrived.
        let done = start.min(self.pending.len());
        self.pending.drain(..done);
    }

    /// Calls `see` with the frames that extend beyond the end.
    pub fn finish(mut self, see: impl FnMut(&[f32])) {
        let silence = vec![0.0; self.window.len() / 2];
        self.push(&silence, see);
    }

    fn transform_frame(&mut self, start: usize) {
        let samples = &self.pending[start..start + self.window.len()];
        for ((out, sample), weight) in self.frame.iter_mut().zip(samples).zip(&self.window) {
            *out = sample * weight;
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
    }
}
