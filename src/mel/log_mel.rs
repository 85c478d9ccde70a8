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
        let _ = self.transform.process_with_scratch(
            &mut self.frame,
            &mut self.spectrum,
            &mut self.scratch,
        );
        for (power, bin) in self.power.iter_mut().zip(&self.spectrum) {
            *power = bin.norm_sqr();
        }
        self.filterbank.apply(&self.power, &mut self.mel);
        let FrontEnd { shift, divisor, .. } = self.front_end;
        if let Compression::NaturalLog { offset } = self.front_end.compression {
            self.mel
                .iter_mut()
                .for_each(|value| *value = (*value + offset).ln());
        }
        self.mel
            .iter_mut()
            .for_each(|value| *value = (*value + shift) / divisor);
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

#[cfg(test)]
mod tests {
    use safetensors::SafeTensors;

    use super::*;

    const GOLDEN: &[u8] = include_bytes!("../../fixtures/golden/log_mel.safetensors");

    fn golden(name: &str) -> Vec<f32> {
        let file = SafeTensors::deserialize(GOLDEN).unwrap();
        let bytes = file.tensor(name).unwrap().data();
        bytes
            .chunks_exact(4)
            .map(|four| f32::from_le_bytes(four.try_into().unwrap()))
            .collect()
    }

    fn log_mel(front_end: &FrontEnd, samples: &[f32]) -> Vec<f32> {
        let mut out = Vec::new();
        LogMel::new(front_end).append(samples, &mut out);
        out
    }

    fn worst(ours: &[f32], theirs: &[f32], scale: impl Fn(f32) -> f32) -> f32 {
        assert_eq!(ours.len(), theirs.len());
        ours.iter()
            .zip(theirs)
            .map(|(a, b)| (a - b).abs() / scale(*b))
            .fold(0.0, f32::max)
    }

    /// Tolerance 1e-4 in the network's units, which span about 5: a hundredth of a decibel.
    #[test]
    fn efficientat_equals_the_reference() {
        let front_end = FrontEnd::efficientat();
        for (signal, wanted) in [("signal", "log_mel"), ("short_signal", "short_log_mel")] {
            let ours = log_mel(&front_end, &golden(&format!("efficientat.{signal}")));
            let off = worst(&ours, &golden(&format!("efficientat.{wanted}")), |_| 1.0);
            assert!(off < 1e-4, "{signal}: off by {off}");
        }
    }

    /// Tolerance one part in 10,000 of each power, above a floor of a millionth of the loudest.
    #[test]
    fn stern_equals_torchaudio() {
        let front_end = FrontEnd::stern();
        for (signal, wanted) in [("signal", "mel"), ("short_signal", "short_mel")] {
            let ours = log_mel(&front_end, &golden(&format!("stern.{signal}")));
            let theirs = golden(&format!("stern.{wanted}"));
            let floor = 1e-6
                * theirs
                    .iter()
                    .fold(0.0_f32, |loudest, power| loudest.max(*power));
            let off = worst(&ours, &theirs, |power| power + floor);
            assert!(off < 1e-4, "{signal}: off by {off}");
        }
    }

    /// Tolerance 1e-4 of a weight, which is at most 1: the reference computes its filters in single precision.
    #[test]
    fn the_filterbanks_equal_the_references() {
        for front_end in [FrontEnd::efficientat(), FrontEnd::stern()] {
            let wanted = golden(&format!("{}.filterbank", front_end.name));
            let bins = front_end.fft_size / 2 + 1;
            let filterbank = Filterbank::new(&front_end);
            let mut mel = vec![0.0; front_end.mel_bands];
            for bin in 0..bins {
                let mut power = vec![0.0; bins];
                power[bin] = 1.0;
                filterbank.apply(&power, &mut mel);
                for (band, weight) in mel.iter().enumerate() {
                    let off = (weight - wanted[band * bins + bin]).abs();
                    assert!(
                        off < 1e-4,
                        "{}: band {band}, bin {bin}: off by {off}",
                        front_end.name
                    );
                }
            }
        }
    }

    #[test]
    fn any_number_of_samples_gives_finite_numbers_of_the_promised_shape() {
        for front_end in [FrontEnd::efficientat(), FrontEnd::stern()] {
            for samples in [0, 1, 2, 511, 512, 513, 1024, 4_001] {
                let picture = log_mel(&front_end, &vec![0.5; samples]);
                assert_eq!(
                    picture.len(),
                    front_end.mel_bands * front_end.frames(samples),
                    "{samples} samples"
                );
                assert!(picture.iter().all(|value| value.is_finite()));
            }
        }
    }

    #[test]
    fn a_window_has_the_shape_that_the_network_was_trained_on() {
        assert_eq!(FrontEnd::efficientat().window_frames(), 1000);
        assert_eq!(FrontEnd::stern().window_frames(), 10_336);
    }
}
