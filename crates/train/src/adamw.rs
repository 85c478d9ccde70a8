//! AdamW (Loshchilov and Hutter 2019) whose state can be saved, which libtorch's own does not offer through tch.

use std::collections::HashMap;

use model::tch;
use model::tch::{Kind, Tensor};

use model::ModelError;
use model::fused::{self, StepParams};

const BETAS: [f64; 2] = [0.9, 0.999];
const EPSILON: f64 = 1e-8;

/// One optimiser over named variables; equal to `torch.optim.AdamW` with its defaults, step by step.
pub struct AdamW {
    groups: Vec<AdamWGroup>,
    weight_decay: f64,
    /// One number, as a tensor so that a checkpoint treats it like the rest, on the variables' device.
    steps: Tensor,
}

/// Variables with one learning rate; the three lists have the same order.
struct AdamWGroup {
    rate: f64,
    names: Vec<String>,
    variables: Vec<Tensor>,
    first: Vec<Tensor>,
    second: Vec<Tensor>,
}

impl AdamW {
    /// Optimises those of the variables that are trainable. `rate` gives each one's learning rate by its name; a variable
    /// with a rate of 0 is skipped.
    pub fn new(
        variables: &HashMap<String, Tensor>,
        weight_decay: f64,
        rate: impl Fn(&str) -> f64,
    ) -> Self {
        let mut trained: Vec<(&String, &Tensor)> = variables
            .iter()
            .filter(|(name, variable)| variable.requires_grad() && rate(name) > 0.0)
            .collect();
        trained.sort_by_key(|(name, _)| name.as_str());
        let device = trained
            .first()
            .map_or(tch::Device::Cpu, |(_, variable)| variable.device());
        let mut groups: Vec<AdamWGroup> = Vec::new();
        for (name, variable) in trained {
            let rate = rate(name);
            let known = groups.iter().position(|group| group.rate == rate);
            let place = known.unwrap_or_else(|| {
                groups.push(AdamWGroup::new(rate));
                groups.len() - 1
            });
            groups[place].take(name, variable);
        }
        Self {
            groups,
            weight_decay,
            steps: Tensor::zeros([1], (Kind::Float, device)),
        }
    }

    /// Sets the gradients to zero. Call it before the first backward pass of a step, because gradients accumulate.
    ///
    /// # Errors
    /// As [`fused::zero_grad`].
    pub fn zero_grad(&self) -> Result<(), ModelError> {
        for group in &self.groups {
            fused::zero_grad(&group.variables)?;
        }
        Ok(())
    }

    /// Scales all gradients so that their common L2 norm is at most `norm`.
    ///
    /// # Errors
    /// As [`fused::clip_grad_norm`].
    pub fn clip(&self, norm: f64) -> Result<(), ModelError> {
        let all = self.groups.iter().flat_map(|group| &group.variables);
        let all: Vec<Tensor> = all.map(Tensor::shallow_clone).collect();
        fused::clip_grad_norm(&all, norm)
    }

    /// Takes one step with each variable's learning rate times `lr_factor`; a factor of 0 skips the step.
    ///
    /// # Errors
    /// As [`fused::adamw_step`].
    pub fn step(&mut self, lr_factor: f64) -> Result<(), ModelError> {
        let _ = self.steps.f_add_scalar_(1.0)?;
        for group in &self.groups {
            let rate = group.rate * lr_factor;
            if rate > 0.0 {
                let params = StepParams {
                    lr: rate,
                    betas: BETAS,
                    weight_decay: self.weight_decay,
                    eps: EPSILON,
                };
                let averages = [group.first.as_slice(), group.second.as_slice()];
                fused::adamw_step(&group.variables, averages, &self.steps, params)?;
            }
        }
        Ok(())
    }

    /// Everything that the next step depends on, for a checkpoint to save and to fill.
    pub fn state(&self) -> HashMap<String, Tensor> {
        let mut state = HashMap::from([("adamw.steps".to_owned(), self.steps.shallow_clone())]);
        for group in &self.groups {
            for (which, moments) in [("first", &group.first), ("second", &group.second)] {
                let named = group.names.iter().zip(moments);
                state.extend(named.map(|(name, moment)| {
                    (format!("adamw.{which}.{name}"), moment.shallow_clone())
                }));
            }
        }
        state
    }
}

impl AdamWGroup {
    fn new(rate: f64) -> Self {
        Self {
            rate,
            names: Vec::new(),
            variables: Vec::new(),
            first: Vec::new(),
            second: Vec::new(),
        }
    }

    fn take(&mut self, name: &str, variable: &Tensor) {
        self.names.push(name.into());
        self.variables.push(variable.shallow_clone());
        self.first.push(variable.detach().zeros_like());
        self.second.push(variable.detach().zeros_like());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(variable: &Tensor) -> Vec<f32> {
        Vec::try_from(variable).unwrap()
    }

    /// Three steps on loss = sum(w^3) from w = [1, -2], clipped to `norm` if given.
    fn three_steps(rate: f64, norm: Option<f64>) -> Vec<f32> {
        let variable = Tensor::from_slice(&[1.0_f32, -2.0]).set_requires_grad(true);
        let named = HashMap::from([("w".to_owned(), variable.shallow_clone())]);
        let mut optimiser = AdamW::new(&named, 0.01, |_| rate);
        for _ in 0..3 {
            optimiser.zero_grad().unwrap();
            variable.pow_tensor_scalar(3).sum(Kind::Float).backward();
            if let Some(norm) = norm {
                optimiser.clip(norm).unwrap();
            }
            optimiser.step(1.0).unwrap();
        }
        values(&variable)
    }

    fn assert_near(values: &[f32], wanted: [f32; 2]) {
        let near = |(value, wanted): (&f32, f32)| (value - wanted).abs() < 1e-6;
        assert!(values.iter().zip(wanted).all(near), "{values:?}");
    }

    /// `torch.optim.AdamW(lr=0.1, weight_decay=0.01)` on w = [1, -2], loss = sum(w^3), after three steps, as PyTorch
    /// 2.11 prints it. Tolerance 1e-6.
    #[test]
    fn three_steps_equal_pytorch() {
        assert_near(&three_steps(0.1, None), [0.701_519_6, -2.294_198]);
    }

    /// As above behind `torch.nn.utils.clip_grad_norm_` of 1e-7, at which the epsilon of AdamW matters.
    #[test]
    fn clipped_steps_equal_pytorch() {
        assert_near(&three_steps(0.1, Some(1e-7)), CLIPPED);
    }

    const CLIPPED: [f32; 2] = [0.793_987_9, -2.265_911_6];

    #[test]
    fn variables_learn_at_their_own_rates_and_one_of_nought_stays() {
        let [slow, fast, still] =
            [0; 3].map(|_| Tensor::from_slice(&[1.0_f32]).set_requires_grad(true));
        let named = [("slow", &slow), ("fast", &fast), ("still", &still)];
        let named = named.map(|(name, variable)| (name.to_owned(), variable.shallow_clone()));
        let rate = |name: &str| match name {
            "slow" => 0.01,
            "fast" => 0.1,
            _ => 0.0,
        };
        let mut optimiser = AdamW::new(&named.into(), 0.0, rate);
        (&slow + &fast + &still).sum(Kind::Float).backward();
        optimiser.step(0.5).unwrap();
        let moved = [&slow, &fast, &still].map(|variable| 1.0 - values(variable)[0]);
        assert!(
            (moved[0] - 0.005).abs() < 1e-6 && (moved[1] - 0.05).abs() < 1e-6 && moved[2] == 0.0
        );
    }
}
