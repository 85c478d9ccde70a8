//! Reads a file of weights as safetensors: a safetensors file unchanged, a file of `torch.save` converted.

use std::path::Path;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use super::tensor::TensorData;
use super::{PretrainedError, torch_file};

/// Length of the beginning that decides whether a file is text.
const TEXT_PREFIX_BYTES: usize = 64;

/// Reads a file of weights and returns the bytes of a safetensors file.
///
/// A safetensors file is returned unchanged. The floating-point tensors of a PyTorch file (`.pt`, `.pth`) are converted to
/// `f32` and keep their names; no code in its pickle is executed.
///
/// # Errors
/// [`PretrainedError::Disk`] if the file cannot be read, [`PretrainedError::Refused`] if it is truncated, has another
/// format, or states sizes that it does not have.
pub fn open(path: &Path) -> Result<Vec<u8>, PretrainedError> {
    let bytes = std::fs::read(path).map_err(PretrainedError::disk(path))?;
    read(bytes).map_err(|reason| PretrainedError::Refused {
        path: path.into(),
        reason,
        next: "give a complete file of safetensors or of `torch.save`".into(),
    })
}

fn read(bytes: Vec<u8>) -> Result<Vec<u8>, String> {
    match bytes.as_slice() {
        [] => Err("the file is empty".into()),
        // A zip, or a pickle of protocol 2 to 5.
        [b'P', b'K', ..] | [0x80, 2..=5, ..] => serialise(&torch_file::read(&bytes)?),
        [_, _, _, _, _, _, _, _, b'{', ..] => match SafeTensors::deserialize(&bytes) {
            Ok(file) if file.is_empty() => Err("it holds no tensor".into()),
            Ok(_) => Ok(bytes),
            Err(error) => Err(format!("not a complete safetensors file ({error})")),
        },
        [b'<', ..] => Err("it is a web page or XML, not weights".into()),
        text if is_text(text) => Err("it is text, not weights".into()),
        _ => Err("it is neither a safetensors file nor one of PyTorch".into()),
    }
}

fn is_text(bytes: &[u8]) -> bool {
    let mut prefix = bytes.iter().take(TEXT_PREFIX_BYTES);
    prefix.all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace())
}

fn serialise(tensors: &[TensorData]) -> Result<Vec<u8>, String> {
    let mut views = Vec::with_capacity(tensors.len());
    for TensorData { name, shape, bytes } in tensors {
        let view = TensorView::new(Dtype::F32, shape.clone(), bytes);
        views.push((name, view.map_err(|error| format!("{name}: {error}"))?));
    }
    safetensors::serialize(views, None).map_err(|error| error.to_string())
}

/// Hashes the contents of a safetensors file, independently of the order of its tensors and its metadata.
///
/// Returns the BLAKE3 hash in hexadecimal over all `f32` tensors, sorted by name. For each it covers the name, a zero
/// byte, the number of axes and their lengths (64-bit little-endian), and the elements.
///
/// # Errors
/// Bytes that are not a safetensors file.
pub fn contents_hash(safetensors: &[u8]) -> Result<String, String> {
    let file = SafeTensors::deserialize(safetensors).map_err(|error| error.to_string())?;
    let mut tensors: Vec<(String, TensorView)> = file.tensors();
    tensors.retain(|(_, tensor)| tensor.dtype() == Dtype::F32);
    tensors.sort_by(|a, b| a.0.cmp(&b.0));
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
