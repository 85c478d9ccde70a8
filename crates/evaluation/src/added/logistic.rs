//! Ridge-penalised logistic regression by Newton's method, its steps found by conjugate gradients (Lin, Weng & Keerthi
//! 2008): rows `[rows, width]` with a target and a weight each in, a direction `[width]` and an offset out.

use super::super::sigmoid;

const STEPS: usize = 50;
const CONJUGATE_STEPS: usize = 100;
const HALVINGS: usize = 30;
/// Where the gradient counts as zero, and what part of it a step leaves over.
const ENOUGH: f64 = 1e-7;
const LEFT_OVER: f64 = 0.05;
/// Keeps the offset's curvature above zero where every row is certain.
const MIN_CURVATURE: f64 = 1e-9;

/// A row, what is true of it (0 to 1) and how much it counts.
#[derive(Clone, Copy, Debug)]
pub struct Example<'a> {
    pub row: &'a [f32],
    pub target: f64,
    pub weight: f64,
}

/// `score(row) = weights . row + offset`, the log-odds.
#[derive(Clone, Debug, PartialEq)]
pub struct LogisticModel {
    /// `[width]`
    pub weights: Vec<f64>,
    pub offset: f64,
}

impl LogisticModel {
    pub fn score(&self, row: &[f32]) -> f64 {
        let products = self.weights.iter().zip(row);
        self.offset
            + products
                .map(|(weight, &value)| weight * f64::from(value))
                .sum::<f64>()
    }

    /// The least of `sum(weight * log loss) + penalty / 2 * |weights|^2`; the offset is free, so where the rows lie
    /// as a whole does not matter.
    pub fn fit(examples: &[Example], width: usize, penalty: f64) -> Self {
        let problem = Problem::new(examples, width, penalty);
        let mut at = vec![0.0; width + 1];
        let mut loss = problem.loss(&at);
        for _ in 0..STEPS {
            let (gradient, curvatures) = problem.gradient(&at);
            if norm(&gradient) < ENOUGH {
                break;
            }
            let step = problem.newton_step(&gradient, &curvatures);
            let Some((next, lower)) = problem.descend(&at, &step, loss) else {
                break;
            };
            (at, loss) = (next, lower);
        }
        problem.uncentred(at)
    }
}

/// Centred rows: conjugate gradients converge in far fewer steps than on rows that share a direction. The last number
/// of each vector here is the offset's.
struct Problem<'a> {
    examples: &'a [Example<'a>],
    mean: Vec<f32>,
    penalty: f64,
}

impl<'a> Problem<'a> {
    fn new(examples: &'a [Example<'a>], width: usize, penalty: f64) -> Self {
        let mut mean = vec![0.0; width];
        for example in examples {
            for (mean, value) in mean.iter_mut().zip(example.row) {
                *mean += value / examples.len() as f32;
            }
        }
        Self {
            examples,
            mean,
            penalty,
        }
    }

    /// A vector's product with each row, its offset added.
    fn products<'b>(&'b self, vector: &'b [f64]) -> impl Iterator<Item = (&'b Example<'a>, f64)> {
        let width = self.mean.len();
        self.examples.iter().map(move |example| {
            let terms = example.row.iter().zip(&self.mean).zip(vector);
            let product: f64 = terms
                .map(|((value, mean), number)| f64::from(value - mean) * number)
                .sum();
            (example, product + vector[width])
        })
    }

    fn add_row(&self, sum: &mut [f64], row: &[f32], factor: f64) {
        let width = self.mean.len();
        for ((sum, value), mean) in sum.iter_mut().zip(row).zip(&self.mean) {
            *sum += factor * f64::from(value - mean);
        }
        sum[width] += factor;
    }

    /// What the penalty adds to a gradient or to a curvature's product.
    fn penalised(&self, vector: &[f64]) -> Vec<f64> {
        let width = self.mean.len();
        let mut penalised: Vec<f64> = vector.iter().map(|number| self.penalty * number).collect();
        penalised[width] = 0.0;
        penalised
    }

    fn loss(&self, at: &[f64]) -> f64 {
        let width = self.mean.len();
        let ridge: f64 = at[..width].iter().map(|weight| weight * weight).sum();
        let losses = self
            .products(at)
            .map(|(example, score)| example.weight * (softplus(score) - example.target * score));
        losses.sum::<f64>() + 0.5 * self.penalty * ridge
    }

    /// The gradient, and the curvature of each row.
    fn gradient(&self, at: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let mut gradient = self.penalised(at);
        let mut curvatures = Vec::with_capacity(self.examples.len());
        for (example, score) in self.products(at) {
            let fit = sigmoid(score);
            curvatures.push(example.weight * fit * (1.0 - fit));
            self.add_row(
                &mut gradient,
                example.row,
                example.weight * (fit - example.target),
            );
        }
        (gradient, curvatures)
    }

    fn curvature_times(&self, vector: &[f64], curvatures: &[f64]) -> Vec<f64> {
        let mut product = self.penalised(vector);
        for ((example, along), curvature) in self.products(vector).zip(curvatures) {
            self.add_row(&mut product, example.row, curvature * along);
        }
        for (product, number) in product.iter_mut().zip(vector) {
            *product += MIN_CURVATURE * number;
        }
        product
    }

    /// The step that a parabola through the gradient and the curvature would take, nearly.
    fn newton_step(&self, gradient: &[f64], curvatures: &[f64]) -> Vec<f64> {
        let mut step = vec![0.0; gradient.len()];
        let mut residual: Vec<f64> = gradient.iter().map(|slope| -slope).collect();
        let mut direction = residual.clone();
        let mut left = dot(&residual, &residual);
        let enough = LEFT_OVER * LEFT_OVER * left;
        for _ in 0..CONJUGATE_STEPS {
            let curved = self.curvature_times(&direction, curvatures);
            let length = left / dot(&direction, &curved);
            if !length.is_finite() {
                break;
            }
            add(&mut step, &direction, length);
            add(&mut residual, &curved, -length);
            let next = dot(&residual, &residual);
            if next < enough {
                break;
            }
            for (direction, residual) in direction.iter_mut().zip(&residual) {
                *direction = residual + next / left * *direction;
            }
            left = next;
        }
        step
    }

    /// Backtracking line search by halving. `None` if no step lowers the loss.
    fn descend(&self, at: &[f64], step: &[f64], loss: f64) -> Option<(Vec<f64>, f64)> {
        (0..HALVINGS).find_map(|halving| {
            let mut next = at.to_vec();
            add(&mut next, step, 0.5_f64.powi(halving as i32));
            let lower = self.loss(&next);
            (lower < loss).then_some((next, lower))
        })
    }

    fn uncentred(&self, mut at: Vec<f64>) -> LogisticModel {
        let offset = at.pop().unwrap_or(0.0);
        let centre: f64 = at
            .iter()
            .zip(&self.mean)
            .map(|(weight, &mean)| weight * f64::from(mean))
            .sum();
        LogisticModel {
            weights: at,
            offset: offset - centre,
        }
    }
}

/// `ln(1 + e^score)` without overflow.
pub fn softplus(score: f64) -> f64 {
    score.max(0.0) + (-score.abs()).exp().ln_1p()
}

fn add(sum: &mut [f64], vector: &[f64], factor: f64) {
    sum.iter_mut()
        .zip(vector)
        .for_each(|(sum, number)| *sum += factor * number);
}

fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter()
        .zip(right)
        .map(|(left, right)| left * right)
        .sum()
}

fn norm(vector: &[f64]) -> f64 {
    dot(vector, vector).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// scikit-learn 1.9's `LogisticRegression(C=2.0)` on these rows with these sample weights, so a penalty of 0.5.
    #[test]
    fn the_least_loss_is_scikit_learn_s() {
        let rows: [[f32; 2]; 6] = [
            [0.9, 0.1],
            [0.8, 0.6],
            [0.2, 0.7],
            [0.1, 0.2],
            [0.6, -0.5],
            [-0.4, 0.3],
        ];
        let truth = [1.0, 1.0, 0.0, 0.0, 1.0, 0.0];
        let weights = [1.0, 2.0, 1.0, 0.5, 1.0, 1.5];
        let examples: Vec<Example> = (0..6)
            .map(|n| Example {
                row: &rows[n],
                target: truth[n],
                weight: weights[n],
            })
            .collect();
        let learned = LogisticModel::fit(&examples, 2, 0.5);
        const SCIKIT_LEARN: [f64; 3] = [1.728_472_28, -0.464_099_15, -0.228_090_93];
        for (ours, theirs) in learned.weights.iter().zip(SCIKIT_LEARN) {
            assert!((ours - theirs).abs() < 1e-5, "{learned:?}");
        }
        assert!(
            (learned.offset - SCIKIT_LEARN[2]).abs() < 1e-5,
            "{learned:?}"
        );
    }

    #[test]
    fn rows_that_can_be_told_apart_stay_finite_and_wherever_they_lie() {
        let rows: Vec<[f32; 1]> = (0..20).map(|n| [1e3 + n as f32]).collect();
        let examples: Vec<Example> = (0..20)
            .map(|n| Example {
                row: &rows[n],
                target: f64::from(u8::from(n >= 10)),
                weight: 1.0,
            })
            .collect();
        let learned = LogisticModel::fit(&examples, 1, 1e-6);
        assert!(learned.weights[0].is_finite() && learned.weights[0] > 0.0);
        assert!(learned.score(&rows[0]) < -5.0 && learned.score(&rows[19]) > 5.0);
        assert_eq!(LogisticModel::fit(&[], 1, 1.0).offset, 0.0);
    }
}
