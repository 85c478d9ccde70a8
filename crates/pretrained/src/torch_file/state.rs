//! The tensors that a pickled state dict describes: which storage, from where, in which shape.

use std::collections::HashSet;

use super::super::tensor::FloatType;
use super::pickle::{ElementType, Global, Object, ObjectId, Pickle, quoted};

/// Keys under which a training checkpoint stores the state dict, besides an epoch and the state of an optimiser.
const STATE_DICT_KEYS: [&str; 3] = ["state_dict", "model_state_dict", "model"];
/// The largest number of axes of a tensor; PyTorch's own limit is 64.
const MAX_AXES: usize = 64;

/// What `torch._utils._rebuild_tensor_v2` is given for one tensor.
#[derive(Debug)]
pub struct TensorHeader<'a> {
    /// Its key in the state dict.
    pub name: &'a str,
    /// Key of the storage in the file.
    pub storage: &'a str,
    /// Type of the elements of the storage.
    pub element: FloatType,
    /// Index of the first element in the storage.
    pub offset: usize,
    /// Length of each axis.
    pub shape: Vec<usize>,
    /// Distance between neighbours along each axis, in elements of the storage.
    pub strides: Vec<usize>,
    /// Product of the shape.
    pub elements: usize,
}

/// Reads the headers of the floating-point tensors of a state dict, or of a checkpoint with one inside, sorted by name.
/// Integer tensors and other values are skipped.
///
/// # Errors
/// A pickle without a state dict, a tensor that PyTorch does not describe like this, or two tensors of one name.
pub fn headers<'a>(pickle: &Pickle<'a>) -> Result<Vec<TensorHeader<'a>>, String> {
    let items = state_dict(pickle).ok_or("it holds no state dict (save `model.state_dict()`)")?;
    let mut headers = Vec::new();
    let mut names = HashSet::new();
    for &(key, value) in items {
        let &Object::Text(name) = pickle.get(key) else {
            continue;
        };
        let header = header(pickle, name, value);
        let header = header.map_err(|reason| format!("tensor {}: {reason}", quoted(name)))?;
        if let Some(header) = header {
            if !names.insert(name) {
                return Err(format!("it holds two tensors named {}", quoted(name)));
            }
            headers.push(header);
        }
    }
    headers.sort_unstable_by_key(|header: &TensorHeader| header.name);
    Ok(headers)
}

fn state_dict<'a, 'p>(pickle: &'p Pickle<'a>) -> Option<&'p [(ObjectId, ObjectId)]> {
    let dict = |id: ObjectId| match pickle.get(id) {
        Object::Dict(items) => Some(items.as_slice()),
        _ => None,
    };
    let items = dict(pickle.root())?;
    let inner = items
        .iter()
        .find_map(|&(key, value)| match pickle.get(key) {
            Object::Text(name) if STATE_DICT_KEYS.contains(name) => dict(value),
            _ => None,
        });
    Some(inner.unwrap_or(items))
}

/// The header of a tensor or parameter; `None` if the value is not a tensor, or one of integers.
fn header<'a>(
    pickle: &Pickle<'a>,
    name: &'a str,
    value: ObjectId,
) -> Result<Option<TensorHeader<'a>>, &'static str> {
    const INVALID: &str = "its description is not one that PyTorch writes";
    let call = |id: ObjectId| match *pickle.get(id) {
        Object::Call { global, arguments } => Some((global, arguments)),
        _ => None,
    };
    let Some((mut global, mut arguments)) = call(value) else {
        return Ok(None);
    };
    if global == Global::RebuildParameter {
        let data = pickle.tuple(arguments).and_then(<[_]>::first).copied();
        (global, arguments) = data.and_then(call).ok_or(INVALID)?;
    }
    if global != Global::RebuildTensor {
        return Err(INVALID);
    }
    let Some([storage, offset, shape, strides, ..]) = pickle.tuple(arguments) else {
        return Err(INVALID);
    };
    let storage = pickle.storage(*storage).ok_or(INVALID)?;
    let ElementType::Float(element) = storage.element else {
        return Ok(None);
    };
    let offset = index(pickle, *offset).ok_or(INVALID)?;
    let shape = indices(pickle, *shape).ok_or(INVALID)?;
    let strides = indices(pickle, *strides).ok_or(INVALID)?;
    if shape.len() != strides.len() {
        return Err(INVALID);
    }
    let mut lengths = shape.iter();
    let elements = lengths.try_fold(1_usize, |product, &length| product.checked_mul(length));
    Ok(Some(TensorHeader {
        name,
        storage: storage.key,
        element,
        offset,
        elements: elements.ok_or("its shape is too large")?,
        shape,
        strides,
    }))
}

fn indices(pickle: &Pickle, id: ObjectId) -> Option<Vec<usize>> {
    let axes = pickle.tuple(id).filter(|axes| axes.len() <= MAX_AXES)?;
    axes.iter().map(|&id| index(pickle, id)).collect()
}

fn index(pickle: &Pickle, id: ObjectId) -> Option<usize> {
    match *pickle.get(id) {
        Object::Int(number) => number.try_into().ok(),
        _ => None,
    }
}
