//! Pickles as Python writes them, and hostile ones.

use std::time::{Duration, Instant};

use super::*;

// One state dict in three protocols, pickled by CPython 3.12 with classes of the names of PyTorch's and `persistent_id` as
// in `torch/serialization.py`: `OrderedDict(w=t, tied=t, epoch=3, big=1 << 200, neg=-(1 << 40), x=0.5, l=[1, "a"], n=None,
// y=True)`, where `t` is a tensor of two numbers, with the attribute `_metadata`. From protocol 4 there are also
// `b=b"ab", s={1, 2}, f=frozenset([1])`, in protocol 5 `c=bytearray(b"c")`.
const PROTOCOL_2: &[u8] = b"\
    \x80\x02ccollections\nOrderedDict\nq\0)Rq\x01(X\x01\0\0\0wq\x02ctorch._utils\n_rebuild_tensor_v2\n\
    q\x03((X\x07\0\0\0storageq\x04ctorch\nFloatStorage\nq\x05X\x01\0\0\x000q\x06X\x03\0\0\0cpuq\x07K\x04\
    tq\x08QK\x01K\x02\x85q\x09K\x01\x85q\n\x89h\0)Rq\x0btq\x0cRq\x0dX\x04\0\0\0tiedq\x0eh\x0dX\x05\0\0\
    \0epochq\x0fK\x03X\x03\0\0\0bigq\x10\x8a\x1a\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\
    X\x03\0\0\0negq\x11\x8a\x06\0\0\0\0\0\xffX\x01\0\0\0xq\x12G?\xe0\0\0\0\0\0\0X\x01\0\0\0lq\x13]q\
    \x14(K\x01X\x01\0\0\0aq\x15eX\x01\0\0\0nq\x16NX\x01\0\0\0yq\x17\x88u}q\x18X\x09\0\0\0_metadataq\
    \x19h\0)Rq\x1asb.";
const PROTOCOL_4: &[u8] = b"\
    \x80\x04\x951\x01\0\0\0\0\0\0\x8c\x0bcollections\x94\x8c\x0bOrderedDict\x94\x93\x94)R\x94(\x8c\x01\
    w\x94\x8c\x0ctorch._utils\x94\x8c\x12_rebuild_tensor_v2\x94\x93\x94((\x8c\x07storage\x94\x8c\x05to\
    rch\x94\x8c\x0cFloatStorage\x94\x93\x94\x8c\x010\x94\x8c\x03cpu\x94K\x04t\x94QK\x01K\x02\x85\x94K\
    \x01\x85\x94\x89h\x02)R\x94t\x94R\x94\x8c\x04tied\x94h\x13\x8c\x05epoch\x94K\x03\x8c\x03big\x94\
    \x8a\x1a\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x8c\x03neg\x94\x8a\x06\0\0\0\0\0\
    \xff\x8c\x01x\x94G?\xe0\0\0\0\0\0\0\x8c\x01l\x94]\x94(K\x01\x8c\x01a\x94e\x8c\x01n\x94N\x8c\x01y\
    \x94\x88\x8c\x01b\x94C\x02ab\x94\x8c\x01s\x94\x8f\x94(K\x01K\x02\x90\x8c\x01f\x94(K\x01\x91\x94u}\
    \x94\x8c\x09_metadata\x94h\x02)R\x94sb.";
const PROTOCOL_5: &[u8] = b"\
    \x80\x05\x95@\x01\0\0\0\0\0\0\x8c\x0bcollections\x94\x8c\x0bOrderedDict\x94\x93\x94)R\x94(\x8c\x01\
    w\x94\x8c\x0ctorch._utils\x94\x8c\x12_rebuild_tensor_v2\x94\x93\x94((\x8c\x07storage\x94\x8c\x05to\
    rch\x94\x8c\x0cFloatStorage\x94\x93\x94\x8c\x010\x94\x8c\x03cpu\x94K\x04t\x94QK\x01K\x02\x85\x94K\
    \x01\x85\x94\x89h\x02)R\x94t\x94R\x94\x8c\x04tied\x94h\x13\x8c\x05epoch\x94K\x03\x8c\x03big\x94\
    \x8a\x1a\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x8c\x03neg\x94\x8a\x06\0\0\0\0\0\
    \xff\x8c\x01x\x94G?\xe0\0\0\0\0\0\0\x8c\x01l\x94]\x94(K\x01\x8c\x01a\x94e\x8c\x01n\x94N\x8c\x01y\
    \x94\x88\x8c\x01b\x94C\x02ab\x94\x8c\x01s\x94\x8f\x94(K\x01K\x02\x90\x8c\x01f\x94(K\x01\x91\x94\
    \x8c\x01c\x94\x96\x01\0\0\0\0\0\0\0c\x94u}\x94\x8c\x09_metadata\x94h\x02)R\x94sb.";

fn text(pickle: &Pickle, id: ObjectId) -> String {
    match pickle.get(id) {
        Object::Text(text) => (*text).to_owned(),
        object => panic!("{object:?} is not text"),
    }
}

/// Keys and values of the dict that is pickled.
fn items<'p, 'a>(pickle: &'p Pickle<'a>) -> Vec<(String, &'p Object<'a>)> {
    let Object::Dict(items) = pickle.get(pickle.root()) else {
        panic!("{:?} is not a dict", pickle.get(pickle.root()));
    };
    let items = items.iter();
    let items = items.map(|&(key, value)| (text(pickle, key), pickle.get(value)));
    items.collect()
}

#[track_caller]
fn refused(bytes: &[u8], words: &str) {
    let begin = Instant::now();
    let error = read(bytes).unwrap_err();
    assert!(error.contains(words), "{error}");
    assert!(
        error.chars().count() < 300 && !error.contains('\n'),
        "{error}"
    );
    assert!(begin.elapsed() < Duration::from_secs(30));
}

#[test]
fn all_protocols_of_one_object_give_the_same_values() {
    for (protocol, bytes, count) in [(2, PROTOCOL_2, 9), (4, PROTOCOL_4, 12), (5, PROTOCOL_5, 13)] {
        let pickle = read(bytes).unwrap();
        assert_eq!(pickle.length, bytes.len());
        let items = items(&pickle);
        assert_eq!(items.len(), count, "protocol {protocol}");
        let value = |name: &str| items.iter().find(|(key, _)| key == name).unwrap().1;
        assert_eq!(value("epoch"), &Object::Int(3));
        assert_eq!(value("neg"), &Object::Int(-(1 << 40)));
        assert_eq!(value("big"), &Object::Opaque);
        assert_eq!(value("x"), &Object::Opaque);
        assert_eq!(value("n"), &Object::None);
        assert_eq!(value("y"), &Object::Bool(true));
        assert!(matches!(value("l"), Object::List(list) if list.len() == 2));
        assert!(matches!(
            value("w"),
            Object::Call {
                global: Global::RebuildTensor,
                ..
            }
        ));
        assert_eq!(value("w"), value("tied"));
        let storages: Vec<_> = pickle.storages().collect();
        let element = ElementType::Float(FloatType::F32);
        assert_eq!(storages, [StorageReference { key: "0", element }]);
    }
}

#[test]
fn a_state_dict_of_python_2_is_read() {
    let bytes = b"\x80\x02ccollections\nOrderedDict\n](](U\x01aK\x01e](T\x01\0\0\0bK\x02ee\x85R.";
    let pickle = read(bytes).unwrap();
    let expected = [
        ("a".to_owned(), &Object::Int(1)),
        ("b".to_owned(), &Object::Int(2)),
    ];
    assert_eq!(items(&pickle), expected);
}

#[test]
fn a_view_of_a_storage_is_not_taken_for_the_storage() {
    let persistent = |view: &[u8]| {
        let id =
            b"\x80\x02(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpuK\x04";
        [&id[..], view, b"tQ."].concat()
    };
    for (view, count) in [(&b""[..], 1), (b"N", 1), (b"X\x01\0\0\x001K\0K\x02\x87", 0)] {
        let bytes = persistent(view);
        let pickle = read(&bytes).unwrap();
        assert_eq!(pickle.storages().count(), count);
        assert_eq!(pickle.storage(pickle.root()).is_some(), count == 1);
    }
}

#[test]
fn what_follows_a_pickle_is_left() {
    let pickle = read(b"\x80\x02K\x07.more").unwrap();
    assert_eq!(
        (pickle.get(pickle.root()), pickle.length),
        (&Object::Int(7), 5)
    );
    for (bytes, number) in [
        (&b"J\xff\xff\xff\xff."[..], -1),
        (b"M\x01\x02.", 513),
        (b"\x8a\0.", 0),
        (b"\x8a\x01\x80.", -128),
        (b"\x8b\x02\0\0\0\xff\0.", 255),
    ] {
        let pickle = read(bytes).unwrap();
        assert_eq!(pickle.get(pickle.root()), &Object::Int(number));
    }
}

#[test]
fn globals_that_are_not_allowed_are_refused_by_name() {
    for (bytes, name) in [
        (
            &b"\x80\x02cos\nsystem\nX\x04\0\0\0true\x85R."[..],
            "os.system",
        ),
        (
            b"\x80\x04\x8c\x02os\x94\x8c\x06system\x94\x93.",
            "os.system",
        ),
        (
            b"\x80\x02c__builtin__\neval\nX\x01\0\0\x001\x85R.",
            "__builtin__.eval",
        ),
        (b"ctorch\nos.system\n.", "torch.os.system"),
        (b"ccollections\ndefaultdict\n.", "collections.defaultdict"),
        (b"ctorch._utils\n\n.", "torch._utils."),
    ] {
        refused(bytes, &format!("its pickle refers to {name}, "));
        refused(bytes, "no code in it was run");
    }
    let long = [b"c", &b"\x1b[31m".repeat(5000)[..], b"\nx\n."].concat();
    refused(&long, "[31m");
    // Other ways to import or to call.
    for opcode in [b'i', b'o', b'P', 0x82, 0x83, 0x84, 0x97, 0x98] {
        refused(
            &[0x80, 2, b'(', opcode, b'.'],
            &format!("opcode {opcode:#04x}"),
        );
    }
}

#[test]
fn malformed_pickles_are_refused() {
    for (bytes, words) in [
        (&b""[..], "truncated"),
        (b"\x80", "truncated"),
        (b"\x80\x06.", "protocol 6"),
        (b".", "stack is empty"),
        (b"\x80\x02\x93.", "stack is empty"),
        (b"(.", "stack is empty"),
        (b"N(.", "stack is empty"),
        (b"K\x01(0t.", "stack is empty"),
        (b"t.", "MARK is missing"),
        (b"1.", "MARK is missing"),
        (b"h\x01.", "memo entry"),
        (b"K\x01K\x02a.", "other than a list"),
        (b"](K\x01u.", "without a dict"),
        (b"}(K\x01u.", "without a dict"),
        (b"(K\x01d.", "without a dict"),
        (b"N)R.", "not a global"),
        (b"NN\x93.", "not text"),
        (b"X\x01\0\0\0\xff.", "not UTF-8"),
        (b"ccollections\nOrderedDict\n]K\x01a\x85R.", "not a pair"),
        (b"ccollections\nOrderedDict", "truncated"),
        (b"X\xff\xff\xff\xff.", "truncated"),
        (b"\x8d\xff\xff\xff\xff\xff\xff\xff\xff.", "truncated"),
        (b"\x95\xff\xff\xff\xff\xff\xff\xff\x7f.", "truncated"),
        (b"\x8a\xff.", "truncated"),
        (b"\x8b\xff\xff\xff\xff.", "truncated"),
    ] {
        refused(bytes, words);
    }
}

#[test]
fn a_truncated_pickle_is_refused_at_every_length() {
    for bytes in [PROTOCOL_2, PROTOCOL_4, PROTOCOL_5] {
        for length in 0..bytes.len() {
            let error = read(&bytes[..length]).unwrap_err();
            assert!(error.contains("truncated"), "{length}: {error}");
        }
    }
}

#[test]
fn bombs_end_quickly() {
    // A tuple with ten times itself, thirty times over: 10^30 values for one who copies.
    let copies = [&b"("[..], &b"h\0".repeat(10), b"tq\0"].concat().repeat(30);
    let bytes = [b"\x80\x02)q\0", &copies[..], b"."].concat();
    assert!(read(&bytes).unwrap().objects.len() < 100);
    // Nested deeper than a call stack.
    let deep = [b"\x80\x02)", &b"\x85".repeat(1_000_000)[..], b"."].concat();
    assert_eq!(read(&deep).unwrap().objects.len(), 1_000_001);
    // A Python list in itself.
    let pickle = read(b"]q\0h\0a.").unwrap();
    assert_eq!(
        pickle.get(pickle.root()),
        &Object::List(vec![pickle.root()])
    );
    // One list of pairs for many dicts.
    let mut copies = b"]q\0(".to_vec();
    copies.extend(b"NN\x86".repeat(50_000));
    copies.extend(b"eccollections\nOrderedDict\nq\x01");
    copies.extend(b"h\x01h\0\x85R".repeat(50_000));
    refused(&copies, "copies the items of a list repeatedly");
    refused(&b"N".repeat(5_000_000), "opcodes, too many");
    refused(&b"(".repeat(5_000_000), "opcodes, too many");
    refused(&b"]2a".repeat(2_000_000), "opcodes, too many");
}

#[test]
fn random_opcodes_never_panic() {
    let opcodes =
        b"NJKMGXTUBC()t]lae}dsu012hjqrcRbQ\x80\x85\x86\x87\x8a\x8c\x8f\x90\x91\x92\x93\x94\x95";
    let mut random = fastrand::Rng::with_seed(5);
    let mut complete = 0;
    for _ in 0..50_000 {
        let mut bytes: Vec<u8> = (0..random.usize(1..40))
            .flat_map(|_| match random.u8(..8) {
                0 => b"ccollections\nOrderedDict\n)R".to_vec(),
                1 => vec![b'K', random.u8(..)],
                2 => vec![b'h', random.u8(..3)],
                3 => vec![b'q', random.u8(..3)],
                _ => vec![opcodes[random.usize(..opcodes.len())]],
            })
            .collect();
        bytes.push(b'.');
        complete += usize::from(read(&bytes).is_ok());
    }
    assert!(complete > 100, "{complete}");
}

#[test]
fn a_changed_byte_never_panics() {
    for (original, step) in [(PROTOCOL_2, 11), (PROTOCOL_4, 11), (PROTOCOL_5, 1)] {
        let mut bytes = original.to_vec();
        for index in 0..bytes.len() {
            for value in (0..=255).step_by(step) {
                bytes[index] = value;
                if let Ok(pickle) = read(&bytes) {
                    assert!(pickle.objects.len() <= bytes.len());
                }
            }
            bytes[index] = original[index];
        }
    }
}
