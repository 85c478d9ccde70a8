//! How high a song reaches. Coding at a low bitrate, and bringing a recording up from a lower rate, leave a wall: music
//! up to it, and nothing above. Music that only grows softer towards the top has no wall.

use std::sync::Arc;

use realfft::num_complex::Complex32;
use realfft::{RealFftPlanner, RealToComplex};

use super::{Finding, Severity, tenths};
use crate::StreamInfo;

const NAME: &str = "Bandwidth";
/// About 10 Hz a bin.
const FFT_SECONDS: f64 = 0.09;
/// One frame in so many is looked at; walls do not come and go.
const EVERY: usize = 4;
const BAND_HZ: f64 = 250.0;
/// A wall drops by at least so much from the bands below it to the loudest above. Ours.
const CUTOFF_DROP_DB: f64 = 25.0;
const MIN_CUTOFF_HZ: f64 = 4_000.0;
/// LAME's MP3 at 128 kbit/s ends at 15 to 16.8 kHz, at 192 kbit/s at 17.5 kHz and above.
const LOW_BITRATE_BELOW_HZ: f64 = 17_200.0;
/// Below this level of a full-scale sine nothing is told apart.
const FLOOR: f64 = 1e-14;

/// The mean power spectrum of the first two channels.
pub struct Bandwidth {
    transform: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    /// Of each channel, the samples of the frame that fills; filled alike.
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

    /// Takes interleaved frames.
    pub fn add(&mut self, interleaved: &[f32], channels: usize) {
        let (mut place, end) = (0, interleaved.len() / channels);
        while place < end {
            if self.skipped > 0 {
                let skipped = self.skipped.min(end - place);
                self.skipped -= skipped;
                place += skipped;
                continue;
            }
            let taken = (self.window.len() - self.pending[0].len()).min(end - place);
            for (channel, pending) in self.pending.iter_mut().enumerate().take(channels) {
                let samples = &interleaved[place * channels..(place + taken) * channels];
                pending.extend(samples.iter().skip(channel).step_by(channels));
            }
            place += taken;
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

    pub fn finding(&self, facts: &StreamInfo) -> Finding {
        let nyquist = f64::from(facts.sample_rate_hz) / 2.0;
        // The filter of the rate itself, which another check speaks of.
        let is_own = |cutoff: f64| cutoff >= 0.75 * nyquist && nyquist < LOW_BITRATE_BELOW_HZ;
        let Some((cutoff, _)) = self.cutoff().filter(|(cutoff, _)| !is_own(*cutoff)) else {
            return Finding::ok(
                NAME,
                format!("no wall up to {} kHz", tenths(nyquist / 1000.0)),
            );
        };
        let measured = format!("nothing above a wall at {} kHz", tenths(cutoff / 1000.0));
        let advice = if cutoff < LOW_BITRATE_BELOW_HZ {
            "As coding at 128 kbit/s or a source of a lower rate leaves it: export from the session, lossless or with 256 kbit/s and more."
        } else if facts.is_lossless() && is_upsampled(cutoff, nyquist) {
            "As bringing it up from a lower sample rate leaves it: send it at the rate at which it was recorded."
        } else {
            return Finding::ok(NAME, measured);
        };
        Finding::new(NAME, Severity::Warning, measured, advice)
    }

    /// Where the wall is, in Hz, and by how many dB it drops; none where there is no wall.
    pub(super) fn cutoff(&self) -> Option<(f64, f64)> {
        let bands = self.bands();
        let first = (MIN_CUTOFF_HZ / BAND_HZ) as usize;
        let drop = |edge: usize| {
            // The bands beside the edge hold the slope of the filter.
            let below = median(bands.get(edge.checked_sub(5)?..edge - 1)?)?;
            let above = &bands[(edge + 2).min(bands.len())..];
            // Nothing comes back above a wall.
            let highest = above.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            (above.len() >= 2).then_some((edge as f64 * BAND_HZ, below - highest))
        };
        (first..bands.len())
            .filter_map(drop)
            .max_by(|one, other| one.1.total_cmp(&other.1))
            .filter(|(_, drop)| *drop >= CUTOFF_DROP_DB)
    }

    /// Mean level of each band, in dB of a full-scale sine, from 0 Hz to the last whole band.
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

/// Whether the wall stands just below half of a usual rate that is lower than the file's.
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
