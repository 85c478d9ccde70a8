//! The tensors of a checkpoint: weights, their moving average, the best weights, and the optimiser's state.

use std::collections::HashMap;

use model::tch;
use model::tch::Tensor;

use super::FineTuneConfig;
use super::adamw::AdamW;
use super::loss::Loss;
use super::schedule::ParamGroups;
use model::{ModelError, Network, fused};

/// Each list has one tensor per name; the names are those of the network's and the loss's variables.
pub struct OptimizerState {
    names: Vec<String>,
    variables: Vec<Tensor>,
    optimiser: AdamW,
    /// Moving average of the weights, and a copy of the weights while the average is loaded.
    ema: Vec<Tensor>,
    raw: Vec<Tensor>,
    best: Vec<Tensor>,
    /// Decay of the average per step.
    ema_decay: f64,
    clip_norm: f64,
}

impl OptimizerState {
    /// For a network and a loss, before the first step.
    pub fn new(network: &Network, loss: &Loss, config: &FineTuneConfig) -> Self {
        let mut named = network.variables();
        named.extend(loss.variables());
        let param_groups = ParamGroups::new(network, config);
        let optimiser = AdamW::new(&named, config.weight_decay, |name| {
            param_groups.learning_rate(name)
        });
        let mut named: Vec<(String, Tensor)> = named.into_iter().collect();
        named.sort_by(|left, right| left.0.cmp(&right.0));
        let (names, variables): (Vec<String>, Vec<Tensor>) = named.into_iter().unzip();
        let copies = || {
            variables
                .iter()
                .map(|tensor| tensor.detach().copy())
                .collect()
        };
        Self {
            ema: copies(),
            raw: copies(),
            best: copies(),
            names,
            variables,
            optimiser,
            ema_decay: config.ema_decay,
            clip_norm: config.clip_norm,
        }
    }

    /// Initialises the average with the current weights.
    pub fn start(&self) {
        assign(&self.ema, &self.variables);
        assign(&self.best, &self.variables);
    }

    /// Turns off gradients for variables with a learning rate of 0.
    pub fn freeze(&self, param_groups: &ParamGroups) {
        for (name, variable) in self.names.iter().zip(&self.variables) {
            if param_groups.learning_rate(name) == 0.0 {
                let _ = variable.set_requires_grad(false);
            }
        }
    }

    /// Sets the gradients to zero, before the first backward pass of a step.
    ///
    /// # Errors
    /// As [`AdamW::zero_grad`].
    pub fn zero_grad(&self) -> Result<(), ModelError> {
        self.optimiser.zero_grad()
    }

    /// One optimiser step with the learning rates times this factor, then an update of the average.
    ///
    /// # Errors
    /// As [`AdamW::clip`], [`AdamW::step`] and [`fused::lerp`].
    pub fn step(&mut self, lr_factor: f64) -> Result<(), ModelError> {
        if self.clip_norm > 0.0 {
            self.optimiser.clip(self.clip_norm)?;
        }
        self.optimiser.step(lr_factor)?;
        if self.ema_decay > 0.0 {
            fused::lerp(&self.ema, &self.variables, 1.0 - self.ema_decay)
        } else {
            Ok(())
        }
    }

    /// Copies the average into the network, if there is one.
    pub fn load_average(&mut self) {
        if self.ema_decay == 0.0 {
            assign(&self.ema, &self.variables);
        }
        assign(&self.raw, &self.variables);
        assign(&self.variables, &self.ema);
    }

    /// Copies the weights back after [`Self::load_average`].
    pub fn restore_weights(&mut self) {
        assign(&self.variables, &self.raw);
    }

    /// Stores the network's current weights as the best; call it while the average is loaded.
    pub fn store_best(&mut self) {
        assign(&self.best, &self.variables);
    }

    /// Copies the best weights into the network.
    pub fn load_best(&mut self) {
        assign(&self.variables, &self.best);
    }

    /// All tensors by their names in a checkpoint.
    pub fn tensors(&self) -> HashMap<String, Tensor> {
        let versions = [
            ("network", &self.variables),
            ("average", &self.ema),
            ("best", &self.best),
        ];
        let named = versions.into_iter().flat_map(|(version, tensors)| {
            self.names
                .iter()
                .zip(tensors)
                .map(move |(name, tensor)| (format!("{version}.{name}"), tensor.shallow_clone()))
        });
        named.chain(self.optimiser.state()).collect()
    }
}

fn assign(to: &[Tensor], from: &[Tensor]) {
    tch::no_grad(|| {
        for (to, from) in to.iter().zip(from) {
            to.shallow_clone().copy_(from);
        }
    });
}
