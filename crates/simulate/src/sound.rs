//! A style in musical units.

use super::style::Style;

/// Parameters of the synthesis. Each field depends on one latent, is strictly monotone in it, and does not saturate within
/// four standard deviations of a playlist, so that the audio determines the style.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sound {
    /// Beats a minute: 112, a fifth of an octave more for each 1 of the latent.
    pub tempo_bpm: f64,
    /// The tonic of the bass: 110 Hz, three semitones more for each 1. Not rounded to a key.
    pub tonic_hz: f64,
    /// Fraction of thirds, sixths and sevenths that are major, 0 to 1.
    pub major: f64,
    /// Where the low-pass over bass, chords and melody sets in.
    pub cutoff_hz: f64,
    /// The k-th harmonic has amplitude 1 / k to this power: 0.5 is sharp, 4 nearly a sine.
    pub rolloff: f64,
    /// Hits in a bar of sixteen steps; the fractional part is a probability.
    pub kicks: f64,
    /// As `kicks`.
    pub snares: f64,
    /// As `kicks`.
    pub hats: f64,
    /// How late every second step comes, in steps.
    pub swing: f64,
    /// Gain into the clipper: low keeps the dynamics, high compresses and raises the level.
    pub drive: f64,
    /// Notes of the melody in a bar.
    pub notes: f64,
    /// RMS level of the noise floor; 1 is full scale.
    pub noise: f64,
    /// Time in which the reverberation falls by 60 dB.
    pub reverb_seconds: f64,
}

impl From<&Style> for Sound {
    fn from(style: &Style) -> Sound {
        let [
            tempo,
            key,
            mode,
            brightness,
            harmonics,
            kick,
            snare,
            hat,
            swing,
            drive,
            melody,
            noise,
            reverb,
        ] = *style;
        Sound {
            tempo_bpm: 112.0 * (0.2 * tempo).exp2(),
            tonic_hz: 110.0 * (0.25 * key).exp2(),
            major: share(1.2 * mode),
            cutoff_hz: 1_500.0 * (0.75 * brightness).exp2(),
            rolloff: 1.6 * (-0.4 * harmonics).exp2(),
            kicks: 16.0 * share(0.6 * kick - 1.1),
            snares: 16.0 * share(0.6 * snare - 1.6),
            hats: 16.0 * share(0.7 * hat),
            swing: 0.5 * share(0.8 * swing - 0.5),
            drive: 0.5 * (0.8 * drive).exp2(),
            notes: 16.0 * share(0.6 * melody - 1.0),
            noise: 10.0_f64.powf((6.0 * noise - 42.0) / 20.0),
            reverb_seconds: 0.5 * (0.8 * reverb).exp2(),
        }
    }
}

/// The logistic function: from all numbers to those between 0 and 1.
fn share(value: f64) -> f64 {
    1.0 / (1.0 + (-value).exp())
}
