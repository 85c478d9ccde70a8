//! The weights in all their versions, and the optimiser: everything of a run that a checkpoint holds.

use std::collections::HashMap;

use model::tch;
use model::tch::Tensor;

use super::EndToEnd;
use super::adamw::AdamW;
use super::loss::Loss;
use super::schedule::Rates;
use model::{ModelError, Network, fused};

/// Each list holds a tensor for each of the names, which are those of the network and of what the loss learns.
pub struct State {
    names: Vec<String>,
    variables: Vec<Tensor>,
    optimiser: AdamW,
    /// Running average of the weights, and where they wait while it is in their place.
    average: Vec<Tensor>,
    aside: Vec<Tensor>,
    best: Vec<Tensor>,
    /// Share of the average that a step keeps.
    keep: f64,
    clip_norm: f64,
}

impl State {
    pub fn new(network: &Network, loss: &Loss, config: &EndToEnd) -> Self {
        let mut named = network.variables();
        named.extend(loss.variables());
        let rates = Rates::new(network, config);
        let optimiser = AdamW::new(&named, config.weight_decay, |name| rates.of(name));
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
            average: copies(),
            aside: copies(),
            best: copies(),
            names,
            variables,
            optimiser,
            keep: config.average,
            clip_norm: config.clip_norm,
        }
    }

    /// Averages begin with the weights that training begins with.
    pub fn start(&self) {
        assign(&self.average, &self.variables);
        assign(&self.best, &self.variables);
    }

    /// From now on no gradient is computed for what learns at a rate of 0.
    pub fn freeze(&self, rates: &Rates) {
        for (name, variable) in self.names.iter().zip(&self.variables) {
            if rates.of(name) == 0.0 {
                let _ = variable.set_requires_grad(false);
            }
        }
    }

    /// To be called before the first backward of a step.
    ///
    /// # Errors
    /// As [`AdamW::forget_gradients`].
    pub fn forget_gradients(&self) -> Result<(), ModelError> {
        self.optimiser.forget_gradients()
    }

    /// One step along the gradients, at this share of the learning rates.
    ///
    /// # Errors
    /// As [`AdamW::clip`], [`AdamW::step`] and [`fused::lerp`].
    pub fn step(&mut self, share: f64) -> Result<(), ModelError> {
        if self.clip_norm > 0.0 {
            self.optimiser.clip(self.clip_norm)?;
        }
        self.optimiser.step(share)?;
        match self.keep > 0.0 {
            true => fused::lerp(&self.average, &self.variables, 1.0 - self.keep),
            false => Ok(()),
        }
    }

    pub fn use_average(&mut self) {
        if self.keep == 0.0 {
            assign(&self.average, &self.variables);
        }
        assign(&self.aside, &self.variables);
        assign(&self.variables, &self.average);
    }

    pub fn leave_average(&mut self) {
        assign(&self.variables, &self.aside);
    }

    /// Called while the average stands in the weights' place.
    pub fn keep_best(&mut self) {
        assign(&self.best, &self.variables);
    }

    pub fn use_best(&mut self) {
        assign(&self.variables, &self.best);
    }

    /// By the names that they have in a checkpoint.
    pub fn tensors(&self) -> HashMap<String, Tensor> {
        let versions = [
            ("network", &self.variables),
            ("average", &self.average),
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
