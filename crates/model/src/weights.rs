//! Weights as safetensors, by name, with metadata; never pickle.

use std::collections::HashMap;
use std::path::Path;

use safetensors::{Dtype, SafeTensors, View};
use tch::{Kind, Tensor};

use super::ModelError;

/// Copies the tensors of a safetensors file into the variables of the same names. `skip` tells which variables may be
/// missing or of another shape, `alternatives` gives other names of a variable, `convert` (name, stored tensor, wanted
/// shape) adapts foreign checkpoints. `origin` is the path for errors.
///
/// # Errors
/// Returns an error if the bytes are not safetensors, or a variable has no tensor of its shape.
pub fn load(
    variables: &HashMap<String, Tensor>,
    bytes: &[u8],
    origin: &Path,
    skip: impl Fn(&str) -> bool,
    alternatives: impl Fn(&str) -> Vec<String>,
    convert: impl Fn(&str, Tensor, &[i64]) -> Tensor,
) -> Result<(), ModelError> {
    let wrong = |reason: String| ModelError::Weights {
        path: origin.into(),
        reason,
    };
    let file = SafeTensors::deserialize(bytes)
        .map_err(|reason| wrong(format!("not a whole safetensors file ({reason})")))?;
    for (name, variable) in variables.iter().filter(|(name, _)| !skip(name)) {
        let names = std::iter::once(name.clone()).chain(alternatives(name));
        let stored = names.into_iter().find_map(|name| file.tensor(&name).ok());
        let stored = stored.ok_or_else(|| wrong(format!("the tensor {name} is missing")))?;
        let shape: Vec<i64> = stored.shape().iter().map(|&side| side as i64).collect();
        let kind = match stored.dtype() {
            Dtype::F32 => Kind::Float,
            Dtype::F16 => Kind::Half,
            other => {
                return Err(wrong(format!(
                    "{name} is of type {other:?}; F32 and F16 are read"
                )));
            }
        };
        let values = Tensor::f_from_data_size(stored.data(), &shape, kind)?;
        let values = convert(name, values, &variable.size());
        if values.size() != variable.size() {
            return Err(wrong(format!(
                "{name} has the shape {shape:?}, the network needs {:?}",
                variable.size()
            )));
        }
        let mut variable = variable.shallow_clone();
        tch::no_grad(|| variable.f_copy_(&values)).map_err(ModelError::from)?;
    }
    Ok(())
}

/// The variables as the bytes of a safetensors file, sorted by name, as f32.
///
/// # Errors
/// Returns an error if a variable cannot be copied from its device.
pub fn save(
    variables: &HashMap<String, Tensor>,
    metadata: HashMap<String, String>,
) -> Result<Vec<u8>, ModelError> {
    let mut stored = Vec::with_capacity(variables.len());
    for (name, variable) in variables {
        stored.push((name.clone(), StoredTensor::from_tensor(variable)?));
    }
    stored.sort_by(|left, right| left.0.cmp(&right.0));
    safetensors::serialize(stored, Some(metadata))
        .map_err(|reason| ModelError::Torch(reason.to_string()))
}

struct StoredTensor {
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl StoredTensor {
    fn from_tensor(variable: &Tensor) -> Result<Self, ModelError> {
        let on_cpu = variable
            .detach()
            .to_device(tch::Device::Cpu)
            .to_kind(Kind::Float)
            .contiguous();
        let mut bytes = vec![0; on_cpu.numel() * Kind::Float.elt_size_in_bytes()];
        on_cpu.f_copy_data_u8(&mut bytes, on_cpu.numel())?;
        Ok(Self {
            shape: on_cpu.size().iter().map(|&side| side as usize).collect(),
            bytes,
        })
    }
}

impl View for StoredTensor {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> std::borrow::Cow<'_, [u8]> {
        self.bytes.as_slice().into()
    }

    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}
