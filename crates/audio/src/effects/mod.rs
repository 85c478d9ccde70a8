//! Audio effects for augmentation and for the robustness check: mono samples and a sample rate to samples, of the same
//! number unless the tempo changes. Pure functions of their parameters; random parameters are drawn by the caller.
//!
//! No amount makes an effect fail, so that no window stops a training: amounts are clamped to [`EffectKind::limits`].
//! Levels are not limited: a sample may exceed ±1.

mod codec;
mod echo;
mod filter;
mod gain;
mod pitch;
mod shift;
mod tempo;

#[cfg(test)]
mod tests;

pub use codec::{codec, cut_off_hz};
pub use echo::{ECHO_FEEDBACK, ECHO_MIX, echo};
pub use filter::{high_pass, low_pass};
pub use gain::gain;
pub use pitch::pitch;
pub use shift::shift;
pub use tempo::{source_samples, tempo};

use std::fmt;

/// The kinds of effects, in the order in which they are applied: first those that change time, last the codec, as in a
/// real production chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EffectKind {
    /// Time stretching by WSOLA.
    Tempo,
    /// Pitch shifting.
    Pitch,
    /// Butterworth high-pass of second order.
    HighPass,
    /// Butterworth low-pass of second order.
    LowPass,
    /// Delay with feedback.
    Echo,
    /// Change of level.
    Gain,
    /// Circular shift in time.
    TimeShift,
    /// Approximation of lossy coding.
    Codec,
}

/// One effect with its amount.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Effect {
    /// Speed as a factor, at the same pitch; the only effect that changes the number of samples.
    Tempo(f64),
    /// Semitones up, at the same tempo.
    Pitch(f64),
    /// Cutoff frequency in Hz.
    HighPass(f64),
    /// Cutoff frequency in Hz.
    LowPass(f64),
    /// As [`echo`].
    Echo {
        /// Delay of the first echo, and between echoes.
        delay_seconds: f64,
        /// Amplitude of each echo relative to the one before, 0 to 0.95.
        feedback: f64,
        /// Amplitude of the first echo relative to the sound.
        mix: f64,
    },
    /// Gain in dB.
    Gain(f64),
    /// Seconds later; samples that leave at the end enter at the start.
    TimeShift(f64),
    /// Bit rate of a stereo file in kbit/s.
    Codec(f64),
}

impl EffectKind {
    /// All kinds, in the order of application.
    pub const ALL: [Self; 8] = [
        Self::Tempo,
        Self::Pitch,
        Self::HighPass,
        Self::LowPass,
        Self::Echo,
        Self::Gain,
        Self::TimeShift,
        Self::Codec,
    ];

    /// The kinds that the studies applied together.
    pub const CHAIN: [Self; 5] = [
        Self::Tempo,
        Self::Pitch,
        Self::HighPass,
        Self::LowPass,
        Self::Echo,
    ];

    /// Name in presets and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Tempo => "tempo",
            Self::Pitch => "pitch",
            Self::HighPass => "high-pass",
            Self::LowPass => "low-pass",
            Self::Echo => "echo",
            Self::Gain => "gain",
            Self::TimeShift => "time-shift",
            Self::Codec => "codec",
        }
    }

    /// Unit of an amount.
    #[must_use]
    pub fn unit(self) -> &'static str {
        match self {
            Self::Tempo => "times as fast",
            Self::Pitch => "semitones",
            Self::HighPass | Self::LowPass => "Hz",
            Self::Echo | Self::TimeShift => "s",
            Self::Gain => "dB",
            Self::Codec => "kbit/s",
        }
    }

    /// Minimum and maximum of an amount.
    #[must_use]
    pub fn limits(self) -> [f64; 2] {
        match self {
            Self::Tempo => [0.5, 2.0],
            Self::Pitch => [-12.0, 12.0],
            Self::HighPass | Self::LowPass => [10.0, 24_000.0],
            Self::Echo => [0.001, 5.0],
            Self::Gain => [-60.0, 40.0],
            Self::TimeShift => [-600.0, 600.0],
            Self::Codec => [16.0, 320.0],
        }
    }

    /// A range that is audible at both ends and does not change which playlists a song fits; our choice, not taken from a
    /// study.
    #[must_use]
    pub fn typical(self) -> [f64; 2] {
        match self {
            Self::Tempo => [0.9, 1.1],
            Self::Pitch => [-2.0, 2.0],
            Self::HighPass => [40.0, 400.0],
            Self::LowPass => [3_000.0, 12_000.0],
            Self::Echo => [0.05, 0.4],
            Self::Gain => [-9.0, 6.0],
            Self::TimeShift => [-5.0, 5.0],
            Self::Codec => [32.0, 128.0],
        }
    }

    /// The effect with this amount; an echo gets the default feedback and mix.
    #[must_use]
    pub fn by(self, amount: f64) -> Effect {
        match self {
            Self::Tempo => Effect::Tempo(amount),
            Self::Pitch => Effect::Pitch(amount),
            Self::HighPass => Effect::HighPass(amount),
            Self::LowPass => Effect::LowPass(amount),
            Self::Echo => Effect::Echo {
                delay_seconds: amount,
                feedback: ECHO_FEEDBACK,
                mix: ECHO_MIX,
            },
            Self::Gain => Effect::Gain(amount),
            Self::TimeShift => Effect::TimeShift(amount),
            Self::Codec => Effect::Codec(amount),
        }
    }
}

impl Effect {
    /// Applies the effect to mono samples of about ±1.
    #[must_use]
    pub fn apply(&self, samples: &[f32], sample_rate_hz: u32) -> Vec<f32> {
        match *self {
            Self::Tempo(times) => tempo(samples, sample_rate_hz, times),
            Self::Pitch(semitones) => pitch(samples, sample_rate_hz, semitones),
            Self::HighPass(hertz) => high_pass(samples, sample_rate_hz, hertz),
            Self::LowPass(hertz) => low_pass(samples, sample_rate_hz, hertz),
            Self::Echo {
                delay_seconds,
                feedback,
                mix,
            } => echo(samples, sample_rate_hz, delay_seconds, feedback, mix),
            Self::Gain(decibels) => gain(samples, decibels),
            Self::TimeShift(seconds) => shift(samples, sample_rate_hz, seconds),
            Self::Codec(kilobits) => codec(samples, sample_rate_hz, kilobits),
        }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        match *self {
            Self::Tempo(times) => write!(out, "tempo {times:.3} times as fast"),
            Self::Pitch(semitones) => write!(out, "pitch {semitones:+.2} semitones"),
            Self::HighPass(hertz) => write!(out, "high-pass at {hertz:.0} Hz"),
            Self::LowPass(hertz) => write!(out, "low-pass at {hertz:.0} Hz"),
            Self::Echo {
                delay_seconds,
                feedback,
                mix,
            } => write!(
                out,
                "echo after {delay_seconds:.3} s, mix {mix:.2}, feedback {feedback:.2}"
            ),
            Self::Gain(decibels) => write!(out, "gain {decibels:+.1} dB"),
            Self::TimeShift(seconds) => write!(out, "shifted by {seconds:+.2} s"),
            Self::Codec(kilobits) => write!(
                out,
                "codec-like loss of {kilobits:.0} kbit/s, nothing above {:.0} Hz",
                cut_off_hz(kilobits)
            ),
        }
    }
}

/// Applies the effects in order and returns at most `length` samples. If the tempo changes, `length` samples result only
/// from an input of [`samples_needed`].
#[must_use]
pub fn apply_all(
    effects: &[Effect],
    samples: Vec<f32>,
    sample_rate_hz: u32,
    length: usize,
) -> Vec<f32> {
    effects.iter().fold(samples, |samples, effect| {
        let mut done = effect.apply(&samples, sample_rate_hz);
        done.truncate(length);
        done
    })
}

/// Number of input samples from which [`apply_all`] makes `length` samples.
#[must_use]
pub fn samples_needed(effects: &[Effect], sample_rate_hz: u32, length: usize) -> usize {
    effects.iter().fold(length, |length, effect| match effect {
        Effect::Tempo(times) => source_samples(length, sample_rate_hz, *times),
        _ => length,
    })
}
