//! Silence before the music and behind it.

use super::{Finding, Severity, tenths};

/// -60 dB of full scale: what stays below it nobody hears beside music. Ours.
const SILENT_BELOW: f32 = 1e-3;
/// The Red Book's pause between two tracks lasts 2 s. A fade may leave more behind it; that threshold is ours.
const WARN_LEADING_SECONDS: f64 = 2.0;
const WARN_TRAILING_SECONDS: f64 = 5.0;
/// Distributors who state a limit (Audiomaze, Omziki, MusicMyBand) all take no more than this at either end.
const MAX_SILENCE_SECONDS: f64 = 10.0;

#[derive(Default)]
pub struct Silence {
    frames: u64,
    /// The first frame with sound, and the one behind the last.
    sound: Option<(u64, u64)>,
}

impl Silence {
    /// Takes interleaved frames.
    pub fn add(&mut self, interleaved: &[f32], channels: usize) {
        let is_sound = |sample: &f32| sample.abs() >= SILENT_BELOW;
        let frame = |sample: usize| self.frames + (sample / channels) as u64;
        // Most blocks begin and end with sound, so both searches end soon.
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

    pub fn finding(&self, rate: f64) -> Finding {
        const NAME: &str = "Silence at the ends";
        let (first, end) = self.sound.unwrap_or((self.frames, self.frames));
        let leading = first as f64 / rate;
        let trailing = (self.frames - end) as f64 / rate;
        let measured = format!(
            "{} s before, {} s behind",
            tenths(leading),
            tenths(trailing)
        );
        if leading <= WARN_LEADING_SECONDS && trailing <= WARN_TRAILING_SECONDS {
            return Finding::ok(NAME, measured);
        }
        if leading.max(trailing) > MAX_SILENCE_SECONDS {
            let advice =
                format!("Cut it: distributors take no more than {MAX_SILENCE_SECONDS:.0} s.");
            return Finding::new(NAME, Severity::Error, measured, advice);
        }
        let advice =
            format!("Trim it to under {WARN_LEADING_SECONDS:.0} s: editors skip silent intros.");
        Finding::new(NAME, Severity::Warning, measured, advice)
    }
}
