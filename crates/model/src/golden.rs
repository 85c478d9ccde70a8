//! Shared by the golden tests of the architectures: deterministic weights that both implementations compute, and the
//! comparison.

use std::collections::HashMap;

use safetensors::SafeTensors;
use tch::{Kind, Tensor};

/// Fills a network's variables with the weights of the rule at the head of `scripts/golden/networks.py`.
pub fn fill_deterministically(variables: HashMap<String, Tensor>) {
    let mut variables: Vec<(String, Tensor)> = variables.into_iter().collect();
    variables.sort_by(|left, right| left.0.cmp(&right.0));
    for (place, (name, mut variable)) in variables.into_iter().enumerate() {
        let shape = variable.size();
        let u = uniform(place as u64, &shape);
        let values = match name.as_str() {
            _ if shape.len() > 1 => {
                let fan_in: i64 = shape[1..].iter().product();
                u * (5.0 / fan_in as f64).sqrt()
            }
            name if name.ends_with("running_var") => u * 0.5 + 1.0,
            name if name.ends_with("weight") => u * 0.2 + 1.0,
            _ => u * 0.2,
        };
        tch::no_grad(|| variable.copy_(&values));
    }
}

/// The rule's numbers from -1 to 1, in double precision, of the tensor at this place of the list.
pub fn uniform(place: u64, shape: &[i64]) -> Tensor {
    let count: i64 = shape.iter().product();
    let values: Vec<f64> = (0..count as u64)
        .map(|index| split_mix((place << 32) | index))
        .collect();
    Tensor::from_slice(&values).view(shape)
}

fn split_mix(seed: u64) -> f64 {
    let mut z = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((z ^ (z >> 31)) >> 40) as f64 / f64::from(1 << 23) - 1.0
}

/// The tensor of this name in a golden file, as f32.
pub fn golden(bytes: &[u8], name: &str) -> Tensor {
    let file = SafeTensors::deserialize(bytes).unwrap();
    let stored = file.tensor(name).unwrap();
    let shape: Vec<i64> = stored.shape().iter().map(|&side| side as i64).collect();
    Tensor::from_data_size(stored.data(), &shape, Kind::Float)
}

/// Each value may be off by `tolerance` times the largest of `theirs`; `what` is for the message.
pub fn assert_near(ours: &Tensor, theirs: &Tensor, tolerance: f64, what: &str) {
    assert_eq!(ours.size(), theirs.size(), "{what}");
    let worst = (ours - theirs).abs().max().double_value(&[]);
    let largest = theirs.abs().max().double_value(&[]);
    assert!(
        worst <= tolerance * largest,
        "{what}: off by {worst}, largest value {largest}"
    );
}
