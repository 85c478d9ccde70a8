//! Isotonic regression (pool adjacent violators).

use serde::{Deserialize, Serialize};

use super::platt::Pair;

/// Pool adjacent violators (Ayer et al. 1955; Zadrozny and Elkan 2002), linear between the steps and level beyond both
/// ends, as scikit-learn's `IsotonicRegression(out_of_bounds="clip")`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Isotonic {
    /// Both ends of each step, ascending.
    logits: Vec<f64>,
    /// One a logit, ascending.
    fits: Vec<f64>,
}

/// Neighbouring logits with one fit.
struct Step {
    first: f64,
    last: f64,
    positives: f64,
    pairs: f64,
}

impl Step {
    fn fit(&self) -> f64 {
        self.positives / self.pairs
    }
}

impl Isotonic {
    /// Fits by pool adjacent violators.
    pub fn learn(pairs: &[Pair]) -> Self {
        let mut ordered = pairs.to_vec();
        ordered.sort_unstable_by(|left, right| left.0.total_cmp(&right.0));
        let mut steps: Vec<Step> = Vec::new();
        for equal in ordered.chunk_by(|left, right| left.0 == right.0) {
            steps.push(Step {
                first: equal[0].0,
                last: equal[0].0,
                positives: equal.iter().map(|pair| pair.1).sum(),
                pairs: equal.len() as f64,
            });
            while let [.., before, last] = &mut steps[..]
                && before.fit() >= last.fit()
            {
                before.last = last.last;
                before.positives += last.positives;
                before.pairs += last.pairs;
                steps.pop();
            }
        }
        let mut learned = Self::default();
        for step in steps {
            learned.add(step.first, step.fit());
            if step.last > step.first {
                learned.add(step.last, step.fit());
            }
        }
        learned
    }

    fn add(&mut self, logit: f64, fit: f64) {
        self.logits.push(logit);
        self.fits.push(fit);
    }

    /// `None` if there are no steps.
    pub fn fit(&self, logit: f64) -> Option<f64> {
        let above = self.logits.partition_point(|&known| known <= logit);
        let point = |place: usize| Some((*self.logits.get(place)?, *self.fits.get(place)?));
        let after = point(above);
        let Some(before) = above.checked_sub(1).and_then(point) else {
            return after.map(|after| after.1);
        };
        let Some(after) = after else {
            return Some(before.1);
        };
        let share = (logit - before.0) / (after.0 - before.0);
        Some(before.1 + share * (after.1 - before.1))
    }
}
