//! Cutoff frequency of a song. Lossy coding at a low bitrate, and upsampling, leave a sharp cutoff: music up to it, and
//! nothing above. Music that only gets softer towards high frequencies has no cutoff.

use std::sync::Arc;

use realfft::num_complex::Complex32;
use realfft::{RealFftPlanner, RealToComplex};

use super::{CutoffCause, Finding, Measurement, Severity};
use crate::StreamInfo;

/// About 10 Hz a bin.
const FFT_SECONDS: f64 = 0.09;
/// One frame in this many is analysed; a cutoff is constant over time.
const EVERY: usize = 4;
const BAND_HZ: f64 = 250.0;
/// Minimum drop from the bands below a cutoff to the loudest band above it. Our own choice.
const CUTOFF_DROP_DB: f64 = 25.0;
const MIN_CUTOFF_HZ: f64 = 4_000.0;
/// LAME's MP3 at 128 kbit/s ends at 15 to 16.8 kHz, at 192 kbit/s at 17.5 kHz and above.
const LOW_BITRATE_BELOW_HZ: f64 = 17_200.0;
/// Power floor relative to a full-scale sine.
const FLOOR: f64 = 1e-14;

/// The mean power spectrum of the first two channels.
pub struct Bandwidth {
    transform: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    /// The samples of the current frame, by channel.
    pending: [Vec<f32>; 2],
    skipped: usize,
    frame: Vec<f32>,
    spectrum: Vec<Complex32>,
    scratch: Vec<Complex32>,
    power: Vec<f64>,
    frames: u64,
    bin_hz: f64,
}

impl Bandwidth {
    pub fn new(sample_rate_hz: u32) -> Self {
        let longest = (f64::from(sample_rate_hz) * FFT_SECONDS) as usize;
        let size = longest.max(64).next_power_of_two();
        let transform = RealFftPlanner::new().plan_fft_forward(size);
        let hann = |n: usize| {
            let turn = std::f64::consts::TAU * n as f64 / size as f64;
            // Scaled so that a sine of full scale has a power of 1.
            ((0.5 - 0.5 * turn.cos()) * 4.0 / size as f64) as f32
        };
        Self {
            window: (0..size).map(hann).collect(),
            pending: Default::default(),
            skipped: 0,
            frame: transform.make_input_vec(),
            spectrum: transform.make_output_vec(),
            scratch: transform.make_scratch_vec(),
            power: vec![0.0; size / 2 + 1],
            frames: 0,
            bin_hz: f64::from(sample_rate_hz) / size as f64,
            transform,
        }
    }

    /// Adds interleaved frames.
    pub fn add(&mut self, interleaved: &[f32], channels: usize) {
        let (mut frame, end) = (0, interleaved.len() / channels);
        while frame < end {
            if self.skipped > 0 {
                let skipped = self.skipped.min(end - frame);
                self.skipped -= skipped;
                frame += skipped;
                continue;
            }
            let taken = (self.window.len() - self.pending[0].len()).min(end - frame);
            for (channel, pending) in self.pending.iter_mut().enumerate().take(channels) {
                let samples = &interleaved[frame * channels..(frame + taken) * channels];
                pending.extend(samples.iter().skip(channel).step_by(channels));
            }
            frame += taken;
            if self.pending[0].len() == self.window.len() {
                self.transform();
                self.skipped = (EVERY - 1) * self.window.len();
            }
        }
    }

    fn transform(&mut self) {
        for pending in self
            .pending
            .iter_mut()
            .filter(|pending| !pending.is_empty())
        {
            for ((out, sample), weight) in self.frame.iter_mut().zip(&*pending).zip(&self.window) {
                *out = sample * weight;
            }
            pending.clear();
            // Fails only on buffers of another length than the planner's own.
            let _ = self.transform.process_with_scratch(
                &mut self.frame,
                &mut self.spectrum,
                &mut self.scratch,
            );
            for (power, bin) in self.power.iter_mut().zip(&self.spectrum) {
                *power += f64::from(bin.norm_sqr());
            }
            self.frames += 1;
        }
    }

    /// The cutoff frequency of the song and its likely cause.
    pub fn finding(&self, facts: &StreamInfo) -> Finding {
        let nyquist_hz = f64::from(facts.sample_rate_hz) / 2.0;
        // The anti-aliasing filter of the file's own rate, which another check reports.
        let is_own = |cutoff: f64| cutoff >= 0.75 * nyquist_hz && nyquist_hz < LOW_BITRATE_BELOW_HZ;
        let found = self.cutoff().filter(|(cutoff, _)| !is_own(*cutoff));
        let cutoff_hz = found.map(|(cutoff, _)| cutoff);
        let cause = match cutoff_hz {
            Some(cutoff) if cutoff < LOW_BITRATE_BELOW_HZ => Some(CutoffCause::LowBitrate),
            Some(cutoff) if facts.is_lossless() && is_upsampled(cutoff, nyquist_hz) => {
                Some(CutoffCause::Upsampled)
            }
            _ => None,
        };
        let severity = cause.map_or(Severity::Ok, |_| Severity::Warning);
        Finding::new(
            severity,
            Measurement::Bandwidth {
                cutoff_hz,
                nyquist_hz,
                cause,
            },
        )
    }

    /// The cutoff in Hz, and the drop there in dB; `None` if there is no cutoff.
    pub(super) fn cutoff(&self) -> Option<(f64, f64)> {
        let bands = self.bands();
        let first = (MIN_CUTOFF_HZ / BAND_HZ) as usize;
        let drop = |edge: usize| {
            // The bands next to the edge contain the slope of the filter.
            let below = median(bands.get(edge.checked_sub(5)?..edge - 1)?)?;
            let above = &bands[(edge + 2).min(bands.len())..];
            // There is nothing above a cutoff.
            let highest = above.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            (above.len() >= 2).then_some((edge as f64 * BAND_HZ, below - highest))
        };
        (first..bands.len())
            .filter_map(drop)
            .max_by(|left, right| left.1.total_cmp(&right.1))
            .filter(|(_, drop)| *drop >= CUTOFF_DROP_DB)
    }

    /// Mean level of each band, in dB of a full-scale sine, from 0 Hz to the last complete band.
    fn bands(&self) -> Vec<f64> {
        let per_band = (BAND_HZ / self.bin_hz).max(1.0);
        let count = (self.power.len() as f64 / per_band) as usize;
        let level = |band: usize| {
            let [from, to] = [band, band + 1].map(|edge| (edge as f64 * per_band) as usize);
            let bins = &self.power[from..to];
            let mean = bins.iter().sum::<f64>() / (bins.len() as f64 * self.frames.max(1) as f64);
            10.0 * mean.max(FLOOR).log10()
        };
        (0..count).map(level).collect()
    }
}

/// Whether the cutoff is just below half of a common sample rate that is lower than the file's.
fn is_upsampled(cutoff: f64, nyquist: f64) -> bool {
    [22_050.0, 24_000.0, 44_100.0, 48_000.0]
        .iter()
        .any(|&usual| usual < 0.95 * nyquist && (0.94 * usual..=1.01 * usual).contains(&cutoff))
}

fn median(levels: &[f64]) -> Option<f64> {
    let mut sorted = levels.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied()
}
