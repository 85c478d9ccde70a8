//! What a state dict's pickle says of each tensor.

use candle_core::DType;
use candle_core::pickle::Object;

/// Under these keys other programs keep the state dict beside an epoch's number and an optimiser.
const WITHIN: [&str; 3] = ["state_dict", "model_state_dict", "model"];

/// A tensor that the zip should hold.
#[derive(Debug)]
pub struct Described {
    pub name: String,
    pub shape: Vec<usize>,
    /// In numbers, as is `offset`.
    pub strides: Vec<usize>,
    pub offset: usize,
    /// The product of the shape.
    pub numbers: usize,
    pub kind: DType,
    /// Name of its storage.
    pub storage: String,
}

/// Tensors of floating point, in the order of their names.
///
/// # Errors
/// A tensor that is described in a way that PyTorch does not.
pub fn describe(object: Object) -> Result<Vec<Described>, String> {
    let Object::Dict(items) = inner(object) else {
        return Err("it holds no state dict; save `model.state_dict()`".into());
    };
    let mut tensors = Vec::new();
    for (key, value) in items {
        if let Object::Unicode(name) = key {
            tensors.extend(tensor(&name, &value)?);
        }
    }
    tensors.sort_by(|one: &Described, other| one.name.cmp(&other.name));
    if let Some(pair) = tensors.windows(2).find(|pair| pair[0].name == pair[1].name) {
        return Err(format!("it holds {} twice", pair[0].name));
    }
    Ok(tensors)
}

/// The state dict inside a checkpoint.
fn inner(object: Object) -> Object {
    let Object::Dict(items) = object else {
        return object;
    };
    let is_state = |(key, value): &(Object, Object)| {
        let named = matches!(key, Object::Unicode(name) if WITHIN.contains(&name.as_str()));
        named && matches!(value, Object::Dict(_))
    };
    match items.iter().position(is_state) {
        Some(at) => {
            let mut items = items;
            items.swap_remove(at).1
        }
        None => Object::Dict(items),
    }
}

/// None for what is no tensor, or one of integers.
fn tensor(name: &str, value: &Object) -> Result<Option<Described>, String> {
    let odd = || format!("{name} is described in a way that PyTorch does not");
    let Object::Reduce { callable, args } = value else {
        return Ok(None);
    };
    let (Object::Class { class_name, .. }, Object::Tuple(args)) = (&**callable, &**args) else {
        return Err(odd());
    };
    let [first, rest @ ..] = args.as_slice() else {
        return Err(odd());
    };
    if class_name == "_rebuild_parameter" {
        return tensor(name, first);
    }
    let (
        Object::PersistentLoad(storage),
        [offset, Object::Tuple(shape), Object::Tuple(strides), ..],
    ) = (first, rest)
    else {
        return Err(odd());
    };
    let Object::Tuple(storage) = &**storage else {
        return Err(odd());
    };
    let [
        _,
        Object::Class { class_name, .. },
        Object::Unicode(key),
        ..,
    ] = storage.as_slice()
    else {
        return Err(odd());
    };
    let kind = match class_name.as_str() {
        "FloatStorage" => DType::F32,
        "DoubleStorage" => DType::F64,
        "HalfStorage" => DType::F16,
        "BFloat16Storage" => DType::BF16,
        _ => return Ok(None),
    };
    let lengths =
        |lengths: &[Object]| -> Option<Vec<usize>> { lengths.iter().map(length).collect() };
    let (Some(offset), Some(shape), Some(strides)) =
        (length(offset), lengths(shape), lengths(strides))
    else {
        return Err(odd());
    };
    let numbers = shape
        .iter()
        .try_fold(1_usize, |product, &side| product.checked_mul(side));
    match numbers {
        Some(numbers) if shape.len() == strides.len() => Ok(Some(Described {
            name: name.to_owned(),
            storage: key.clone(),
            shape,
            strides,
            offset,
            numbers,
            kind,
        })),
        _ => Err(odd()),
    }
}

fn length(object: &Object) -> Option<usize> {
    match *object {
        Object::Int(number) => number.try_into().ok(),
        Object::Long(number) => number.try_into().ok(),
        _ => None,
    }
}
