//! How often an effect happens, and how much of it.

use serde::{Deserialize, Serialize};

use audio::effects::{ECHO_FEEDBACK, ECHO_MIX, Effect, EffectKind};

/// An effect that happens to a share of the windows, its amount drawn from a range.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chance {
    #[serde(alias = "probability")]
    pub p: f64,
    /// In the effect's unit ([`EffectKind::unit`]).
    #[serde(alias = "least")]
    pub min: f64,
    #[serde(alias = "most")]
    pub max: f64,
}

impl Chance {
    /// # Errors
    /// In words, where the probability is none or the range leaves the effect's limits.
    pub fn check(&self, kind: EffectKind) -> Result<(), String> {
        check_probability(self.p)?;
        check_range(kind, [self.min, self.max])
    }

    /// An amount, where it happens.
    pub fn draw(&self, kind: EffectKind, random: &mut fastrand::Rng) -> Option<f64> {
        happens(self.p, random).then(|| amount(kind, [self.min, self.max], random))
    }
}

/// As [`Chance`], of an echo's delay in seconds, with how loud the echoes are.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EchoChance {
    #[serde(alias = "probability")]
    pub p: f64,
    #[serde(alias = "least")]
    pub min: f64,
    #[serde(alias = "most")]
    pub max: f64,
    /// Loudness of each echo beside the one before it.
    #[serde(default = "usual_feedback")]
    pub feedback: f64,
    /// Loudness of the first echo beside the sound itself.
    #[serde(default = "usual_mix")]
    pub mix: f64,
}

fn usual_feedback() -> f64 {
    ECHO_FEEDBACK
}

fn usual_mix() -> f64 {
    ECHO_MIX
}

impl EchoChance {
    pub fn chance(&self) -> Chance {
        let Self { p, min, max, .. } = *self;
        Chance { p, min, max }
    }

    pub fn after(&self, delay_seconds: f64) -> Effect {
        Effect::Echo {
            delay_seconds,
            feedback: self.feedback,
            mix: self.mix,
        }
    }

    /// Beyond what [`Chance::check`] says of probability and delay.
    ///
    /// # Errors
    /// In words, where the echoes would be louder than what they repeat.
    pub fn check(&self) -> Result<(), String> {
        if !(0.0..=0.9).contains(&self.feedback) {
            return Err("feedback is from 0 to 0.9".into());
        }
        if !(0.0..=1.0).contains(&self.mix) {
            return Err("mix is from 0 to 1".into());
        }
        Ok(())
    }
}

/// # Errors
/// In words, where the number is no probability.
pub fn check_probability(p: f64) -> Result<(), String> {
    if (0.0..=1.0).contains(&p) {
        Ok(())
    } else {
        Err("p is from 0 to 1".into())
    }
}

/// # Errors
/// In words, where the range runs backwards or leaves the effect's limits.
pub fn check_range(kind: EffectKind, [min, max]: [f64; 2]) -> Result<(), String> {
    let limits = kind.limits();
    let inside = |amount: f64| (limits[0]..=limits[1]).contains(&amount);
    if min > max {
        return Err(format!(
            "the range runs from {min} down to {max}; let the smaller number come first"
        ));
    }
    if !inside(min) || !inside(max) {
        return Err(format!(
            "{min} to {max} is out of reach; it lies within {} to {} {}",
            limits[0],
            limits[1],
            kind.unit()
        ));
    }
    Ok(())
}

pub fn happens(p: f64, random: &mut fastrand::Rng) -> bool {
    random.f64() < p
}

/// Drawn evenly, a cut-off evenly in octaves, as the ear counts them.
pub fn amount(kind: EffectKind, [min, max]: [f64; 2], random: &mut fastrand::Rng) -> f64 {
    let share = random.f64();
    match kind {
        EffectKind::HighPass | EffectKind::LowPass => min * (max / min).powf(share),
        _ => min + share * (max - min),
    }
}
