//! A pickle as data: candle's machine reads it, sign by sign, and is stopped before it takes what a hostile one makes
//! it take (a length that the file does not have, copies of copies of copies, a depth that no stack holds).

use std::collections::HashMap;
use std::io::Cursor;

use candle_core::pickle::{Object, Stack};

/// All that a state dict of PyTorch names; whatever else a pickle names, weights do not need it.
const NAMED: [(&str, &str); 13] = [
    ("collections", "OrderedDict"),
    ("torch._utils", "_rebuild_tensor_v2"),
    ("torch._utils", "_rebuild_parameter"),
    ("torch", "FloatStorage"),
    ("torch", "DoubleStorage"),
    ("torch", "HalfStorage"),
    ("torch", "BFloat16Storage"),
    ("torch", "LongStorage"),
    ("torch", "IntStorage"),
    ("torch", "ShortStorage"),
    ("torch", "CharStorage"),
    ("torch", "ByteStorage"),
    ("torch", "BoolStorage"),
];
/// Deeper than any state dict.
const DEEPEST: usize = 64;
/// Values that may be looked at or copied in all; a network of a thousand tensors needs about 150,000.
const MOST_VALUES: usize = 4_000_000;

/// What a pickle holds, and how long it is; more may follow.
pub struct Pickled {
    pub object: Object,
    pub length: usize,
}

/// # Errors
/// A pickle that breaks off, or is no description of weights.
pub fn read(pickle: &[u8]) -> Result<Pickled, String> {
    let mut stack = Stack::empty();
    let mut cursor = Cursor::new(pickle);
    let mut left = MOST_VALUES;
    loop {
        let rest = pickle.get(cursor.position() as usize..).unwrap_or_default();
        look_ahead(rest)?;
        let ended = stack
            .read(&mut cursor)
            .map_err(|why| format!("its description is not understood ({})", first_line(&why)))?;
        if let Some(top) = stack.stack().last() {
            if let Object::Class {
                module_name,
                class_name,
            } = top
            {
                allow(module_name, class_name)?;
            }
            measure(top, DEEPEST, &mut left)?;
        }
        if ended {
            break;
        }
    }
    let object = stack.finalize().map_err(|why| first_line(&why))?;
    Ok(Pickled {
        object,
        length: cursor.position() as usize,
    })
}

/// Bytes of a number of each storage that is named, by its key.
pub fn storages(object: &Object) -> HashMap<&str, usize> {
    let mut found = HashMap::new();
    gather(object, &mut found);
    found
}

fn gather<'a>(object: &'a Object, found: &mut HashMap<&'a str, usize>) {
    match object {
        Object::PersistentLoad(inside) => {
            if let Object::Tuple(parts) = &**inside
                && let [
                    _,
                    Object::Class { class_name, .. },
                    Object::Unicode(key),
                    ..,
                ] = &parts[..]
            {
                found.insert(key, bytes_of(class_name));
            }
        }
        Object::Tuple(inside) | Object::List(inside) => {
            inside.iter().for_each(|inner| gather(inner, found));
        }
        Object::Dict(inside) => inside.iter().for_each(|(_, value)| gather(value, found)),
        Object::Reduce { args, .. } => gather(args, found),
        Object::Build { callable, args } => {
            gather(callable, found);
            gather(args, found);
        }
        _ => {}
    }
}

/// Of one number in a storage of this class; 0 where nobody knows.
fn bytes_of(class: &str) -> usize {
    match class {
        "DoubleStorage" | "LongStorage" => 8,
        "FloatStorage" | "IntStorage" => 4,
        "HalfStorage" | "BFloat16Storage" | "ShortStorage" => 2,
        "CharStorage" | "ByteStorage" | "BoolStorage" => 1,
        _ => 0,
    }
}

fn first_line(why: &dyn std::fmt::Display) -> String {
    why.to_string()
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned()
}

/// Lengths that the machine would believe.
fn look_ahead(rest: &[u8]) -> Result<(), String> {
    match *rest {
        [] => Err("its description breaks off".into()),
        [b'X', a, b, c, d, ref text @ ..]
            if u32::from_le_bytes([a, b, c, d]) as usize > text.len() =>
        {
            Err("its description states a text that is longer than itself".into())
        }
        [0x8a, count, ..] if count > 8 => {
            Err("its description states a number that is too long".into())
        }
        _ => Ok(()),
    }
}

fn allow(module: &str, class: &str) -> Result<(), String> {
    if NAMED.contains(&(module, class)) {
        return Ok(());
    }
    let plain = |text: &str| -> String {
        let signs = text.chars().filter(|sign| !sign.is_control());
        signs.take(60).collect()
    };
    Err(format!(
        "it names {}.{}, which no weights need; nothing of it was run (save the state_dict alone)",
        plain(module),
        plain(class)
    ))
}

/// Counts what is inside, and stops at what is too much.
fn measure(object: &Object, depth: usize, left: &mut usize) -> Result<(), String> {
    if depth == 0 || *left == 0 {
        return Err("its description is deeper or larger than that of any weights".into());
    }
    *left -= 1;
    match object {
        Object::Tuple(inside) | Object::List(inside) => inside
            .iter()
            .try_for_each(|inner| measure(inner, depth - 1, left)),
        Object::Dict(inside) => inside.iter().try_for_each(|(key, value)| {
            measure(key, depth - 1, left)?;
            measure(value, depth - 1, left)
        }),
        Object::Reduce { callable, args } | Object::Build { callable, args } => {
            measure(callable, depth - 1, left)?;
            measure(args, depth - 1, left)
        }
        Object::PersistentLoad(inside) => measure(inside, depth - 1, left),
        _ => Ok(()),
    }
}
