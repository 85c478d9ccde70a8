//! Reads a file of `torch.save`: a pickle that describes tensors, and the elements of their storages.
//!
//! Since PyTorch 1.6 they are entries of a zip ([`zip`]), before that parts of one stream ([`legacy`]). Floating-point tensors
//! are converted to `f32`; integer tensors, such as counters, are skipped.
//!
//! Invariants: nothing in the file is executed ([`pickle`]), and every length is compared with the bytes that are there
//! before memory is allocated for it.

mod legacy;
mod pickle;
mod state;
mod zip;

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use self::legacy::LegacyTorchFile;
use self::pickle::{Pickle, quoted};
use self::state::{TensorHeader, headers};
use super::tensor::TensorData;

/// Size of all tensors as `f32` divided by the size of the file, at most. Half precision doubles, and tied weights are
/// written once for each name.
const MAX_GROWTH: usize = 8;
const BIG_ENDIAN: &str = "its numbers are big-endian (save it again on a little-endian machine)";

/// Reads the floating-point tensors of a file, sorted by name.
///
/// # Errors
/// The reason why the file cannot be read, as the second half of a message that begins with its path.
pub fn read(bytes: &[u8]) -> Result<Vec<TensorData>, String> {
    if !bytes.starts_with(b"PK") {
        let LegacyTorchFile { pickle, storages } = LegacyTorchFile::read(bytes)?;
        return tensors(&pickle, bytes.len(), |key| {
            let storage = storages.get(key).copied().map(Cow::Borrowed);
            storage.ok_or_else(|| format!("its storage {} is missing", quoted(key)))
        });
    }
    let mut zip = zip::Zip::open(bytes)?;
    let description = zip.pickle()?;
    let pickle = pickle::read(&description)?;
    tensors(&pickle, bytes.len(), |key| zip.storage(key).map(Cow::Owned))
}

/// Reads the tensors that a pickle describes from their storages, which `storage` returns by key.
fn tensors<'a>(
    pickle: &Pickle,
    file_bytes: usize,
    mut storage: impl FnMut(&str) -> Result<Cow<'a, [u8]>, String>,
) -> Result<Vec<TensorData>, String> {
    let headers = headers(pickle)?;
    if headers.is_empty() {
        return Err("it holds no floating-point tensor with a name (save a state_dict)".into());
    }
    let sizes = headers
        .iter()
        .map(|header| header.elements.saturating_mul(4));
    let total = sizes.fold(0_usize, usize::saturating_add);
    if total > file_bytes.saturating_mul(MAX_GROWTH) {
        return Err(format!(
            "its tensors would have {total} bytes, the whole file has {file_bytes}"
        ));
    }
    let mut storages: HashMap<&str, Cow<[u8]>> = HashMap::new();
    let mut tensors = Vec::with_capacity(headers.len());
    for header in headers {
        let storage = match storages.entry(header.storage) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(storage(header.storage)?),
        };
        let bytes = gather(&header, storage).ok_or_else(|| {
            let stored = storage.len() / header.element.size_in_bytes();
            let (name, shape) = (quoted(header.name), &header.shape);
            let shape = quoted(&format!("{shape:?}"));
            format!("tensor {name}: shape {shape} is larger than its storage of {stored} numbers")
        })?;
        tensors.push(TensorData {
            name: header.name.to_owned(),
            bytes: header.element.to_f32(&bytes),
            shape: header.shape,
        });
    }
    Ok(tensors)
}

/// Copies the elements of a tensor in row-major order. `None` if one is beyond the end of the storage, or if there are more
/// than in the storage.
fn gather<'a>(header: &TensorHeader, storage: &'a [u8]) -> Option<Cow<'a, [u8]>> {
    let TensorHeader {
        shape,
        strides,
        offset,
        elements,
        ..
    } = header;
    let size = header.element.size_in_bytes();
    if *elements == 0 {
        return Some(Cow::default());
    }
    let axes = || shape.iter().zip(strides);
    let last = axes().try_fold(*offset, |index, (&length, &stride)| {
        index.checked_add((length - 1).checked_mul(stride)?)
    })?;
    let stored = storage.len() / size;
    if last >= stored || *elements > stored {
        return None;
    }
    let mut contiguous = 1;
    let is_contiguous = axes().rev().all(|(&length, &stride)| {
        let fits = length == 1 || stride == contiguous;
        contiguous *= length;
        fits
    });
    if is_contiguous {
        return storage
            .get(offset * size..(offset + elements) * size)
            .map(Cow::Borrowed);
    }
    let mut bytes = Vec::with_capacity(elements * size);
    let mut position = vec![0_usize; shape.len()];
    for _ in 0..*elements {
        let steps = position.iter().zip(strides);
        let index = offset + steps.map(|(step, stride)| step * stride).sum::<usize>();
        bytes.extend_from_slice(storage.get(index * size..(index + 1) * size)?);
        // Increments the position like an odometer, the last axis first.
        for (step, &length) in position.iter_mut().zip(shape).rev() {
            *step += 1;
            if *step < length {
                break;
            }
            *step = 0;
        }
    }
    Some(Cow::Owned(bytes))
}
