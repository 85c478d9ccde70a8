//! Which layers low-rank adapters train: LoRA (Hu et al. 2021) and DoRA (Liu et al. 2024), as in Hugging Face's PEFT.

use serde::{Deserialize, Serialize};

/// Which layers are adapted, and how.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdapterPlan {
    pub kind: AdapterKind,
    pub rank: usize,
    /// The product of both matrices counts `alpha / rank`.
    pub alpha: f64,
    /// Regular expression; linear layers whose name it finds are adapted.
    pub names: String,
    /// From the first to the last layer that is adapted, by the first number in a name; none adapts all.
    #[serde(default)]
    pub layers: Option<[usize; 2]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AdapterKind {
    /// Hu et al. 2021.
    Lora,
    /// Liu et al. 2024: direction and length of each output's weights learn apart.
    Dora,
}

impl AdapterPlan {
    /// Factor of the low-rank product, `alpha / rank`.
    #[must_use]
    pub fn scale(&self) -> f64 {
        self.alpha / self.rank as f64
    }
}
