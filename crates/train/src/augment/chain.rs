//! The studies' chain: tempo, pitch, high-pass, low-pass and echo together.

use serde::{Deserialize, Serialize};

use super::chance::{amount, check_probability, check_range, happens};
use audio::effects::{Effect, EffectKind};

/// A window gets all five effects or none. The studies name the effects but not their amounts: the default ranges
/// `[min, max]` are this project's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EffectChain {
    /// Probability that a window gets the chain.
    ///
    /// Unit: probability. Range: 0 to 1.
    #[serde(alias = "probability")]
    pub p: f64,
    /// Speed range at constant pitch.
    ///
    /// Unit: factor. Range: 0.5 to 2.
    #[serde(default = "typical_tempo")]
    pub tempo: [f64; 2],
    /// Pitch shift range at constant speed.
    ///
    /// Unit: semitones. Range: -12 to 12.
    #[serde(default = "typical_pitch")]
    pub pitch: [f64; 2],
    /// Cut-off range of the high-pass filter.
    ///
    /// Unit: Hz. Range: 10 to 24000.
    #[serde(default = "typical_high_pass")]
    pub high_pass: [f64; 2],
    /// Cut-off range of the low-pass filter.
    ///
    /// Unit: Hz. Range: 10 to 24000.
    #[serde(default = "typical_low_pass")]
    pub low_pass: [f64; 2],
    /// Delay range of the echo; feedback and mix are the defaults of `echo`.
    ///
    /// Unit: seconds. Range: 0.001 to 5.
    #[serde(default = "typical_echo")]
    pub echo: [f64; 2],
}

fn typical_tempo() -> [f64; 2] {
    EffectKind::Tempo.typical()
}

fn typical_pitch() -> [f64; 2] {
    EffectKind::Pitch.typical()
}

fn typical_high_pass() -> [f64; 2] {
    EffectKind::HighPass.typical()
}

fn typical_low_pass() -> [f64; 2] {
    EffectKind::LowPass.typical()
}

fn typical_echo() -> [f64; 2] {
    EffectKind::Echo.typical()
}

impl EffectChain {
    /// Checks the probability and the ranges.
    ///
    /// # Errors
    /// Returns text that begins with the key.
    pub fn check(&self) -> Result<(), String> {
        check_probability(self.p)?;
        for (kind, range) in self.ranges() {
            let field = kind.name().replace('-', "_");
            check_range(kind, range).map_err(|reason| format!("{field}: {reason}"))?;
        }
        Ok(())
    }

    /// Draws all five effects; `None` if the window does not get the chain.
    pub fn draw(&self, random: &mut fastrand::Rng) -> Option<Vec<Effect>> {
        happens(self.p, random).then(|| {
            let drawn = self
                .ranges()
                .map(|(kind, range)| kind.by(amount(kind, range, random)));
            drawn.to_vec()
        })
    }

    fn ranges(&self) -> [(EffectKind, [f64; 2]); 5] {
        let range = |kind| match kind {
            EffectKind::Pitch => self.pitch,
            EffectKind::HighPass => self.high_pass,
            EffectKind::LowPass => self.low_pass,
            EffectKind::Echo => self.echo,
            _ => self.tempo,
        };
        EffectKind::CHAIN.map(|kind| (kind, range(kind)))
    }
}
