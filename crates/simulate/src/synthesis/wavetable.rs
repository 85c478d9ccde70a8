//! Tones whose harmonics fall with a power of their number, read from one period that was summed beforehand.

use std::f64::consts::TAU;

use super::score::Note;

/// Samples of a period, a power of two; one more repeats the first.
const PERIOD_BITS: u32 = 11;
const PERIOD: usize = 1 << PERIOD_BITS;
/// Harmonics of each table; a note takes the richest that stays below half the sample rate.
const HARMONICS: [usize; 6] = [32, 16, 8, 4, 2, 1];

/// How loud a tone is over its length: straight up, held, straight down; times in samples.
pub struct Envelope {
    pub attack: f64,
    pub release: f64,
    pub level: f32,
}

pub struct Wavetable {
    /// In the order of [`HARMONICS`].
    tables: [Vec<f32>; HARMONICS.len()],
    rate: f64,
}

impl Wavetable {
    /// Harmonic k has amplitude `k^-rolloff`; every table has the same power.
    pub fn new(rolloff: f64, rate: f64) -> Self {
        let sine: Vec<f64> = (0..PERIOD)
            .map(|place| (TAU * place as f64 / PERIOD as f64).sin())
            .collect();
        let table = |harmonics: usize| {
            let amplitudes: Vec<f64> = (1..=harmonics)
                .map(|harmonic| (harmonic as f64).powf(-rolloff))
                .collect();
            let power: f64 = amplitudes.iter().map(|amplitude| amplitude.powi(2)).sum();
            let sample = |place: usize| {
                let terms = amplitudes
                    .iter()
                    .zip(1..)
                    .map(|(amplitude, harmonic)| amplitude * sine[place * harmonic % PERIOD]);
                (terms.sum::<f64>() / power.sqrt()) as f32
            };
            (0..=PERIOD).map(sample).collect()
        };
        Self {
            tables: HARMONICS.map(table),
            rate,
        }
    }

    /// Adds a note; samples after the end of `out` are dropped.
    pub fn play(&self, note: &Note, envelope: &Envelope, out: &mut [f32]) {
        let highest = 0.45 * self.rate / note.hertz;
        let place = HARMONICS
            .iter()
            .position(|&harmonics| harmonics as f64 <= highest);
        // A tone above what the rate can hold is not played.
        let Some(table) = place.map(|place| &self.tables[place]) else {
            return;
        };
        let Some(out) = out.get_mut(note.start..) else {
            return;
        };
        // One turn is 2^32, so that the phase wraps by itself.
        let turn = (note.hertz / self.rate * f64::from(u32::MAX)) as u32;
        let (rise, fall) = (
            envelope.attack.max(1.0).recip() as f32,
            envelope.release.max(1.0).recip() as f32,
        );
        let mut phase = 0_u32;
        let length = note.length;
        for (place, sample) in out.iter_mut().take(length).enumerate() {
            let at = (phase >> (32 - PERIOD_BITS)) as usize;
            let between = (phase << PERIOD_BITS) as f32 / u32::MAX as f32;
            let tone = table[at] + between * (table[at + 1] - table[at]);
            let gain = (place as f32 * rise).min((length - place) as f32 * fall);
            *sample += envelope.level * gain.min(1.0) * tone;
            phase = phase.wrapping_add(turn);
        }
    }
}
