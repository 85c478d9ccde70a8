//! An approximation of the loss of a low bit rate. As a codec does, it removes frequencies above a cutoff and quantises
//! the spectrum of short blocks per critical band, more coarsely at a lower bit rate. A codec also has what is missing
//! here: an MDCT (here: overlapping Fourier transforms), bit allocation by a psychoacoustic model (here: the same number
//! of bits per coefficient), a bit reservoir, joint stereo and short blocks for transients.

use realfft::RealFftPlanner;
use realfft::num_complex::Complex32;

use super::EffectKind;

/// Low-pass in hertz that LAME 3.100 sets for a constant bit rate in kbit/s (`optimum_bandwidth` in `lame.c`).
const CUT_OFFS: [(f64, f64); 14] = [
    (16.0, 3_700.0),
    (24.0, 3_900.0),
    (32.0, 5_500.0),
    (40.0, 7_000.0),
    (48.0, 7_500.0),
    (56.0, 10_000.0),
    (64.0, 11_000.0),
    (80.0, 13_500.0),
    (96.0, 15_100.0),
    (112.0, 15_600.0),
    (128.0, 17_000.0),
    (160.0, 17_500.0),
    (192.0, 18_600.0),
    (320.0, 20_500.0),
];
/// Edges of the critical bands (Zwicker 1961) in Hz; each is quantised by itself.
const BANDS_HZ: [f64; 24] = [
    100.0, 200.0, 300.0, 400.0, 510.0, 630.0, 770.0, 920.0, 1_080.0, 1_270.0, 1_480.0, 1_720.0,
    2_000.0, 2_320.0, 2_700.0, 3_150.0, 3_700.0, 4_400.0, 5_300.0, 6_400.0, 7_700.0, 9_500.0,
    12_000.0, 15_500.0,
];
/// About the block length of a codec.
const BLOCK_SECONDS: f64 = 0.02;

/// Cutoff frequency in Hz for a bit rate, interpolated from LAME's table.
#[must_use]
pub fn cut_off_hz(kilobits_per_second: f64) -> f64 {
    let rate = limited(kilobits_per_second);
    let between = |pair: &[(f64, f64)]| {
        let ((from, low), (to, high)) = (pair[0], pair[1]);
        (rate <= to).then(|| low + (high - low) * (rate - from) / (to - from))
    };
    let found = CUT_OFFS.windows(2).find_map(between);
    found.unwrap_or(CUT_OFFS[CUT_OFFS.len() - 1].1)
}

fn limited(kilobits_per_second: f64) -> f64 {
    let [min, max] = EffectKind::Codec.limits();
    kilobits_per_second.clamp(min, max)
}

/// Quantises mono samples as a stereo file of this bit rate would be, half of whose bits are for one channel.
#[must_use]
pub fn codec(samples: &[f32], sample_rate_hz: u32, kilobits_per_second: f64) -> Vec<f32> {
    let rate = f64::from(sample_rate_hz);
    let size = ((rate * BLOCK_SECONDS) as usize).max(4).next_power_of_two();
    let hop = size / 2;
    let mut planner = RealFftPlanner::<f32>::new();
    let (forward, inverse) = (
        planner.plan_fft_forward(size),
        planner.plan_fft_inverse(size),
    );
    let window: Vec<f32> = (0..size)
        .map(|n| (std::f32::consts::PI * (n as f32 + 0.5) / size as f32).sin())
        .collect();
    let quantiser = Quantiser::new(kilobits_per_second, rate, size);
    let mut padded = vec![0.0; hop];
    padded.extend_from_slice(samples);
    padded.resize(samples.len().next_multiple_of(hop) + 2 * hop, 0.0);
    let mut out = vec![0.0; padded.len()];
    let (mut block, mut spectrum) = (forward.make_input_vec(), forward.make_output_vec());
    for start in (0..=padded.len() - size).step_by(hop) {
        for ((block, sample), weight) in block.iter_mut().zip(&padded[start..]).zip(&window) {
            *block = sample * weight;
        }
        // Both fail only on buffers of another length than the planner's own, or on a spectrum whose first and last
        // coefficients are not real; quantising leaves them real.
        let _ = forward.process(&mut block, &mut spectrum);
        quantiser.apply(&mut spectrum);
        let _ = inverse.process(&mut spectrum, &mut block);
        for ((out, sample), weight) in out[start..].iter_mut().zip(&block).zip(&window) {
            *out += sample * weight / size as f32;
        }
    }
    out[hop..hop + samples.len()].to_vec()
}

/// Quantisation step of each band of a spectrum.
struct Quantiser {
    /// First coefficient of each band, then the first above the cutoff.
    edges: Vec<usize>,
    /// Step relative to the RMS of the band's coefficients.
    step: f64,
}

impl Quantiser {
    fn new(kilobits_per_second: f64, rate: f64, size: usize) -> Self {
        let cut_off = cut_off_hz(kilobits_per_second);
        let bits = limited(kilobits_per_second) * 500.0 / (2.0 * cut_off);
        let coefficient = |hertz: f64| (hertz / rate * size as f64).ceil() as usize;
        let last = coefficient(cut_off).min(size / 2 + 1);
        let mut edges = vec![0];
        edges.extend(
            BANDS_HZ
                .map(coefficient)
                .into_iter()
                .filter(|&edge| edge < last),
        );
        edges.push(last);
        edges.dedup();
        // The step at which a unit Gaussian costs this many bits after entropy coding: its differential entropy,
        // log2 sqrt(2 pi e), less log2 of the step.
        let step = (2.0 * std::f64::consts::PI * std::f64::consts::E).sqrt() / bits.exp2();
        Self { edges, step }
    }

    fn apply(&self, spectrum: &mut [Complex32]) {
        for edge in self.edges.windows(2) {
            let band = &mut spectrum[edge[0]..edge[1]];
            let power: f64 = band.iter().map(|value| f64::from(value.norm_sqr())).sum();
            let step = (self.step * (power / (2 * band.len()) as f64).sqrt()) as f32;
            if step.is_normal() {
                let rounded = |value: f32| (value / step).round() * step;
                band.iter_mut().for_each(|value| {
                    *value = Complex32::new(rounded(value.re), rounded(value.im));
                });
            }
        }
        let last = self.edges[self.edges.len() - 1];
        spectrum[last..].fill(Complex32::ZERO);
    }
}
