//! The studies' set: tempo, pitch, high-pass, low-pass and echo, all in one go.

use serde::{Deserialize, Serialize};

use super::chance::{amount, check_probability, check_range, happens};
use audio::effects::{Effect, EffectKind};

/// Either all five happen to a window or none. The studies state which effects, not how much of each: the ranges, least
/// and most, are ours where a preset says nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EffectChain {
    #[serde(alias = "probability")]
    pub p: f64,
    #[serde(default = "usual_tempo")]
    pub tempo: [f64; 2],
    #[serde(default = "usual_pitch")]
    pub pitch: [f64; 2],
    #[serde(default = "usual_high_pass")]
    pub high_pass: [f64; 2],
    #[serde(default = "usual_low_pass")]
    pub low_pass: [f64; 2],
    /// Delay in seconds; feedback and mix are the usual ones.
    #[serde(default = "usual_echo")]
    pub echo: [f64; 2],
}

fn usual_tempo() -> [f64; 2] {
    EffectKind::Tempo.typical()
}

fn usual_pitch() -> [f64; 2] {
    EffectKind::Pitch.typical()
}

fn usual_high_pass() -> [f64; 2] {
    EffectKind::HighPass.typical()
}

fn usual_low_pass() -> [f64; 2] {
    EffectKind::LowPass.typical()
}

fn usual_echo() -> [f64; 2] {
    EffectKind::Echo.typical()
}

impl EffectChain {
    /// # Errors
    /// In words that begin with the field.
    pub fn check(&self) -> Result<(), String> {
        check_probability(self.p)?;
        for (kind, range) in self.ranges() {
            let field = kind.name().replace('-', "_");
            check_range(kind, range).map_err(|reason| format!("{field}: {reason}"))?;
        }
        Ok(())
    }

    /// All five, where it happens.
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
