//! Low-rank matrices that learn in the place of a backbone's linear layers: LoRA (Hu et al. 2021) and DoRA (Liu et al.
//! 2024), equal to Hugging Face's PEFT. A plan comes in, says which layers it covers, and each covered layer holds an
//! [`Adapter`] beside its weight `[outputs, inputs]`.
//!
//! Must not: change a name of the backbone, or reach the head, which is new and learns whole.

use serde::{Deserialize, Serialize};

#[cfg(feature = "torch")]
pub(super) use matrices::{Adapter, is_adapter, merge, start};

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

/// Matrices of a higher rank are not low any more beside layers of 768 units.
#[cfg(feature = "torch")]
const HIGHEST_RANK: usize = 1024;

#[cfg(feature = "torch")]
impl AdapterPlan {
    /// # Errors
    /// What no network can follow, as the preset calls it.
    pub fn check(&self) -> Result<(), String> {
        if !(1..=HIGHEST_RANK).contains(&self.rank) {
            return Err(format!("adapter.rank is from 1 to {HIGHEST_RANK}"));
        }
        if !(self.alpha.is_finite() && self.alpha > 0.0) {
            return Err("adapter.alpha is more than 0".into());
        }
        if let Some([first, last]) = self.layers.filter(|[first, last]| first > last) {
            return Err(format!(
                "adapter.layers is from the first to the last, and {first} lies behind {last}"
            ));
        }
        let parsed = regex::Regex::new(&self.names);
        parsed.map(drop).map_err(|why| {
            let why = why.to_string();
            let last = why.lines().last().unwrap_or_default();
            format!(
                "adapter.names = \"{}\" is no regular expression ({})",
                self.names,
                last.trim_start_matches("error: ")
            )
        })
    }

    /// Whether the layer of this full name is adapted; a plan that fails its check covers nothing.
    pub(super) fn covers(&self, name: &str) -> bool {
        let found = regex::Regex::new(&self.names).is_ok_and(|names| names.is_match(name));
        found
            && self.layers.is_none_or(|[first, last]| {
                first_number(name).is_some_and(|layer| (first..=last).contains(&layer))
            })
    }

    fn scale(&self) -> f64 {
        self.alpha / self.rank as f64
    }
}

#[cfg(feature = "torch")]
fn first_number(name: &str) -> Option<usize> {
    let digits = name.split(|sign: char| !sign.is_ascii_digit());
    digits
        .into_iter()
        .find(|digits| !digits.is_empty())?
        .parse()
        .ok()
}

#[cfg(feature = "torch")]
mod matrices;
#[cfg(all(test, feature = "torch"))]
mod tests;
