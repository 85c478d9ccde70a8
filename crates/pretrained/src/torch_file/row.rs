//! The file of PyTorch before 1.6, which torchvision still offers: pickles in a row (a magic number, the version of the
//! protocol, facts of the machine, the description, the keys of the storages), then each storage's length and numbers.

use std::collections::HashMap;

use candle_core::pickle::Object;

use super::pickle::{self, Pickled};

/// The first pickle: `0x1950a86a20f9469cfc6c`, as `torch.serialization` writes it.
const MAGIC: [u8; 15] = [
    0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, b'.',
];
const PROTOCOL: Object = Object::Int(1001);

pub fn is_row(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

pub struct Row<'a> {
    pub object: Object,
    /// Bytes of each storage by its key.
    pub storages: HashMap<String, &'a [u8]>,
}

impl<'a> Row<'a> {
    pub fn read(bytes: &'a [u8]) -> Result<Self, String> {
        let mut rest = bytes.get(MAGIC.len()..).unwrap_or_default();
        let mut next = || -> Result<Object, String> {
            let Pickled { object, length } = pickle::read(rest)?;
            rest = rest.get(length..).unwrap_or_default();
            Ok(object)
        };
        if next()? != PROTOCOL {
            return Err("its protocol is not that of PyTorch".into());
        }
        if is_big_endian(&next()?) {
            return Err(super::BIG_ENDIAN.into());
        }
        let object = next()?;
        let Object::List(keys) = next()? else {
            return Err("it does not say which storages follow".into());
        };
        let sizes = pickle::storages(&object);
        let mut storages = HashMap::new();
        for key in keys {
            let Object::Unicode(key) = key else {
                return Err("the key of a storage is no text".into());
            };
            let short = || format!("its storage {key} is not whole");
            let size = sizes.get(key.as_str()).copied().filter(|&size| size > 0);
            let size = size.ok_or_else(|| format!("nobody says what its storage {key} holds"))?;
            let (count, numbers) = rest.split_first_chunk::<8>().ok_or_else(short)?;
            let length = usize::try_from(u64::from_le_bytes(*count)).ok();
            let length = length
                .and_then(|count| count.checked_mul(size))
                .ok_or_else(short)?;
            let (numbers, behind) = numbers.split_at_checked(length).ok_or_else(short)?;
            rest = behind;
            storages.insert(key, numbers);
        }
        Ok(Self { object, storages })
    }
}

fn is_big_endian(facts: &Object) -> bool {
    let Object::Dict(facts) = facts else {
        return false;
    };
    let little = Object::Unicode("little_endian".into());
    facts
        .iter()
        .any(|(key, value)| *key == little && *value == Object::Bool(false))
}
