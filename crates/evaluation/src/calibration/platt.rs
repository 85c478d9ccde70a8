//! Platt scaling: a sigmoid with slope and offset.

use serde::{Deserialize, Serialize};

use super::super::sigmoid;

/// A logit and its label, 0 or 1.
pub type Pair = (f64, f64);

/// `fit = sigmoid(slope * logit + offset)` (Platt 1999); without an offset the slope is one over the temperature of
/// Guo et al. 2017.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Platt {
    /// Factor of the logit.
    pub slope: f64,
    /// Added to the scaled logit, in log odds.
    pub offset: f64,
}

impl Default for Platt {
    /// The plain sigmoid.
    fn default() -> Self {
        Self {
            slope: 1.0,
            offset: 0.0,
        }
    }
}

/// Gaussian prior of slope and offset: mean and standard deviations.
#[derive(Clone, Copy, Debug)]
pub struct Prior {
    pub centre: Platt,
    pub slope_deviation: f64,
    pub offset_deviation: f64,
}

impl Prior {
    /// So wide that it only keeps separable data finite.
    pub fn weak() -> Self {
        Self {
            centre: Platt::default(),
            slope_deviation: 30.0,
            offset_deviation: 30.0,
        }
    }

    fn precisions(&self) -> (f64, f64) {
        (
            self.slope_deviation.powi(-2),
            self.offset_deviation.powi(-2),
        )
    }
}

/// Which of the two numbers may move.
#[derive(Clone, Copy, PartialEq)]
enum Free {
    Slope,
    Offset,
    Both,
}

/// The smallest slope. It is nearly flat but keeps the order of the logits.
const MIN_SLOPE: f64 = 0.01;
const STEPS: usize = 100;
const ENOUGH: f64 = 1e-10;
/// The penalty per parameter, in nats (AIC, Akaike 1974).
const PRICE: f64 = 1.0;

impl Platt {
    /// The calibrated probability of a logit.
    pub fn fit(&self, logit: f64) -> f64 {
        sigmoid(self.line(logit))
    }

    fn line(&self, logit: f64) -> f64 {
        self.slope * logit + self.offset
    }

    /// The maximum a posteriori fit with a positive slope.
    pub fn learn(pairs: &[Pair], prior: &Prior) -> Self {
        let learned = newton(pairs, prior, prior.centre, Free::Both);
        if learned.slope >= MIN_SLOPE {
            return learned;
        }
        let level = Self {
            slope: MIN_SLOPE,
            ..prior.centre
        };
        newton(pairs, prior, level, Free::Offset)
    }

    /// The likeliest slope alone.
    pub fn temperature(pairs: &[Pair]) -> Self {
        let learned = newton(pairs, &Prior::weak(), Self::default(), Free::Slope);
        Self {
            slope: learned.slope.max(MIN_SLOPE),
            ..learned
        }
    }

    /// A temperature, with an offset only where that pays.
    pub fn temperature_or_offset(pairs: &[Pair]) -> Self {
        let temperature = Self::temperature(pairs);
        let both = Self::learn(pairs, &Prior::weak());
        if loss(pairs, |logit| temperature.fit(logit)) - loss(pairs, |logit| both.fit(logit))
            > PRICE
        {
            both
        } else {
            temperature
        }
    }

    /// Negative log posterior, stable for large logits.
    fn objective(&self, pairs: &[Pair], prior: &Prior) -> f64 {
        let of_pair = |&(logit, truth): &Pair| {
            let line = self.line(logit);
            line.max(0.0) - line * truth + (-line.abs()).exp().ln_1p()
        };
        let (slope, offset) = prior.precisions();
        pairs.iter().map(of_pair).sum::<f64>()
            + 0.5 * slope * (self.slope - prior.centre.slope).powi(2)
            + 0.5 * offset * (self.offset - prior.centre.offset).powi(2)
    }
}

/// Negative logarithm of the likelihood of what came true; a fit that was all too sure costs no more than 1e-12 does.
pub fn loss(pairs: &[Pair], fit: impl Fn(f64) -> f64) -> f64 {
    let of_pair = |&(logit, truth): &Pair| {
        let fit = fit(logit).clamp(1e-12, 1.0 - 1e-12);
        -(truth * fit.ln() + (1.0 - truth) * (1.0 - fit).ln())
    };
    pairs.iter().map(of_pair).sum()
}

/// Newton's method on a convex function, with steps halved until they lead down.
fn newton(pairs: &[Pair], prior: &Prior, start: Platt, free: Free) -> Platt {
    let mut now = start;
    let mut least = now.objective(pairs, prior);
    for _ in 0..STEPS {
        let step = step(&now, pairs, prior, free);
        let mut share = 1.0;
        let (next, objective) = loop {
            let next = Platt {
                slope: now.slope - share * step.0,
                offset: now.offset - share * step.1,
            };
            let objective = next.objective(pairs, prior);
            if objective <= least {
                break (next, objective);
            }
            share /= 2.0;
            // No step reduces the loss, or a logit is NaN.
            if share < ENOUGH {
                return now;
            }
        };
        let gained = least - objective;
        (now, least) = (next, objective);
        if step.0.abs() + step.1.abs() < ENOUGH || gained < ENOUGH * 1e-3 {
            break;
        }
    }
    now
}

/// Inverse Hessian times gradient.
fn step(now: &Platt, pairs: &[Pair], prior: &Prior, free: Free) -> (f64, f64) {
    let precision = prior.precisions();
    let mut gradient = (
        precision.0 * (now.slope - prior.centre.slope),
        precision.1 * (now.offset - prior.centre.offset),
    );
    let mut hessian = (precision.0, 0.0, precision.1);
    for &(logit, truth) in pairs {
        let fit = now.fit(logit);
        let (error, weight) = (fit - truth, fit * (1.0 - fit));
        gradient = (gradient.0 + error * logit, gradient.1 + error);
        hessian = (
            hessian.0 + weight * logit * logit,
            hessian.1 + weight * logit,
            hessian.2 + weight,
        );
    }
    match free {
        Free::Slope => (gradient.0 / hessian.0, 0.0),
        Free::Offset => (0.0, gradient.1 / hessian.2),
        Free::Both => {
            let determinant = hessian.0 * hessian.2 - hessian.1 * hessian.1;
            (
                (hessian.2 * gradient.0 - hessian.1 * gradient.1) / determinant,
                (hessian.0 * gradient.1 - hessian.1 * gradient.0) / determinant,
            )
        }
    }
}
