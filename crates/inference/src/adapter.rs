//! Which layers low-rank adapters train: LoRA (Hu et al. 2021) and DoRA (Liu et al. 2024), as in Hugging Face's PEFT.

use serde::{Deserialize, Serialize};

/// Low-rank adapters: which layers get one, and its size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdapterPlan {
    /// Kind of the adapters: LoRA (Hu et al. 2021) or DoRA (Liu et al. 2024).
    ///
    /// Unit: name. Range: lora, dora.
    pub kind: AdapterKind,
    /// Rank of the product of both matrices.
    ///
    /// Unit: rank. Range: 1 to 1024.
    pub rank: usize,
    /// Scale of the product: it is multiplied by alpha / rank.
    ///
    /// Unit: factor. Range: above 0.
    pub alpha: f64,
    /// Regular expression; linear layers whose name it matches are adapted.
    ///
    /// Unit: regular expression. Range: any.
    pub names: String,
    /// First and last layer that is adapted, by the first number in a layer's name; all layers without it.
    ///
    /// Unit: index. Range: first to last.
    #[serde(default)]
    pub layers: Option<[usize; 2]>,
}

/// The kinds of low-rank adapters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AdapterKind {
    /// Hu et al. 2021: a low-rank product is added to the weight.
    Lora,
    /// Liu et al. 2024: direction and length of each output's weights are trained separately.
    Dora,
}

impl AdapterPlan {
    /// Factor of the low-rank product, `alpha / rank`.
    #[must_use]
    pub fn scale(&self) -> f64 {
        self.alpha / self.rank as f64
    }
}
