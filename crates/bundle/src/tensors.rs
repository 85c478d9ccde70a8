//! Rows of numbers in and out of safetensors.

use safetensors::{Dtype, SafeTensors};

/// A tensor of `f32`; none where there is no such tensor.
pub fn numbers(file: &SafeTensors, name: &str) -> Option<Vec<f32>> {
    let tensor = file.tensor(name).ok()?;
    let (numbers, _) = tensor.data().as_chunks();
    (tensor.dtype() == Dtype::F32).then(|| {
        numbers
            .iter()
            .map(|four| f32::from_le_bytes(*four))
            .collect()
    })
}

/// As a tensor has them, little-endian.
pub fn bytes(numbers: &[f32]) -> Vec<u8> {
    numbers
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}
