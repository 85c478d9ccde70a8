//! AdamW (Loshchilov and Hutter 2019) whose state can be saved, which libtorch's own does not offer through tch.

use std::collections::HashMap;

use tch::Tensor;

const BETA_1: f64 = 0.9;
const BETA_2: f64 = 0.999;
const EPSILON: f64 = 1e-8;

/// One optimiser over named variables; equal to `torch.optim.AdamW` with its defaults, step by step.
pub struct AdamW {
    variables: Vec<Moments>,
    weight_decay: f64,
    /// One number, as a tensor so that a checkpoint treats it like the rest.
    steps: Tensor,
}

struct Moments {
    name: String,
    variable: Tensor,
    first: Tensor,
    second: Tensor,
}

impl AdamW {
    /// Takes the variables that can be trained, in the order of their names.
    pub fn new(variables: HashMap<String, Tensor>, weight_decay: f64) -> Self {
        let mut variables: Vec<Moments> = variables
            .into_iter()
            .filter(|(_, variable)| variable.requires_grad())
            .map(|(name, variable)| {
                let (first, second) = (
                    variable.detach().zeros_like(),
                    variable.detach().zeros_like(),
                );
                Moments {
                    name,
                    variable,
                    first,
                    second,
                }
            })
            .collect();
        variables.sort_by(|left, right| left.name.cmp(&right.name));
        Self {
            variables,
            weight_decay,
            steps: Tensor::from_slice(&[0.0_f32]),
        }
    }

    /// One step along the gradients of `loss`; `rate` gives each variable's learning rate by its name, and one of 0
    /// leaves it alone.
    ///
    /// # Errors
    /// Where libtorch fails (out of memory).
    pub fn step(&mut self, loss: &Tensor, rate: impl Fn(&str) -> f64) -> Result<(), tch::TchError> {
        for moments in &mut self.variables {
            moments.variable.zero_grad();
        }
        loss.f_backward()?;
        let _ = self.steps.f_add_scalar_(1.0)?;
        let steps = self.steps.double_value(&[0]);
        let corrections = [BETA_1, BETA_2].map(|beta| 1.0 - beta.powf(steps));
        tch::no_grad(|| {
            for moments in &mut self.variables {
                let rate = rate(&moments.name);
                let gradient = moments.variable.grad();
                if rate > 0.0 && gradient.defined() {
                    moments.update(&gradient, rate, self.weight_decay, corrections)?;
                }
            }
            Ok(())
        })
    }

    /// All that the next step depends on, to be saved and filled by a checkpoint.
    pub fn state(&self) -> HashMap<String, Tensor> {
        let named = self.variables.iter().flat_map(|moments| {
            [("first", &moments.first), ("second", &moments.second)].map(|(which, tensor)| {
                (
                    format!("adamw.{which}.{}", moments.name),
                    tensor.shallow_clone(),
                )
            })
        });
        named
            .chain([("adamw.steps".to_owned(), self.steps.shallow_clone())])
            .collect()
    }
}

impl Moments {
    fn update(
        &mut self,
        gradient: &Tensor,
        rate: f64,
        decay: f64,
        corrections: [f64; 2],
    ) -> Result<(), tch::TchError> {
        let scaled = gradient * (1.0 - BETA_2).sqrt();
        let _ = self.first.f_lerp_(gradient, 1.0 - BETA_1)?;
        let _ = self
            .second
            .f_mul_scalar_(BETA_2)?
            .f_addcmul_(&scaled, &scaled)?;
        let spread = self.second.f_sqrt()? / corrections[1].sqrt() + EPSILON;
        let _ = self.variable.f_mul_scalar_(1.0 - rate * decay)?;
        let _ = self
            .variable
            .f_sub_(&(&self.first / spread * (rate / corrections[0])))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use tch::Kind;

    use super::*;

    /// `torch.optim.AdamW(lr=0.1, weight_decay=0.01)` on w = [1, -2], loss = sum(w^3), after three steps, as PyTorch
    /// 2.11 prints it. Tolerance 1e-6.
    #[test]
    fn three_steps_equal_pytorch() {
        let variable = Tensor::from_slice(&[1.0_f32, -2.0]).set_requires_grad(true);
        let named = HashMap::from([("w".to_owned(), variable.shallow_clone())]);
        let mut optimiser = AdamW::new(named, 0.01);
        for _ in 0..3 {
            let loss = variable.pow_tensor_scalar(3).sum(Kind::Float);
            optimiser.step(&loss, |_| 0.1).unwrap();
        }
        let values = Vec::<f32>::try_from(&variable).unwrap();
        assert!(
            (values[0] - WANTED[0]).abs() < 1e-6 && (values[1] - WANTED[1]).abs() < 1e-6,
            "{values:?}"
        );
    }

    const WANTED: [f32; 2] = [0.701_519_6, -2.294_198];
}
