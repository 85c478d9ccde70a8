//! A file of `torch.save`: a pickle that describes tensors, and numbers for each of their storages; in a zip since PyTorch
//! 1.6, in a row before. The bytes come in, tensors of floating point go out as `f32`; counters (integers) are left out.
//!
//! The pickle is read as data by candle's machine, which knows no calls; `pickle` watches over it, because a file may
//! be made to harm. Every length is held against what is there before anything is made of it.

mod pickle;
mod row;
mod state;
mod zip;

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use candle_core::pickle::Object;
use candle_core::{DType, Device, Tensor};

use self::state::{Described, describe};
use super::format::Stored;

/// Half precision doubles, and tied weights are stored twice; nothing honest grows more.
const MOST_GROWTH: usize = 8;
const BIG_ENDIAN: &str = "its numbers are big-endian; save it on another machine";

/// # Errors
/// What is wrong with the file, for a message that begins with its name.
pub fn read(bytes: &[u8]) -> Result<Vec<Stored>, String> {
    if row::is_row(bytes) {
        let row = row::Row::read(bytes)?;
        return tensors(row.object, bytes.len(), |key| {
            let storage = row.storages.get(key).copied();
            storage
                .map(Cow::Borrowed)
                .ok_or_else(|| format!("its storage {key} is missing"))
        });
    }
    if !bytes.starts_with(b"PK") {
        return Err("it is a pickle of another program than PyTorch; nothing of it was run".into());
    }
    let mut zip = zip::Zip::open(bytes)?;
    let object = zip.description()?;
    tensors(object, bytes.len(), |key| zip.storage(key).map(Cow::Owned))
}

/// The tensors that `object` describes; `storage` gives the bytes of one by its key.
fn tensors<'a>(
    object: Object,
    bytes: usize,
    mut storage: impl FnMut(&str) -> Result<Cow<'a, [u8]>, String>,
) -> Result<Vec<Stored>, String> {
    let described = describe(object)?;
    if described.is_empty() {
        return Err("it holds no tensor by a name; save a state_dict".into());
    }
    let numbers = described.iter().map(|tensor| tensor.numbers);
    let whole = numbers.fold(0_usize, |sum, numbers| {
        sum.saturating_add(numbers.saturating_mul(4))
    });
    if whole > bytes.saturating_mul(MOST_GROWTH) {
        return Err(format!(
            "its tensors would have {whole} bytes, the whole file has {bytes}"
        ));
    }
    let mut storages: HashMap<String, Cow<[u8]>> = HashMap::new();
    let mut tensors = Vec::with_capacity(described.len());
    for tensor in described {
        let storage = match storages.entry(tensor.storage.clone()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(storage(&tensor.storage)?),
        };
        tensors.push(tensor_of(tensor, storage)?);
    }
    Ok(tensors)
}

/// Takes the numbers out of their storage, as far as it has them.
fn tensor_of(tensor: Described, storage: &[u8]) -> Result<Stored, String> {
    let Described {
        name,
        shape,
        strides,
        offset,
        numbers,
        kind,
        ..
    } = tensor;
    let size = kind.size_in_bytes();
    let have = storage.len() / size;
    let short =
        || format!("{name} with the shape {shape:?} is larger than its storage of {have} numbers");
    if numbers > have {
        return Err(short());
    }
    let mut bytes = Vec::with_capacity(numbers * size);
    let mut place = vec![0_usize; shape.len()];
    for _ in 0..numbers {
        let at = place
            .iter()
            .zip(&strides)
            .try_fold(offset, |at, (&index, &stride)| {
                at.checked_add(index.checked_mul(stride)?)
            });
        let at = at.filter(|&at| at < have).ok_or_else(short)?;
        bytes.extend_from_slice(&storage[at * size..(at + 1) * size]);
        // The last axis first, as an odometer.
        for (index, &length) in place.iter_mut().zip(&shape).rev() {
            *index += 1;
            if *index < length {
                break;
            }
            *index = 0;
        }
    }
    let bytes = as_f32(bytes, numbers, kind).map_err(|why| format!("{name}: {why}"))?;
    Ok(Stored { name, shape, bytes })
}

fn as_f32(bytes: Vec<u8>, numbers: usize, kind: DType) -> candle_core::Result<Vec<u8>> {
    if kind == DType::F32 {
        return Ok(bytes);
    }
    let tensor = Tensor::from_raw_buffer(&bytes, kind, &[numbers], &Device::Cpu)?;
    let values = tensor.to_dtype(DType::F32)?.to_vec1::<f32>()?;
    Ok(values.into_iter().flat_map(f32::to_le_bytes).collect())
}
