//! A file of weights to the bytes of a safetensors file, whatever it is: safetensors as it is, PyTorch's converted.

use std::path::Path;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use super::{PretrainedError, torch_file};

/// A tensor as it is stored here: little-endian `f32`, row by row.
#[derive(Debug, PartialEq)]
pub(super) struct Stored {
    pub name: String,
    pub shape: Vec<usize>,
    pub bytes: Vec<u8>,
}

/// The weights in a file of safetensors, or in one that PyTorch saved (`.pt`, `.pth`): its tensors of floating point by
/// name, as `f32`. Nothing that is pickled in it is run.
///
/// # Errors
/// A file that is not whole, holds something else, or states more than it has.
pub fn open(path: &Path) -> Result<Vec<u8>, PretrainedError> {
    let bytes = std::fs::read(path).map_err(PretrainedError::disk(path))?;
    read(bytes).map_err(|why| PretrainedError::Refused {
        path: path.into(),
        why,
        next: "give a whole file of safetensors or of `torch.save`".into(),
    })
}

fn read(bytes: Vec<u8>) -> Result<Vec<u8>, String> {
    match bytes.as_slice() {
        [] => Err("it is empty".into()),
        // A zip, or a pickle.
        [b'P', b'K', ..] | [0x80, 2, ..] => serialise(&torch_file::read(&bytes)?),
        [_, _, _, _, _, _, _, _, b'{', ..] => match SafeTensors::deserialize(&bytes) {
            Ok(file) if file.is_empty() => Err("it holds no tensor".into()),
            Ok(_) => Ok(bytes),
            Err(why) => Err(format!("it is no whole file of safetensors ({why})")),
        },
        [b'<', ..] => Err("it is a page or XML, no weights".into()),
        text if is_text(text) => Err("it is text, no weights".into()),
        _ => Err("it is neither safetensors nor a file of PyTorch".into()),
    }
}

/// By its beginning.
fn is_text(bytes: &[u8]) -> bool {
    let begin = &bytes[..bytes.len().min(64)];
    begin
        .iter()
        .all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace())
}

fn serialise(tensors: &[Stored]) -> Result<Vec<u8>, String> {
    let mut views = Vec::with_capacity(tensors.len());
    for Stored { name, shape, bytes } in tensors {
        let view = TensorView::new(Dtype::F32, shape.clone(), bytes);
        views.push((name, view.map_err(|why| format!("{name}: {why}"))?));
    }
    safetensors::serialize(views, None).map_err(|why| why.to_string())
}

/// The hash of all numbers, whichever file they lie in: blake3, hexadecimal, over the tensors of `f32` in the order of
/// their names; of each its name, a zero, the count of its axes and their lengths (64-bit little-endian), its numbers.
///
/// # Errors
/// Bytes that are no safetensors file.
pub fn contents_hash(safetensors: &[u8]) -> Result<String, String> {
    let file = SafeTensors::deserialize(safetensors).map_err(|why| why.to_string())?;
    let mut tensors: Vec<(String, TensorView)> = file.tensors();
    tensors.retain(|(_, tensor)| tensor.dtype() == Dtype::F32);
    tensors.sort_by(|one, other| one.0.cmp(&other.0));
    let mut hash = blake3::Hasher::new();
    for (name, tensor) in &tensors {
        hash.update(name.as_bytes()).update(&[0]);
        let axes = tensor.shape();
        for length in [axes.len()].iter().chain(axes) {
            hash.update(&(*length as u64).to_le_bytes());
        }
        hash.update(tensor.data());
    }
    Ok(hash.finalize().to_hex().to_string())
}

#[cfg(test)]
mod tests;
