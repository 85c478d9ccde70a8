//! The probability of an effect and the range of its amount.

use serde::{Deserialize, Serialize};

use audio::effects::{ECHO_FEEDBACK, ECHO_MIX, Effect, EffectKind};

/// An effect that is applied to a fraction of the windows, its amount drawn from a range: uniformly, but cut-off
/// frequencies uniformly in octaves.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chance {
    /// Probability that a window gets the effect.
    ///
    /// Unit: probability. Range: 0 to 1.
    #[serde(alias = "probability")]
    pub p: f64,
    /// Smallest amount, in the effect's unit ([`EffectKind::unit`]).
    ///
    /// Unit: the effect's. Range: the effect's, at most max.
    #[serde(alias = "least")]
    pub min: f64,
    /// Largest amount.
    ///
    /// Unit: the effect's. Range: the effect's, at least min.
    #[serde(alias = "most")]
    pub max: f64,
}

impl Chance {
    /// Checks the probability and the range.
    ///
    /// # Errors
    /// Returns text if the probability is not within 0–1 or the range exceeds the effect's limits.
    pub fn check(&self, kind: EffectKind) -> Result<(), String> {
        check_probability(self.p)?;
        check_range(kind, [self.min, self.max])
    }

    /// Draws an amount; `None` if the window does not get the effect.
    pub fn draw(&self, kind: EffectKind, random: &mut fastrand::Rng) -> Option<f64> {
        happens(self.p, random).then(|| amount(kind, [self.min, self.max], random))
    }
}

/// As [`Chance`] for an echo: its amount is the delay in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EchoChance {
    /// Probability that a window gets an echo.
    ///
    /// Unit: probability. Range: 0 to 1.
    #[serde(alias = "probability")]
    pub p: f64,
    /// Shortest delay.
    ///
    /// Unit: seconds. Range: 0.001 to 5, at most max.
    #[serde(alias = "least")]
    pub min: f64,
    /// Longest delay.
    ///
    /// Unit: seconds. Range: 0.001 to 5, at least min.
    #[serde(alias = "most")]
    pub max: f64,
    /// Amplitude of each echo relative to the one before it.
    ///
    /// Unit: fraction. Range: 0 to 0.9.
    #[serde(default = "default_feedback")]
    pub feedback: f64,
    /// Amplitude of the first echo relative to the dry signal.
    ///
    /// Unit: fraction. Range: 0 to 1.
    #[serde(default = "default_mix")]
    pub mix: f64,
}

fn default_feedback() -> f64 {
    ECHO_FEEDBACK
}

fn default_mix() -> f64 {
    ECHO_MIX
}

impl EchoChance {
    /// Probability and delay range.
    pub fn chance(&self) -> Chance {
        let Self { p, min, max, .. } = *self;
        Chance { p, min, max }
    }

    /// The echo with this delay.
    pub fn after(&self, delay_seconds: f64) -> Effect {
        Effect::Echo {
            delay_seconds,
            feedback: self.feedback,
            mix: self.mix,
        }
    }

    /// Checks feedback and mix; [`Chance::check`] checks probability and delay.
    ///
    /// # Errors
    /// Returns text if feedback or mix is out of range.
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
/// Returns text if the number is not within 0–1.
pub fn check_probability(p: f64) -> Result<(), String> {
    if (0.0..=1.0).contains(&p) {
        Ok(())
    } else {
        Err("p is from 0 to 1".into())
    }
}

/// # Errors
/// Returns text if min is above max or the range exceeds the effect's limits.
pub fn check_range(kind: EffectKind, [min, max]: [f64; 2]) -> Result<(), String> {
    let limits = kind.limits();
    let inside = |amount: f64| (limits[0]..=limits[1]).contains(&amount);
    if min > max {
        return Err(format!("min {min} is above max {max}"));
    }
    if !inside(min) || !inside(max) {
        return Err(format!(
            "{min} to {max} is out of range; the limits are {} to {} {}",
            limits[0],
            limits[1],
            kind.unit()
        ));
    }
    Ok(())
}

/// True with probability `p`.
pub fn happens(p: f64, random: &mut fastrand::Rng) -> bool {
    random.f64() < p
}

/// Drawn uniformly, a cut-off frequency uniformly in octaves.
pub fn amount(kind: EffectKind, [min, max]: [f64; 2], random: &mut fastrand::Rng) -> f64 {
    let fraction = random.f64();
    match kind {
        EffectKind::HighPass | EffectKind::LowPass => min * (max / min).powf(fraction),
        _ => min + fraction * (max - min),
    }
}
