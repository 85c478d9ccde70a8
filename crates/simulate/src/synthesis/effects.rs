//! What is done to the whole mix, in place.

use std::f64::consts::TAU;

use fastrand::Rng;

/// Delays of Schroeder's parallel combs and of the all-passes behind them, in seconds (Schroeder 1962).
const COMBS: [f64; 4] = [0.0297, 0.0371, 0.0411, 0.0437];
const ALL_PASSES: [f64; 2] = [0.005, 0.0017];
const ALL_PASS_GAIN: f32 = 0.7;

/// Two poles at the same place: 12 dB an octave. The power stays what it was, so that what is dark is not soft too.
pub fn low_pass(samples: &mut [f32], cutoff_hz: f64, rate: f64) {
    let share = (1.0 - (-TAU * cutoff_hz.min(0.45 * rate) / rate).exp()) as f32;
    let before = effective(samples);
    let (mut first, mut second) = (0.0, 0.0);
    for sample in samples.iter_mut() {
        first += share * (*sample - first);
        second += share * (first - second);
        *sample = second;
    }
    let gain = before / effective(samples).max(f32::MIN_POSITIVE);
    samples.iter_mut().for_each(|sample| *sample *= gain);
}

/// Adds reverberation that falls by 60 dB in `seconds` and has about `wet` times the power of what comes in.
pub fn reverberate(samples: &mut [f32], seconds: f64, wet: f32, rate: f64) {
    let mut tail = vec![0.0_f32; samples.len()];
    for delay in COMBS {
        let feedback = 10.0_f64.powf(-3.0 * delay / seconds) as f32;
        // A comb gains 1 / (1 - feedback^2) in power.
        let level = wet * (1.0 - feedback * feedback).sqrt() / 2.0;
        let mut line = vec![0.0_f32; (delay * rate) as usize + 1];
        let mut at = 0;
        for (sample, tail) in samples.iter().zip(&mut tail) {
            let delayed = line[at];
            line[at] = sample + feedback * delayed;
            *tail += level * delayed;
            at = if at + 1 == line.len() { 0 } else { at + 1 };
        }
    }
    for delay in ALL_PASSES {
        let mut line = vec![0.0_f32; (delay * rate) as usize + 1];
        let mut at = 0;
        for sample in &mut tail {
            let delayed = line[at];
            let inner = *sample + ALL_PASS_GAIN * delayed;
            line[at] = inner;
            *sample = delayed - ALL_PASS_GAIN * inner;
            at = if at + 1 == line.len() { 0 } else { at + 1 };
        }
    }
    for (sample, tail) in samples.iter_mut().zip(tail) {
        *sample += tail;
    }
}

/// Brings the mix to the effective level `drive` and clips it softly at ±`ceiling`: a compressor and a limiter in one.
pub fn press(samples: &mut [f32], drive: f32, ceiling: f32) {
    let gain = drive / effective(samples).max(f32::MIN_POSITIVE);
    for sample in samples {
        *sample = ceiling * bend(gain * *sample);
    }
}

/// Root of the mean square.
fn effective(samples: &[f32]) -> f32 {
    let power: f64 = samples
        .iter()
        .map(|&sample| f64::from(sample).powi(2))
        .sum();
    (power / samples.len().max(1) as f64).sqrt() as f32
}

/// Near the hyperbolic tangent (its Padé approximant of degree 3), and exactly ±1 from ±3 on.
fn bend(value: f32) -> f32 {
    let value = value.clamp(-3.0, 3.0);
    value * (27.0 + value * value) / (27.0 + 9.0 * value * value)
}

/// White noise of this effective level.
pub fn add_noise(samples: &mut [f32], level: f32, random: &mut Rng) {
    // Uniform numbers within ±1 have the effective level 1 / sqrt(3).
    let width = 3.0_f32.sqrt() * level;
    for sample in samples {
        *sample += width * (2.0 * random.f32() - 1.0);
    }
}
