//! Leading and trailing silence.

use super::{Finding, Measurement, Severity};

/// -60 dB of full scale: inaudible next to music. Our own choice.
const SILENT_BELOW: f32 = 1e-3;
/// In seconds: the Red Book's pause between two tracks.
pub const WARN_LEADING_SECONDS: f64 = 2.0;
/// A fade may leave more. Our own choice.
const WARN_TRAILING_SECONDS: f64 = 5.0;
/// In seconds at either end: the limit of distributors that state one (Audiomaze, Omziki, MusicMyBand).
pub const MAX_SILENCE_SECONDS: f64 = 10.0;

#[derive(Default)]
pub struct Silence {
    frames: u64,
    /// The first frame with sound, and the one after the last.
    sound: Option<(u64, u64)>,
}

impl Silence {
    /// Adds interleaved frames.
    pub fn add(&mut self, interleaved: &[f32], channels: usize) {
        let is_sound = |sample: &f32| sample.abs() >= SILENT_BELOW;
        let frame = |sample: usize| self.frames + (sample / channels) as u64;
        // Most blocks begin and end with sound, so both searches are short.
        if let Some(last) = interleaved.iter().rposition(is_sound) {
            let end = frame(last) + 1;
            let first = match self.sound {
                Some((first, _)) => first,
                None => frame(interleaved.iter().position(is_sound).unwrap_or(last)),
            };
            self.sound = Some((first, end));
        }
        self.frames += (interleaved.len() / channels) as u64;
    }

    /// The silence at both ends; `rate` in Hz.
    pub fn finding(&self, rate: f64) -> Finding {
        let (first, end) = self.sound.unwrap_or((self.frames, self.frames));
        let leading_seconds = first as f64 / rate;
        let trailing_seconds = (self.frames - end) as f64 / rate;
        let is_ok =
            leading_seconds <= WARN_LEADING_SECONDS && trailing_seconds <= WARN_TRAILING_SECONDS;
        let severity = if is_ok {
            Severity::Ok
        } else if leading_seconds.max(trailing_seconds) > MAX_SILENCE_SECONDS {
            Severity::Error
        } else {
            Severity::Warning
        };
        Finding::new(
            severity,
            Measurement::Silence {
                leading_seconds,
                trailing_seconds,
            },
        )
    }
}
