//! The file format of `torch.save` before PyTorch 1.6, in which torchvision still publishes weights.
//!
//! Five pickles follow each other: a magic number, the version of the format, facts of the machine, the saved object and
//! the keys of its storages. Then comes each storage in the order of the keys: the number of its elements (64-bit
//! little-endian) and the elements. Source: `_legacy_save` in `torch/serialization.py`.

use std::collections::HashMap;

use super::pickle::{self, Object, Pickle};

/// `MAGIC_NUMBER` of `torch/serialization.py`.
const MAGIC_NUMBER: Object = Object::Int(0x1950_a86a_20f9_469c_fc6c);
/// `PROTOCOL_VERSION` of `torch/serialization.py`.
const PROTOCOL_VERSION: Object = Object::Int(1001);

/// A file before PyTorch 1.6, borrowed from its bytes.
pub struct LegacyTorchFile<'a> {
    /// The saved object.
    pub pickle: Pickle<'a>,
    /// The bytes of each storage by its key.
    pub storages: HashMap<&'a str, &'a [u8]>,
}

impl<'a> LegacyTorchFile<'a> {
    /// Splits a file into its pickle and storages.
    ///
    /// # Errors
    /// A file that is truncated, was written on a big-endian machine, or is a pickle of a program other than PyTorch.
    pub fn read(bytes: &'a [u8]) -> Result<Self, String> {
        let mut rest = bytes;
        let magic_number = next_pickle(&mut rest)?;
        if *magic_number.get(magic_number.root()) != MAGIC_NUMBER {
            return Err("it is a pickle, but not one of torch.save; no code in it was run".into());
        }
        let version = next_pickle(&mut rest)?;
        if *version.get(version.root()) != PROTOCOL_VERSION {
            return Err("its format version is not 1001, the only one of torch.save".into());
        }
        if is_big_endian(&next_pickle(&mut rest)?) {
            return Err(super::BIG_ENDIAN.into());
        }
        let pickle = next_pickle(&mut rest)?;
        let elements: HashMap<_, _> = pickle
            .storages()
            .map(|storage| (storage.key, storage.element))
            .collect();
        let keys = next_pickle(&mut rest)?;
        let Object::List(ids) = keys.get(keys.root()) else {
            return Err("its list of storages is missing".into());
        };
        let mut storages = HashMap::new();
        for &id in ids {
            let &Object::Text(key) = keys.get(id) else {
                return Err("the key of a storage is not text".into());
            };
            let in_error = || pickle::quoted(key);
            let element = elements
                .get(key)
                .ok_or_else(|| format!("the element type of storage {} is missing", in_error()))?;
            let storage = next_storage(&mut rest, element.size_in_bytes())
                .ok_or_else(|| format!("its storage {} is truncated", in_error()))?;
            storages.insert(key, storage);
        }
        Ok(Self { pickle, storages })
    }
}

fn next_pickle<'a>(rest: &mut &'a [u8]) -> Result<Pickle<'a>, String> {
    let pickle = pickle::read(rest)?;
    *rest = rest.get(pickle.length..).unwrap_or_default();
    Ok(pickle)
}

fn next_storage<'a>(rest: &mut &'a [u8], element_bytes: usize) -> Option<&'a [u8]> {
    let (count, behind) = rest.split_first_chunk::<8>()?;
    let count = usize::try_from(u64::from_le_bytes(*count)).ok()?;
    let (storage, behind) = behind.split_at_checked(count.checked_mul(element_bytes)?)?;
    *rest = behind;
    Some(storage)
}

fn is_big_endian(facts: &Pickle) -> bool {
    let Object::Dict(items) = facts.get(facts.root()) else {
        return false;
    };
    items.iter().any(|&(key, value)| {
        let is_endianness = *facts.get(key) == Object::Text("little_endian");
        is_endianness && *facts.get(value) == Object::Bool(false)
    })
}
