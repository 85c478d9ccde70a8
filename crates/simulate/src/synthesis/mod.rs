//! A sound becomes samples: drums, bass, chords and a melody from one wavetable, a low-pass, reverberation, a clipper
//! and a bed of noise. Simple, but every latent of the style can be measured in it.

mod drums;
mod effects;
mod score;
#[cfg(test)]
mod tests;
mod wavetable;

use fastrand::Rng;

use self::drums::{hat, kick, mix, snare};
use self::score::Score;
use self::wavetable::{Envelope, Wavetable};
use super::sound::Sound;

/// Headroom below full scale after the clipper, for the noise.
const CEILING: f32 = 0.9;
/// Share of the reverberation.
const WET: f32 = 0.6;

/// Mono samples, about ±1. What the style leaves open (which chords, which notes) is drawn from `random`; the same
/// generator plays the same music at any rate.
#[must_use]
pub fn synthesise(sound: &Sound, random: &mut Rng, seconds: f64, sample_rate_hz: u32) -> Vec<f32> {
    let rate = f64::from(sample_rate_hz);
    let length = (seconds * rate).round() as usize;
    let score = Score::new(sound, length, rate, random);
    let wavetable = Wavetable::new(sound.rolloff, rate);
    let mut samples = vec![0.0; length];
    let second = |seconds: f64| seconds * rate;
    for (notes, attack, release, level) in [
        (&score.bass, 0.005, 1.0, 0.5),
        (&score.chords, 0.05, 0.2, 0.18),
        (&score.melody, 0.01, 0.8, 0.4),
    ] {
        for note in notes {
            let envelope = Envelope {
                attack: second(attack),
                release: release * note.length as f64,
                level,
            };
            wavetable.play(note, &envelope, &mut samples);
        }
    }
    effects::low_pass(&mut samples, sound.cutoff_hz, rate);
    mix(&snare(rate, random), &score.snares, 0.5, &mut samples);
    effects::reverberate(&mut samples, sound.reverb_seconds, WET, rate);
    mix(&kick(rate), &score.kicks, 0.9, &mut samples);
    mix(&hat(rate, random), &score.hats, 0.3, &mut samples);
    effects::press(&mut samples, sound.drive as f32, CEILING);
    effects::add_noise(&mut samples, sound.noise as f32, random);
    samples
}
