//! The matrices of an adapter, beside the weight that they adapt.
//!
//! Their names end in `lora_a`, `lora_b` and `magnitude`, below the name of their layer.

use std::collections::HashMap;

use tch::nn::{Init, Path};
use tch::{Kind, Tensor};

use inference::{AdapterKind, AdapterPlan};

const DOWN: &str = "lora_a";
const UP: &str = "lora_b";
const MAGNITUDE: &str = "magnitude";

/// The trained matrices beside a frozen weight `[outputs, inputs]`.
#[derive(Debug)]
pub struct Adapter {
    /// `[rank, inputs]`.
    down: Tensor,
    /// `[outputs, rank]`.
    up: Tensor,
    /// `[outputs]`; DoRA alone.
    magnitude: Option<Tensor>,
    scale: f64,
}

impl Adapter {
    /// Under the layer's own `path`. The first matrix is initialised as in PEFT (Kaiming uniform with a = sqrt 5),
    /// the second is zero, so that nothing changes before the first step; see [`init`] for the magnitude.
    pub fn new(path: &Path, inputs: i64, outputs: i64, plan: &AdapterPlan) -> Self {
        let rank = plan.rank as i64;
        let bound = 1.0 / (inputs as f64).sqrt();
        let drawn = Init::Uniform {
            lo: -bound,
            up: bound,
        };
        Self {
            down: path.var(DOWN, &[rank, inputs], drawn),
            up: path.zeros(UP, &[outputs, rank]),
            magnitude: (plan.kind == AdapterKind::Dora).then(|| path.ones(MAGNITUDE, &[outputs])),
            scale: plan.scale(),
        }
    }

    /// `[…, inputs]` to `[…, outputs]`: LoRA `W x + s B A x + b`; DoRA `m / |W + s B A| (W x + s B A x) + b`, where
    /// the length of each row is taken as a constant (section 4.3 of the paper).
    pub fn forward(&self, input: &Tensor, weight: &Tensor, bias: Option<&Tensor>) -> Tensor {
        let none: Option<&Tensor> = None;
        let low = input.linear(&self.down, none).linear(&self.up, none) * self.scale;
        let Some(magnitude) = &self.magnitude else {
            return input.linear(weight, bias) + low;
        };
        let lengths =
            tch::no_grad(|| lengths(&merged_weight(weight, &self.down, &self.up, self.scale)));
        let turned = (input.linear(weight, none) + low) * (magnitude / lengths);
        match bias {
            Some(bias) => turned + bias,
            None => turned,
        }
    }
}

/// `W + s B A`, `[outputs, inputs]`.
fn merged_weight(weight: &Tensor, down: &Tensor, up: &Tensor, scale: f64) -> Tensor {
    weight + up.matmul(down) * scale
}

/// Length of each row of `[outputs, inputs]`; a row of zeros has one too, because it is divided by.
fn lengths(weight: &Tensor) -> Tensor {
    const MIN_ROW_NORM: f64 = 1e-12;
    let squares = weight.square().sum_dim_intlist(1_i64, false, Kind::Float);
    squares.sqrt().clamp_min(MIN_ROW_NORM)
}

/// Whether a variable of this name belongs to an adapter.
pub fn is_adapter(name: &str) -> bool {
    let last = name.rsplit_once('.').map(|(_, last)| last);
    last.is_some_and(|last| [DOWN, UP, MAGNITUDE].contains(&last))
}

/// The layer whose first matrix has this name.
fn layer_of(name: &str) -> Option<&str> {
    name.strip_suffix(DOWN)?.strip_suffix('.')
}

/// Initialises every adapter to the identity; call it after the weights are loaded and before training.
///
/// # Errors
/// Returns an error if libtorch fails.
pub fn init(variables: &HashMap<String, Tensor>) -> Result<(), tch::TchError> {
    for layer in variables.keys().filter_map(|name| layer_of(name.as_str())) {
        let part = |part: &str| variables.get(&format!("{layer}.{part}"));
        tch::no_grad(|| {
            if let Some(up) = part(UP) {
                let _ = up.shallow_clone().f_zero_()?;
            }
            if let (Some(magnitude), Some(weight)) = (part(MAGNITUDE), part("weight")) {
                magnitude.shallow_clone().f_copy_(&lengths(weight))?;
            }
            Ok::<(), tch::TchError>(())
        })?;
    }
    Ok(())
}

/// The variables without adapters: each is merged into its weight (PEFT `merge`).
pub fn merge(
    mut variables: HashMap<String, Tensor>,
    plan: &AdapterPlan,
) -> HashMap<String, Tensor> {
    let layers: Vec<String> = variables
        .keys()
        .filter_map(|name| layer_of(name).map(str::to_owned))
        .collect();
    for layer in layers {
        let mut take = |part: &str| variables.remove(&format!("{layer}.{part}"));
        let (down, up, magnitude) = (take(DOWN), take(UP), take(MAGNITUDE));
        let (Some(down), Some(up), Some(weight)) = (down, up, take("weight")) else {
            continue;
        };
        let merged = tch::no_grad(|| {
            let merged_weight = merged_weight(&weight, &down, &up, plan.scale());
            match magnitude {
                Some(magnitude) => {
                    (magnitude / lengths(&merged_weight)).unsqueeze(1) * merged_weight
                }
                None => merged_weight,
            }
        });
        variables.insert(format!("{layer}.weight"), merged);
    }
    variables
}
