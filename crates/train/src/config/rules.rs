//! What must hold of the numbers of a preset beside their types.

use super::{FineTuneConfig, TrainConfig};
use features::mel::FrontEnd;
use inference::Architecture;

impl TrainConfig {
    /// Checks the range of every key.
    ///
    /// # Errors
    /// The first rule that is broken, as text that names the key.
    pub(crate) fn check(&self) -> Result<(), String> {
        let rules = self.rules().into_iter().chain(self.fine_tune.rules());
        let mut rules = rules.chain(self.loss.rules());
        if let Some((_, rule)) = rules.find(|(holds, _)| !holds) {
            return Err(rule.into());
        }
        if let Some(plan) = &self.adapter {
            model::check_adapter(plan)?;
        }
        if let Some(name) = &self.front_end {
            FrontEnd::preset(name).map_err(|reason| reason.to_string())?;
        }
        self.augment.check()
    }

    fn rules(&self) -> [(bool, &'static str); 8] {
        let has_patches = matches!(
            self.architecture,
            Architecture::Ast | Architecture::AstSmall
        );
        let epochs = self.fine_tune.epochs + self.linear_probe.epochs;
        let window_seconds = self.window_seconds.unwrap_or(0.5);
        [
            (matches!(self.n_folds, 1 | 5), "n_folds is 1 or 5"),
            (
                (0.0..1.0).contains(&self.dropout),
                "dropout is from 0 to below 1",
            ),
            (epochs > 0, "at least one epoch"),
            (self.linear_probe.batch > 0, "batch is at least 1"),
            (window_seconds >= 0.5, "window_seconds is at least 0.5"),
            (self.mlp_head != Some(0), "mlp_head is at least 1"),
            (
                self.patchout.is_none() || has_patches,
                "patchout is for ast and ast-small",
            ),
            (
                self.fine_tune.epochs == 0
                    || self.fine_tune.learning_rate + self.fine_tune.head_learning_rate > 0.0,
                "one of the learning rates is above 0, or fine_tune.epochs is 0",
            ),
        ]
    }
}

impl FineTuneConfig {
    fn rules(&self) -> [(bool, &'static str); 8] {
        [
            (self.batch > 0, "batch is at least 1"),
            (
                self.windows_per_track > 0,
                "windows_per_track is at least 1",
            ),
            (
                (0.0..1.0).contains(&self.ema_decay),
                "ema_decay is from 0 to below 1",
            ),
            (
                (0.0..=1.0).contains(&self.warmup_ratio),
                "warmup_ratio is a fraction from 0 to 1",
            ),
            (
                self.mixup >= 0.0 && self.pos_weight_power >= 0.0,
                "mixup and pos_weight_power are not negative",
            ),
            (
                self.learning_rate >= 0.0 && self.head_learning_rate >= 0.0,
                "learning rates are not negative",
            ),
            (
                (1..=self.batch).contains(&self.gradient_accumulation_steps),
                "gradient_accumulation_steps is from 1 to batch",
            ),
            (
                self.layer_decay > 0.0
                    && self.layer_decay <= 1.0
                    && self.clip_norm >= 0.0
                    && self.sampling_power >= 0.0,
                "layer_decay is above 0 and at most 1, clip_norm and sampling_power are not negative",
            ),
        ]
    }
}
