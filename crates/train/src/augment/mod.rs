//! Augmentation of training windows: effects on the samples, masks on the log-mels, mixing of windows.
//!
//! Input: the preset's table `[augment]` and a random generator. Output: effects with their amounts, and masks.
//!
//! Invariants: no state; all randomness comes from the generator that is passed in.

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

/// Augmentation of each window, drawn again for every batch; none by default. Each effect is applied at most once: if the
/// chain is drawn, its five effects are not drawn individually.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Augmentation {
    /// Speed at constant pitch (time stretching).
    ///
    /// Unit: factor. Range: 0.5 to 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tempo: Option<Chance>,
    /// Pitch shift at constant speed.
    ///
    /// Unit: semitones. Range: -12 to 12.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pitch: Option<Chance>,
    /// Cut-off frequency of a high-pass filter, drawn uniformly in octaves.
    ///
    /// Unit: Hz. Range: 10 to 24000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high_pass: Option<Chance>,
    /// Cut-off frequency of a low-pass filter, drawn uniformly in octaves; half the sample rate is the upper limit in effect.
    ///
    /// Unit: Hz. Range: 10 to 24000.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low_pass: Option<Chance>,
    /// Delay of an echo; with the keys feedback and mix.
    ///
    /// Unit: seconds. Range: 0.001 to 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub echo: Option<EchoChance>,
    /// Change of level.
    ///
    /// Unit: dB. Range: -60 to 40.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gain: Option<Chance>,
    /// Circular shift in time.
    ///
    /// Unit: seconds. Range: -600 to 600.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_shift: Option<Chance>,
    /// Simulated lossy coding at the bit rate of a stereo file.
    ///
    /// Unit: kbit/s. Range: 16 to 320.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub codec: Option<Chance>,
    /// Tempo, pitch, both filters and echo together: `{ p }`, and a range `[min, max]` per effect.
    ///
    /// Unit: see the table [augment.chain]. Range: see the table [augment.chain].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[serde(alias = "bundle")]
    pub chain: Option<EffectChain>,
    /// Masks on the log-mel (SpecAugment, Park et al. 2019).
    ///
    /// Unit: see the table [augment.spec_augment]. Range: see the table [augment.spec_augment].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spec_augment: Option<SpecAugment>,
}

impl Augmentation {
    /// Checks probabilities and ranges.
    ///
    /// # Errors
    /// Returns text that begins with the key, such as `augment.tempo`.
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

    /// Draws the effects of one window, in the order of [`EffectKind::ALL`].
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

    /// Draws the masks of one window `[bands, frames]`.
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
