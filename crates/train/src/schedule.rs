//! The learning rate of each variable at each step.

use super::FineTuneConfig;
use super::loss::Loss;
use model::Network;

/// Factor of the learning rate at a step, 0–1: a linear warm-up, then half a cosine (Loshchilov and Hutter 2017).
pub fn lr_factor(step: f64, all: f64, warmup_ratio: f64) -> f64 {
    let rise = ((step + 1.0) / (warmup_ratio * all + 1.0)).min(1.0);
    rise * 0.5 * (1.0 + (std::f64::consts::PI * step / all).cos())
}

/// The learning rates of a network's variables.
pub struct ParamGroups<'a> {
    network: &'a Network,
    config: &'a FineTuneConfig,
    layers: Vec<String>,
}

impl<'a> ParamGroups<'a> {
    /// The rates of a network by the preset's numbers.
    pub fn new(network: &'a Network, config: &'a FineTuneConfig) -> Self {
        Self {
            network,
            config,
            layers: network.layers(),
        }
    }

    /// The peak rate of a variable by its name: the head's for everything new (head, adapters, the loss's variables), else
    /// the backbone's, times `layer_decay` for every layer up to the head (Howard and Ruder 2018; Clark et al. 2020). A
    /// variable outside the numbered layers has the backbone's rate. 0 is frozen.
    pub fn learning_rate(&self, name: &str) -> f64 {
        if self.is_new(name) {
            return self.config.head_learning_rate;
        }
        let layer = |prefix: &String| name.starts_with(prefix.as_str());
        let above = self.layers.iter().rev().position(layer).unwrap_or(0);
        self.config.learning_rate * self.config.layer_decay.powi(above as i32)
    }

    /// Whether nothing below the head is trained, so that features need no gradient.
    pub fn freezes_backbone(&self) -> bool {
        let variables = self.network.variables();
        let learns = |name: &str| self.learning_rate(name) > 0.0 && !self.network.is_head(name);
        !variables
            .iter()
            .any(|(name, variable)| variable.requires_grad() && learns(name))
    }

    fn is_new(&self, name: &str) -> bool {
        self.network.is_head(name) || self.network.is_adapter(name) || Loss::is_own(name)
    }
}

#[cfg(test)]
mod tests {
    use model::tch::Device;

    use super::*;
    use crate::TrainConfig;
    use inference::{Architecture, NetworkConfig};

    #[test]
    fn a_rate_falls_with_every_layer_below_the_head() {
        let shape = NetworkConfig::new(Architecture::SternCnn, [8, 8], 2);
        let network = Network::new(shape, Device::Cpu).unwrap();
        let preset = TrainConfig::load("stern-cnn").unwrap();
        let config = FineTuneConfig {
            learning_rate: 1.0,
            head_learning_rate: 3.0,
            layer_decay: 0.5,
            ..preset.fine_tune
        };
        let param_groups = ParamGroups::new(&network, &config);
        let names = [
            "linear.weight",
            "conv4.0.bias",
            "conv3.0.weight",
            "conv1.0.weight",
        ];
        assert_eq!(
            names.map(|name| param_groups.learning_rate(name)),
            [3.0, 1.0, 0.5, 0.125]
        );
        assert_eq!(param_groups.learning_rate("decoder.weight"), 1.0);
        assert!(!param_groups.freezes_backbone());
        let frozen = FineTuneConfig {
            learning_rate: 0.0,
            ..config
        };
        assert!(ParamGroups::new(&network, &frozen).freezes_backbone());
    }

    #[test]
    fn the_share_rises_falls_and_ends_near_nought() {
        let shares: Vec<f64> = (0..100)
            .map(|step| lr_factor(f64::from(step), 100.0, 0.1))
            .collect();
        assert!(shares[0] < 0.1 && shares[10] > 0.9 && shares[99] < 1e-3);
        assert!(shares[..10].windows(2).all(|pair| pair[0] < pair[1]));
        assert!(shares[11..].windows(2).all(|pair| pair[0] > pair[1]));
    }
}
