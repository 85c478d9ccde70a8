//! One hit of each drum, made once a track and mixed in where the score says.

use std::f64::consts::TAU;

use fastrand::Rng;

/// A sine that falls from 165 to 45 Hz.
pub fn kick(rate: f64) -> Vec<f32> {
    let mut phase = 0.0;
    let sample = |time: f64| {
        phase += (45.0 + 120.0 * (-time / 0.03).exp()) / rate;
        (TAU * phase).sin() * (-time / 0.08).exp()
    };
    hit(0.3, rate, sample)
}

/// Noise over a tone of 190 Hz.
pub fn snare(rate: f64, random: &mut Rng) -> Vec<f32> {
    let sample = |time: f64| {
        let noise = 2.0 * random.f64() - 1.0;
        (0.7 * noise + 0.4 * (TAU * 190.0 * time).sin()) * (-time / 0.06).exp()
    };
    hit(0.25, rate, sample)
}

/// Noise whose low half is taken away by two differences.
pub fn hat(rate: f64, random: &mut Rng) -> Vec<f32> {
    let mut before = [0.0; 2];
    let sample = |time: f64| {
        let noise = 2.0 * random.f64() - 1.0;
        let high = noise - 2.0 * before[0] + before[1];
        before = [noise, before[0]];
        0.4 * high * (-time / 0.02).exp()
    };
    hit(0.1, rate, sample)
}

/// Adds the hit at each start; samples after the end are dropped.
pub fn mix(hit: &[f32], starts: &[usize], level: f32, out: &mut [f32]) {
    for &start in starts {
        let place = out.get_mut(start..).unwrap_or_default();
        for (sample, own) in place.iter_mut().zip(hit) {
            *sample += level * own;
        }
    }
}

fn hit(seconds: f64, rate: f64, sample: impl FnMut(f64) -> f64) -> Vec<f32> {
    let times = (0..(seconds * rate) as usize).map(|place| place as f64 / rate);
    times.map(sample).map(|sample| sample as f32).collect()
}
