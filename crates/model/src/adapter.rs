//! Low-rank matrices that learn in the place of a backbone's linear layers: LoRA (Hu et al. 2021) and DoRA (Liu et al.
//! 2024), equal to Hugging Face's PEFT. A plan comes in, says which layers it covers, and each covered layer holds an
//! [`Adapter`] beside its weight `[outputs, inputs]`.
//!
//! Must not: change a name of the backbone, or reach the head, which is new and learns whole.

use inference::AdapterPlan;

pub(super) use matrices::{Adapter, init, is_adapter, merge};

/// Matrices of a higher rank are not low any more beside layers of 768 units.
const MAX_RANK: usize = 1024;

/// # Errors
/// What no network can follow, as the preset calls it.
pub fn check(plan: &AdapterPlan) -> Result<(), String> {
    if !(1..=MAX_RANK).contains(&plan.rank) {
        return Err(format!("adapter.rank is from 1 to {MAX_RANK}"));
    }
    if !(plan.alpha.is_finite() && plan.alpha > 0.0) {
        return Err("adapter.alpha is more than 0".into());
    }
    if let Some([first, last]) = plan.layers.filter(|[first, last]| first > last) {
        return Err(format!(
            "adapter.layers is from the first to the last, and {first} is after {last}"
        ));
    }
    let parsed = regex::Regex::new(&plan.names);
    parsed.map(drop).map_err(|reason| {
        let reason = reason.to_string();
        let last = reason.lines().last().unwrap_or_default();
        format!(
            "adapter.names = \"{}\" is not a regular expression ({})",
            plan.names,
            last.trim_start_matches("error: ")
        )
    })
}

/// Whether the layer of this full name is adapted; a plan that fails its check covers nothing.
pub(super) fn covers(plan: &AdapterPlan, name: &str) -> bool {
    let found = regex::Regex::new(&plan.names).is_ok_and(|names| names.is_match(name));
    found
        && plan.layers.is_none_or(|[first, last]| {
            first_number(name).is_some_and(|layer| (first..=last).contains(&layer))
        })
}

fn first_number(name: &str) -> Option<usize> {
    let digits = name.split(|sign: char| !sign.is_ascii_digit());
    digits
        .into_iter()
        .find(|digits| !digits.is_empty())?
        .parse()
        .ok()
}

mod matrices;
#[cfg(test)]
mod tests;
