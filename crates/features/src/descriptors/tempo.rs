//! Beats a minute: the lag at which the onset strength is most like itself, weighed by how people tap (a log-normal
//! around 120 BPM; Ellis 2007, Beat tracking by dynamic programming), over the mean of a tempogram as librosa's
//! `feature.tempo` makes it.

use realfft::RealFftPlanner;
use realfft::num_complex::Complex32;

use crate::mel::FrontEnd;

/// Lags are looked for within so much, and so much is heard at once.
const WINDOW_SECONDS: u64 = 8;
const USUAL_BPM: f64 = 120.0;
/// Spread of the log-normal in octaves.
const SPREAD_OCTAVES: f64 = 1.0;
const MAX_BPM: f64 = 320.0;
/// A beat is plain where the likeness at its lag stands so far above the median of the lags within [`NEARBY`]. White
/// noise reaches 0.005, clicks at random 0.04; of 70 excerpts of ten genres 8 stay below, 4 of the 7 classical ones among
/// them (`scripts/golden/descriptors.py` has the same measure).
const PLAIN_ABOVE: f32 = 0.05;
const NEARBY: f64 = 1.4;
/// Bands that rise by less than this on average do not make an onset: the beating of a chord that is held is none.
const MIN_ONSET_STRENGTH: f32 = 0.1;

/// None where no beat is plain, or the recording is shorter than [`WINDOW_SECONDS`].
pub fn tempo(strengths: &[f32], front_end: &FrontEnd) -> Option<f64> {
    let rate = u64::from(front_end.sample_rate_hz);
    let lags = (WINDOW_SECONDS * rate / front_end.hop_length as u64) as usize;
    let mean = strengths.iter().sum::<f32>() / strengths.len().max(1) as f32;
    if strengths.len() < lags || lags < 8 || mean < MIN_ONSET_STRENGTH {
        return None;
    }
    let likeness = mean_autocorrelation(strengths, lags);
    let bpm_of_one = 60.0 * rate as f64 / front_end.hop_length as f64;
    let weight = |lag: usize| {
        let bpm = bpm_of_one / lag as f64;
        let octaves = (bpm / USUAL_BPM).log2() / SPREAD_OCTAVES;
        (1e6 * f64::from(likeness[lag])).ln_1p() - 0.5 * octaves * octaves
    };
    let best = (1..lags)
        .filter(|&lag| bpm_of_one / (lag as f64) < MAX_BPM)
        .max_by(|&one, &other| weight(one).total_cmp(&weight(other)).then(other.cmp(&one)))?;
    has_clear_beat(&likeness, best).then(|| bpm_of_one / refined(&likeness, best))
}

fn has_clear_beat(likeness: &[f32], lag: usize) -> bool {
    let first = ((lag as f64 / NEARBY) as usize).max(1);
    let end = ((lag as f64 * NEARBY) as usize + 1).min(likeness.len());
    let mut nearby = likeness[first..end].to_vec();
    nearby.sort_by(f32::total_cmp);
    let median = nearby.get(nearby.len() / 2);
    median.is_some_and(|median| likeness[lag] - median >= PLAIN_ABOVE)
}

/// The top of the parabola through a peak and its neighbours: finer than a whole lag, which is 5 % at 120 BPM.
fn refined(likeness: &[f32], lag: usize) -> f64 {
    let at = |lag: usize| likeness.get(lag).copied().map(f64::from);
    let (Some(left), Some(top), Some(right)) = (at(lag - 1), at(lag), at(lag + 1)) else {
        return lag as f64;
    };
    let bend = left - 2.0 * top + right;
    if left <= top && right <= top && bend < 0.0 {
        lag as f64 + 0.5 * (left - right) / bend
    } else {
        lag as f64
    }
}

/// How like itself the strength is after so many frames: `[lags]`, 1 at no lag, each moment weighed by a Hann window
/// and counted alike however loud. The mean over librosa's tempogram.
fn mean_autocorrelation(strengths: &[f32], lags: usize) -> Vec<f32> {
    let size = (2 * lags).next_power_of_two();
    let mut planner = RealFftPlanner::<f32>::new();
    let (forward, inverse) = (
        planner.plan_fft_forward(size),
        planner.plan_fft_inverse(size),
    );
    let window: Vec<f32> = (0..lags)
        .map(|n| (0.5 - 0.5 * (std::f64::consts::TAU * n as f64 / lags as f64).cos()) as f32)
        .collect();
    let padded = padded(strengths, lags / 2);
    let mut frame = forward.make_input_vec();
    let mut spectrum = forward.make_output_vec();
    let mut scratch = forward.make_scratch_vec();
    let mut powers = vec![0.0_f64; spectrum.len()];
    for moment in padded.windows(lags).take(strengths.len()) {
        frame.fill(0.0);
        for ((out, strength), weight) in frame.iter_mut().zip(moment).zip(&window) {
            *out = strength * weight;
        }
        let energy: f32 = frame.iter().map(|value| value * value).sum();
        if energy > f32::MIN_POSITIVE {
            // Neither transform fails but on buffers of another length than the planner's own.
            let _ = forward.process_with_scratch(&mut frame, &mut spectrum, &mut scratch);
            for (power, bin) in powers.iter_mut().zip(&spectrum) {
                *power += f64::from(bin.norm_sqr() / energy);
            }
        }
    }
    let scale = 1.0 / (size * strengths.len()) as f64;
    for (bin, power) in spectrum.iter_mut().zip(&powers) {
        *bin = Complex32::new((power * scale) as f32, 0.0);
    }
    let _ = inverse.process(&mut spectrum, &mut frame);
    frame.truncate(lags);
    frame
}

/// With silence before, and a ramp down to silence behind.
fn padded(strengths: &[f32], edge: usize) -> Vec<f32> {
    let last = strengths.last().copied().unwrap_or_default();
    let ramp = (0..edge).map(|n| last * (edge - 1 - n) as f32 / edge as f32);
    let silence = std::iter::repeat_n(0.0, edge);
    silence
        .chain(strengths.iter().copied())
        .chain(ramp)
        .collect()
}
