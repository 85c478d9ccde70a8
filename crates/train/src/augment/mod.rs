//! What is done to a batch before the network sees it, drawn anew for each: effects on the samples, masks on the
//! log-mels, mixing of windows. A preset's table `[augment]` comes in, effects with their amounts go out.
//!
//! ```toml
//! [augment]
//! tempo = { probability = 0.5, least = 0.9, most = 1.1 }         # times as fast
//! pitch = { probability = 0.5, least = -2, most = 2 }            # semitones
//! high_pass = { probability = 0.3, least = 40, most = 400 }      # Hz, drawn evenly in octaves; so is low_pass
//! low_pass = { probability = 0.3, least = 3000, most = 12000 }
//! echo = { probability = 0.3, least = 0.05, most = 0.4, feedback = 0.3, mix = 0.4 }   # delay in seconds
//! gain = { probability = 1.0, least = -9, most = 6 }             # dB
//! time_shift = { probability = 1.0, least = -5, most = 5 }       # seconds
//! codec = { probability = 0.2, least = 32, most = 128 }          # kbit/s
//! bundle = { probability = 0.2 }                                 # tempo, pitch, both filters and echo in one go
//! spec_augment = { probability = 0.8, time_masks = 2, time_share = 0.1, band_masks = 2, band_share = 0.15 }
//! ```
//!
//! Must not: hold state; all chance comes from the generator that is handed in.

mod chain;
mod chance;
mod mixup;
mod preview;
mod spec_augment;

#[cfg(test)]
mod tests;

pub use chain::EffectChain;
pub use chance::{Chance, EchoChance};
pub use mixup::mix;
pub use preview::{CHAIN_NAME, Levels, Preview, Previewer, Variant};
pub use spec_augment::SpecAugment;

use serde::{Deserialize, Serialize};

use audio::effects::{Effect, EffectKind};
use features::mel::Mask;

/// What is done to each window, drawn anew for every mini-batch; nothing by default. Of what is drawn for a window,
/// each effect happens once: where the bundle is drawn, its five are not drawn by themselves.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Augmentation {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tempo: Option<Chance>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pitch: Option<Chance>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high_pass: Option<Chance>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low_pass: Option<Chance>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub echo: Option<EchoChance>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gain: Option<Chance>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_shift: Option<Chance>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub codec: Option<Chance>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(alias = "bundle")]
    pub chain: Option<EffectChain>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spec_augment: Option<SpecAugment>,
}

impl Augmentation {
    /// # Errors
    /// In words, where a probability, a range or a share is out of reach.
    pub fn check(&self) -> Result<(), String> {
        for (kind, chance) in self.chances() {
            let field = kind.name().replace('-', "_");
            chance
                .check(kind)
                .map_err(|reason| format!("augment.{field}: {reason}"))?;
        }
        if let Some(echo) = &self.echo {
            echo.check()
                .map_err(|reason| format!("augment.echo: {reason}"))?;
        }
        if let Some(chain) = &self.chain {
            chain
                .check()
                .map_err(|reason| format!("augment.chain.{reason}"))?;
        }
        match &self.spec_augment {
            Some(masks) => masks
                .check()
                .map_err(|reason| format!("augment.spec_augment: {reason}")),
            None => Ok(()),
        }
    }

    /// What happens to one window, in the order of [`EffectKind::ALL`].
    pub fn draw(&self, random: &mut fastrand::Rng) -> Vec<Effect> {
        let chain = self.chain.as_ref().and_then(|chain| chain.draw(random));
        let mut drawn: Vec<Effect> = chain.unwrap_or_default();
        let is_chained = !drawn.is_empty();
        for (kind, chance) in self.chances() {
            if is_chained && EffectKind::CHAIN.contains(&kind) {
                continue;
            }
            if let Some(amount) = chance.draw(kind, random) {
                drawn.push(match &self.echo {
                    Some(echo) if kind == EffectKind::Echo => echo.after(amount),
                    _ => kind.by(amount),
                });
            }
        }
        drawn
    }

    /// What is covered of one window `[bands, frames]`.
    pub fn draw_masks(&self, bands: usize, frames: usize, random: &mut fastrand::Rng) -> Vec<Mask> {
        let masks = self.spec_augment.as_ref();
        masks.map_or_else(Vec::new, |masks| masks.draw(bands, frames, random))
    }

    fn chances(&self) -> impl Iterator<Item = (EffectKind, Chance)> {
        let chance = |kind| match kind {
            EffectKind::Tempo => self.tempo,
            EffectKind::Pitch => self.pitch,
            EffectKind::HighPass => self.high_pass,
            EffectKind::LowPass => self.low_pass,
            EffectKind::Echo => self.echo.map(|echo| echo.chance()),
            EffectKind::Gain => self.gain,
            EffectKind::TimeShift => self.time_shift,
            EffectKind::Codec => self.codec,
        };
        EffectKind::ALL
            .into_iter()
            .filter_map(move |kind| Some((kind, chance(kind)?)))
    }
}
