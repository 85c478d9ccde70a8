//! An interpreter of Python pickles that executes nothing: calls become data, and a name outside a fixed list is an error.
//!
//! It reads protocols 2 to 5 as far as `torch.save` writes them, as PyTorch's own restricted unpickler does
//! (`torch/_weights_only_unpickler.py`). The opcodes are specified in CPython's `Lib/pickletools.py` and PEP 3154.
//!
//! Invariants: every length is compared with the bytes that remain before it is used. Objects are in one arena and refer
//! to each other by index, so neither a memo reference nor nesting copies or recurses. Time and memory are linear in the
//! length of the pickle, and the number of opcodes is limited.

mod machine;

use super::super::tensor::FloatType;

pub use machine::read;

/// Characters of a name that an error message quotes.
const MAX_QUOTED_CHARS: usize = 60;

/// The globals that a state dict refers to. All others are refused.
const ALLOWED: [(&str, &str, Global); 13] = [
    ("collections", "OrderedDict", Global::OrderedDict),
    ("torch._utils", "_rebuild_tensor_v2", Global::RebuildTensor),
    (
        "torch._utils",
        "_rebuild_parameter",
        Global::RebuildParameter,
    ),
    ("torch", "FloatStorage", Global::float(FloatType::F32)),
    ("torch", "DoubleStorage", Global::float(FloatType::F64)),
    ("torch", "HalfStorage", Global::float(FloatType::F16)),
    ("torch", "BFloat16Storage", Global::float(FloatType::Bf16)),
    ("torch", "LongStorage", Global::integer(8)),
    ("torch", "IntStorage", Global::integer(4)),
    ("torch", "ShortStorage", Global::integer(2)),
    ("torch", "CharStorage", Global::integer(1)),
    ("torch", "ByteStorage", Global::integer(1)),
    ("torch", "BoolStorage", Global::integer(1)),
];

/// A Python class or function that a pickle may refer to. It is never called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Global {
    /// `collections.OrderedDict`
    OrderedDict,
    /// `torch._utils._rebuild_tensor_v2`
    RebuildTensor,
    /// `torch._utils._rebuild_parameter`
    RebuildParameter,
    /// A storage class such as `torch.FloatStorage`.
    Storage(ElementType),
}

impl Global {
    const fn float(element: FloatType) -> Global {
        Global::Storage(ElementType::Float(element))
    }

    const fn integer(size_in_bytes: usize) -> Global {
        Global::Storage(ElementType::Integer { size_in_bytes })
    }
}

/// What a storage consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ElementType {
    /// Floating-point numbers.
    Float(FloatType),
    /// Integers or booleans; their values are not needed.
    Integer {
        /// Size of one element in bytes.
        size_in_bytes: usize,
    },
}

impl ElementType {
    /// Size of one element in bytes.
    pub fn size_in_bytes(self) -> usize {
        match self {
            ElementType::Float(float) => float.size_in_bytes(),
            ElementType::Integer { size_in_bytes } => size_in_bytes,
        }
    }
}

/// Index of an object in its [`Pickle`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObjectId(usize);

/// A pickled object. Objects inside it are given by their index, and may be shared or contain themselves.
#[derive(Debug, PartialEq)]
pub enum Object<'a> {
    /// `None`
    None,
    /// `True` or `False`
    Bool(bool),
    /// An integer of at most 128 bits.
    Int(i128),
    /// A `str`.
    Text(&'a str),
    /// One of the allowed classes and functions.
    Global(Global),
    /// A `tuple`.
    Tuple(Vec<ObjectId>),
    /// A `list`.
    List(Vec<ObjectId>),
    /// A `dict` or an `OrderedDict`, with its keys and values in the order of insertion.
    Dict(Vec<(ObjectId, ObjectId)>),
    /// The result that a call would have in Python.
    Call {
        /// The function or class.
        global: Global,
        /// Its arguments.
        arguments: ObjectId,
    },
    /// A reference to an object outside the pickle; a storage in a file of PyTorch.
    PersistentId(ObjectId),
    /// A float, bytes, a set or a larger integer, which a description of tensors does not need.
    Opaque,
}

/// A reference to a storage: the persistent ID `("storage", class, key, location, numel)` of `torch.save`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StorageReference<'a> {
    /// Name of the storage in the file.
    pub key: &'a str,
    /// Type of its elements.
    pub element: ElementType,
}

/// The objects of one pickle, borrowed from its bytes.
#[derive(Debug)]
pub struct Pickle<'a> {
    objects: Vec<Object<'a>>,
    root: ObjectId,
    /// Length of the pickle in bytes, including the STOP opcode. Other data may follow.
    pub length: usize,
}

impl<'a> Pickle<'a> {
    /// The pickled object.
    pub fn root(&self) -> ObjectId {
        self.root
    }

    /// The object of an index of this pickle.
    pub fn get(&self, id: ObjectId) -> &Object<'a> {
        self.objects.get(id.0).unwrap_or(&Object::Opaque)
    }

    /// The elements of a tuple; `None` if the object is of another type.
    pub fn tuple(&self, id: ObjectId) -> Option<&[ObjectId]> {
        match self.get(id) {
            Object::Tuple(elements) => Some(elements),
            _ => None,
        }
    }

    /// The storage that an object refers to. `None` if it does not refer to one, or to a part of one: the view of a
    /// storage, which PyTorch wrote before 0.4.
    pub fn storage(&self, id: ObjectId) -> Option<StorageReference<'a>> {
        let Object::PersistentId(reference) = self.get(id) else {
            return None;
        };
        let [kind, class, key, _location, _numel, view @ ..] = self.tuple(*reference)? else {
            return None;
        };
        let is_whole = view.iter().all(|&view| *self.get(view) == Object::None);
        match (self.get(*kind), self.get(*class), self.get(*key)) {
            (
                Object::Text("storage"),
                &Object::Global(Global::Storage(element)),
                &Object::Text(key),
            ) if is_whole => Some(StorageReference { key, element }),
            _ => None,
        }
    }

    /// All storages that any object of the pickle refers to; one may occur repeatedly.
    pub fn storages(&self) -> impl Iterator<Item = StorageReference<'a>> {
        (0..self.objects.len()).filter_map(|index| self.storage(ObjectId(index)))
    }
}

/// Shortens a text from a file for an error message of one line.
pub fn quoted(text: &str) -> String {
    let printable = text.chars().filter(|character| !character.is_control());
    printable.take(MAX_QUOTED_CHARS).collect()
}

#[cfg(test)]
mod tests;
