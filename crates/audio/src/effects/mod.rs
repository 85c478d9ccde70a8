//! What may happen to a recording on its way to a listener, done on purpose: samples and a sample rate come in, samples
//! go out, of the same number except where the tempo changes. Pure functions, equal for equal parameters: whoever wants
//! chance draws the parameters.
//!
//! No amount makes any of them fail, so that no window stops a training: what is out of reach is brought into it. Levels
//! are not limited: a sample may end up beyond ±1.

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

/// The sorts of effects, in the order in which they are applied: what changes time comes first, the codec, which
/// stands at the end of a real chain too, comes last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EffectKind {
    Tempo,
    Pitch,
    HighPass,
    LowPass,
    Echo,
    Gain,
    TimeShift,
    Codec,
}

/// One effect with its amount.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Effect {
    /// Times as fast, at the same pitch; the only one that changes the number of samples.
    Tempo(f64),
    /// Semitones up, at the same tempo.
    Pitch(f64),
    /// Cut-off in hertz.
    HighPass(f64),
    /// Cut-off in hertz.
    LowPass(f64),
    Echo {
        delay_seconds: f64,
        feedback: f64,
        mix: f64,
    },
    /// In decibels.
    Gain(f64),
    /// Seconds later, in a circle.
    TimeShift(f64),
    /// Kilobits a second of a stereo file.
    Codec(f64),
}

impl EffectKind {
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

    /// What the studies did in one go.
    pub const CHAIN: [Self; 5] = [
        Self::Tempo,
        Self::Pitch,
        Self::HighPass,
        Self::LowPass,
        Self::Echo,
    ];

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

    /// What an amount counts.
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

    /// The least and the most that can be asked for.
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

    /// A range that is heard at both ends and yet leaves a song on its playlists; our choice, no study's.
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

    /// The effect of this amount, an echo with its usual feedback and mix.
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
    /// Does it to samples of about ±1.
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

/// One after the other, in the order given. Where the tempo changes and `length` samples are wanted, hand in
/// [`samples_needed`]; more than `length` never come out.
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

/// How many samples have to go in for `length` to come out.
pub fn samples_needed(effects: &[Effect], sample_rate_hz: u32, length: usize) -> usize {
    effects.iter().fold(length, |length, effect| match effect {
        Effect::Tempo(times) => source_samples(length, sample_rate_hz, *times),
        _ => length,
    })
}
