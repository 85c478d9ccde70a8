//! The stack machine of pickle: opcodes in, [`Object`]s out. Names of opcodes are those of CPython's `Lib/pickletools.py`.

use std::collections::HashMap;

use super::{ALLOWED, Global, Object, ObjectId, Pickle, quoted};

/// The largest number of opcodes in a pickle; the description of a thousand tensors has about 50,000.
const MAX_OPCODES: usize = 4_000_000;
/// The latest version of the pickle protocol, of Python 3.8.
const MAX_PROTOCOL: usize = 5;

/// Reads the pickle at the start of `input`.
///
/// # Errors
/// A pickle that is truncated, malformed or too long, that uses an opcode which `torch.save` does not write, or that
/// refers to a global which is not allowed.
pub fn read(input: &[u8]) -> Result<Pickle<'_>, String> {
    let mut machine = Machine {
        input,
        objects: Vec::new(),
        stack: Vec::new(),
        marks: Vec::new(),
        memo: HashMap::new(),
        copies: input.len(),
    };
    for _ in 0..MAX_OPCODES {
        let [opcode] = machine.array()?;
        if opcode == b'.' {
            return Ok(Pickle {
                root: machine.pop()?,
                length: input.len() - machine.input.len(),
                objects: machine.objects,
            });
        }
        let operand = machine.operand(opcode)?;
        machine.execute(opcode, operand)?;
    }
    Err(format!(
        "its pickle has more than {MAX_OPCODES} opcodes, too many for weights"
    ))
}

/// State of the machine between two opcodes.
struct Machine<'a> {
    /// The bytes that remain.
    input: &'a [u8],
    objects: Vec<Object<'a>>,
    stack: Vec<ObjectId>,
    /// Height of the stack at each open MARK.
    marks: Vec<usize>,
    memo: HashMap<usize, ObjectId>,
    /// How many more items may be copied from a Python list into an `OrderedDict`. Each is written in the pickle with at least
    /// one byte, and is copied once, unless memo references name the same list repeatedly.
    copies: usize,
}

impl<'a> Machine<'a> {
    /// The unsigned number that follows the opcode: a value, a length or a key of the memo. 0 if it has none.
    fn operand(&mut self, opcode: u8) -> Result<usize, String> {
        let number = match opcode {
            0x80 | 0x8a | 0x8c | b'C' | b'K' | b'U' | b'h' | b'q' => {
                u64::from(u8::from_le_bytes(self.array()?))
            }
            b'M' => u64::from(u16::from_le_bytes(self.array()?)),
            0x8b | b'B' | b'T' | b'X' | b'j' | b'r' => u64::from(u32::from_le_bytes(self.array()?)),
            0x8d | 0x8e | 0x95 | 0x96 => u64::from_le_bytes(self.array()?),
            _ => 0,
        };
        usize::try_from(number).map_err(|_| truncated())
    }

    /// Executes an opcode other than STOP.
    fn execute(&mut self, opcode: u8, operand: usize) -> Result<(), String> {
        match opcode {
            // PROTO
            0x80 if operand > MAX_PROTOCOL => {
                return Err(format!("pickle protocol {operand} is not supported"));
            }
            0x80 => {}
            // FRAME: a hint for buffering.
            0x95 if operand > self.input.len() => return Err(truncated()),
            0x95 => {}
            // NONE, NEWTRUE, NEWFALSE
            b'N' => self.push(Object::None),
            0x88 => self.push(Object::Bool(true)),
            0x89 => self.push(Object::Bool(false)),
            // BININT1 and BININT2, BININT, LONG1 and LONG4, BINFLOAT
            b'K' | b'M' => self.push(Object::Int(operand as i128)),
            b'J' => {
                let number = i32::from_le_bytes(self.array()?);
                self.push(Object::Int(number.into()));
            }
            0x8a | 0x8b => {
                let number = integer(self.take(operand)?);
                self.push(number);
            }
            b'G' => self.opaque(8)?,
            // BINUNICODE, SHORT_BINUNICODE, BINUNICODE8; BINSTRING and SHORT_BINSTRING: the `str` of Python 2.
            b'X' | 0x8c | 0x8d | b'T' | b'U' => {
                let text = utf8(self.take(operand)?)?;
                self.push(Object::Text(text));
            }
            // BINBYTES, SHORT_BINBYTES, BINBYTES8, BYTEARRAY8
            b'B' | b'C' | 0x8e | 0x96 => self.opaque(operand)?,
            // MARK, EMPTY_TUPLE, TUPLE
            b'(' => self.marks.push(self.stack.len()),
            b')' => self.push(Object::Tuple(Vec::new())),
            b't' => {
                let elements = self.pop_to_mark()?;
                self.push(Object::Tuple(elements));
            }
            // TUPLE1, TUPLE2, TUPLE3
            0x85..=0x87 => {
                let mut elements = Vec::with_capacity(3);
                for _ in 0x85..=opcode {
                    elements.push(self.pop()?);
                }
                elements.reverse();
                self.push(Object::Tuple(elements));
            }
            // EMPTY_LIST, LIST, APPEND, APPENDS
            b']' => self.push(Object::List(Vec::new())),
            b'l' => {
                let elements = self.pop_to_mark()?;
                self.push(Object::List(elements));
            }
            b'a' => {
                let element = self.pop()?;
                self.append(&[element])?;
            }
            b'e' => {
                let elements = self.pop_to_mark()?;
                self.append(&elements)?;
            }
            // EMPTY_DICT, DICT, SETITEM, SETITEMS
            b'}' => self.push(Object::Dict(Vec::new())),
            b'd' => {
                let items = self.pop_to_mark()?;
                self.push(Object::Dict(Vec::new()));
                self.set_items(&items)?;
            }
            b's' => {
                let (value, key) = (self.pop()?, self.pop()?);
                self.set_items(&[key, value])?;
            }
            b'u' => {
                let items = self.pop_to_mark()?;
                self.set_items(&items)?;
            }
            // EMPTY_SET, ADDITEMS, FROZENSET
            0x8f => self.push(Object::Opaque),
            0x90 => {
                self.pop_to_mark()?;
                self.top()?;
            }
            0x91 => {
                self.pop_to_mark()?;
                self.push(Object::Opaque);
            }
            // POP, POP_MARK, DUP
            b'0' => {
                self.pop()?;
            }
            b'1' => {
                self.pop_to_mark()?;
            }
            b'2' => self.stack.push(self.top()?),
            // BINGET and LONG_BINGET; BINPUT and LONG_BINPUT; MEMOIZE
            b'h' | b'j' => {
                let id = self.memo.get(&operand);
                self.stack
                    .push(*id.ok_or_else(|| invalid("a memo entry is missing"))?);
            }
            b'q' | b'r' => {
                self.memo.insert(operand, self.top()?);
            }
            0x94 => {
                self.memo.insert(self.memo.len(), self.top()?);
            }
            // GLOBAL, STACK_GLOBAL
            b'c' => {
                let (module, name) = (self.line()?, self.line()?);
                self.global(module, name)?;
            }
            0x93 => {
                let (name, module) = (self.pop()?, self.pop()?);
                match (self.get(module), self.get(name)) {
                    (&Object::Text(module), &Object::Text(name)) => self.global(module, name)?,
                    _ => return Err(invalid("the name of a global is not text")),
                }
            }
            // REDUCE and NEWOBJ; NEWOBJ_EX has keyword arguments too.
            b'R' | 0x81 => self.call()?,
            0x92 => {
                self.pop()?;
                self.call()?;
            }
            // BUILD: attributes, such as `_metadata` of a state dict, are not its items.
            b'b' => {
                self.pop()?;
                self.top()?;
            }
            // BINPERSID
            b'Q' => {
                let id = self.pop()?;
                self.push(Object::PersistentId(id));
            }
            _ => {
                return Err(invalid(&format!(
                    "torch.save does not write opcode {opcode:#04x}"
                )));
            }
        }
        Ok(())
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], String> {
        let (taken, rest) = self.input.split_at_checked(length).ok_or_else(truncated)?;
        self.input = rest;
        Ok(taken)
    }

    fn array<const SIZE: usize>(&mut self) -> Result<[u8; SIZE], String> {
        let (taken, rest) = self.input.split_first_chunk().ok_or_else(truncated)?;
        self.input = rest;
        Ok(*taken)
    }

    /// The text up to the next newline, which is dropped.
    fn line(&mut self) -> Result<&'a str, String> {
        let length = self.input.iter().position(|&byte| byte == b'\n');
        let line = self.take(length.ok_or_else(truncated)?)?;
        self.take(1)?;
        utf8(line)
    }

    fn opaque(&mut self, length: usize) -> Result<(), String> {
        self.take(length)?;
        self.push(Object::Opaque);
        Ok(())
    }

    fn get(&self, id: ObjectId) -> &Object<'a> {
        self.objects.get(id.0).unwrap_or(&Object::Opaque)
    }

    fn push(&mut self, object: Object<'a>) {
        self.stack.push(ObjectId(self.objects.len()));
        self.objects.push(object);
    }

    /// The object on top of the stack, above the last MARK.
    fn top(&self) -> Result<ObjectId, String> {
        let mark = self.marks.last().copied().unwrap_or(0);
        let above = self.stack.get(mark..).unwrap_or_default();
        let top = above.last().copied();
        top.ok_or_else(|| invalid("its stack is empty"))
    }

    fn pop(&mut self) -> Result<ObjectId, String> {
        let top = self.top()?;
        self.stack.pop();
        Ok(top)
    }

    fn pop_to_mark(&mut self) -> Result<Vec<ObjectId>, String> {
        let mark = self.marks.pop();
        let mark = mark.filter(|&mark| mark <= self.stack.len());
        let mark = mark.ok_or_else(|| invalid("MARK is missing"))?;
        Ok(self.stack.split_off(mark))
    }

    fn append(&mut self, elements: &[ObjectId]) -> Result<(), String> {
        let list = self.top()?;
        match self.objects.get_mut(list.0) {
            Some(Object::List(list)) => list.extend(elements),
            _ => return Err(invalid("it appends to an object other than a list")),
        }
        Ok(())
    }

    /// Inserts keys and values, which alternate, into the dict on top of the stack.
    fn set_items(&mut self, items: &[ObjectId]) -> Result<(), String> {
        let dict = self.top()?;
        let (items, rest) = items.as_chunks::<2>();
        match self.objects.get_mut(dict.0) {
            Some(Object::Dict(dict)) if rest.is_empty() => {
                dict.extend(items.iter().map(|&[key, value]| (key, value)));
                Ok(())
            }
            _ => Err(invalid("it sets an item without a dict, key or value")),
        }
    }

    fn global(&mut self, module: &str, name: &str) -> Result<(), String> {
        let mut allowed = ALLOWED.iter();
        let global = allowed.find(|global| (global.0, global.1) == (module, name));
        let &(_, _, global) = global.ok_or_else(|| {
            let (module, name) = (quoted(module), quoted(name));
            format!(
                "its pickle refers to {module}.{name}, which weights do not need; no code in it was run (save only the \
                 state_dict)"
            )
        })?;
        self.push(Object::Global(global));
        Ok(())
    }

    /// Replaces a global and its arguments on the stack by an object for the result of the call.
    fn call(&mut self) -> Result<(), String> {
        let (arguments, callable) = (self.pop()?, self.pop()?);
        let object = match *self.get(callable) {
            Object::Global(Global::OrderedDict) => Object::Dict(self.pairs(arguments)?),
            Object::Global(global) => Object::Call { global, arguments },
            _ => return Err(invalid("it calls an object that is not a global")),
        };
        self.push(object);
        Ok(())
    }

    /// The items in the arguments of `OrderedDict`: none in Python 3, `([[key, value], …],)` in Python 2.
    fn pairs(&mut self, arguments: ObjectId) -> Result<Vec<(ObjectId, ObjectId)>, String> {
        let Object::Tuple(arguments) = self.get(arguments) else {
            return Ok(Vec::new());
        };
        let list = arguments.first().map(|&list| self.get(list));
        let Some(Object::List(list)) = list else {
            return Ok(Vec::new());
        };
        let copies = self.copies.checked_sub(list.len());
        let copies = copies.ok_or_else(|| invalid("it copies the items of a list repeatedly"))?;
        let pairs = list.iter().map(|&pair| match self.get(pair) {
            Object::Tuple(pair) | Object::List(pair) => match pair[..] {
                [key, value] => Some((key, value)),
                _ => None,
            },
            _ => None,
        });
        let pairs: Option<Vec<_>> = pairs.collect();
        self.copies = copies;
        pairs.ok_or_else(|| invalid("an item of OrderedDict is not a pair"))
    }
}

/// A little-endian two's complement integer; zero without bytes.
fn integer<'a>(bytes: &[u8]) -> Object<'a> {
    let is_negative = bytes.last().is_some_and(|&byte| byte >= 0x80);
    let mut number = [if is_negative { 0xff } else { 0 }; 16];
    match number.get_mut(..bytes.len()) {
        Some(low) => {
            low.copy_from_slice(bytes);
            Object::Int(i128::from_le_bytes(number))
        }
        None => Object::Opaque,
    }
}

fn utf8(bytes: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(bytes).map_err(|_| invalid("a text is not UTF-8"))
}

fn invalid(reason: &str) -> String {
    format!("its pickle is invalid: {reason}")
}

fn truncated() -> String {
    "its pickle is truncated, or states a length beyond its end".into()
}
