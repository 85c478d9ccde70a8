//! Files that PyTorch wrote, damaged files and hostile files.

use std::io::{Cursor, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::*;

const ZIP: &[u8] = include_bytes!("../../../../fixtures/golden/torch_zip.pt");
const ROW: &[u8] = include_bytes!("../../../../fixtures/golden/torch_row.pt");
const CHECKPOINT: &[u8] = include_bytes!("../../../../fixtures/golden/torch_checkpoint.pt");
const TRUTH: &[u8] = include_bytes!("../../../../fixtures/golden/torch_file.safetensors");

/// A reference to storage 0, of four `f32`.
const STORAGE: &[u8] =
    b"(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpuK\x04tQ";

#[track_caller]
fn refused(bytes: &[u8], words: &str) {
    let reason = read(bytes.to_vec()).unwrap_err();
    assert!(reason.contains(words), "{reason}");
    assert!(
        reason.chars().count() < 300 && !reason.contains('\n'),
        "{reason}"
    );
}

/// A zip as PyTorch writes it, with this pickle and a storage of four numbers.
fn zip_with(pickle: &[u8]) -> Vec<u8> {
    let numbers = [1.0_f32, 2.0, 3.0, 4.0].map(f32::to_le_bytes).concat();
    zip_of(&[("archive/data.pkl", pickle), ("archive/data/0", &numbers)])
}

fn zip_of(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, bytes) in entries {
        zip.start_file(*name, stored).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A state dict of one tensor `w` with one axis, in storage 0.
fn state_of(length: i32, stride: u8) -> Vec<u8> {
    let mut pickle = b"\x80\x02}X\x01\0\0\0wctorch._utils\n_rebuild_tensor_v2\n(".to_vec();
    pickle.extend(STORAGE);
    pickle.extend(b"K\0J");
    pickle.extend(length.to_le_bytes());
    pickle.extend([0x85, b'K', stride, 0x85]);
    pickle.extend(b"\x89)tRs.");
    pickle
}

#[test]
fn what_pytorch_saved_is_read_number_by_number() {
    let truth = SafeTensors::deserialize(TRUTH).unwrap();
    for file in [ZIP, ROW, CHECKPOINT] {
        let bytes = read(file.to_vec()).unwrap();
        let ours = SafeTensors::deserialize(&bytes).unwrap();
        assert_eq!(ours.len(), truth.len());
        for (name, tensor) in truth.tensors() {
            assert_eq!(ours.tensor(&name).unwrap(), tensor, "{name}");
        }
        assert_eq!(contents_hash(&bytes), contents_hash(TRUTH));
    }
    let one = read(zip_with(&state_of(2, 2))).unwrap();
    let one = SafeTensors::deserialize(&one).unwrap();
    let numbers = [1.0_f32, 3.0].map(f32::to_le_bytes).concat();
    assert_eq!(one.tensor("w").unwrap().data(), numbers);
}

#[test]
fn safetensors_stay_as_they_are() {
    assert_eq!(read(TRUTH.to_vec()).unwrap(), TRUTH);
}

#[test]
fn the_pinned_contents_are_those_of_the_official_file() {
    let Some(data) = std::env::var_os("PLAYLIST_FIT_DATA") else {
        return println!("skipped: PLAYLIST_FIT_DATA is not set");
    };
    let path = Path::new(&data).join("../weights/efficientat-mn04-as.safetensors");
    let hash = contents_hash(&open(&path).unwrap()).unwrap();
    let known = crate::weights().unwrap();
    let mn04 = known
        .into_iter()
        .find(|known| known.name == "mn04")
        .unwrap();
    assert_eq!(mn04.contents, Some(hash));
}

#[test]
fn a_pickle_that_would_run_something_is_refused_by_its_name() {
    for (pickle, named) in [
        (
            &b"\x80\x02cos\nsystem\nX\x04\0\0\0true\x85R."[..],
            "os.system",
        ),
        (
            b"\x80\x02c__builtin__\neval\nX\x01\0\0\x001\x85R.",
            "__builtin__.eval",
        ),
        (
            b"\x80\x02ctorch.nn.modules\nLinear\n)\x81.",
            "torch.nn.modules.Linear",
        ),
    ] {
        refused(&zip_with(pickle), named);
        refused(&zip_with(pickle), "no code in it was run");
    }
    refused(b"\x80\x02cos\nsystem\nX\x04\0\0\0true\x85R.", "os.system");
}

#[test]
fn a_bomb_in_a_pickle_is_refused() {
    let copies = [&b"("[..], &b"h\0".repeat(10), b"tq\0"].concat().repeat(30);
    let copies = [b"\x80\x02)q\0", &copies[..], b"."].concat();
    refused(&zip_with(&copies), "no state dict");
    let deep = [b"\x80\x02)", &b"\x85".repeat(200_000)[..], b"."].concat();
    refused(&zip_with(&deep), "no state dict");
    refused(&zip_with(&b"N".repeat(5_000_000)), "too many for weights");
    refused(&zip_with(b"\x80\x02X\xff\xff\xff\xff."), "truncated");
    refused(&zip_with(b"\x80\x02\x8a\xff."), "truncated");
    refused(&zip_with(b"\x80\x02}"), "truncated");
    refused(&zip_with(b"\x80\x02\x93."), "stack is empty");
    // A parameter of itself.
    let parameter = b"}X\x01\0\0\0wctorch._utils\n_rebuild_parameter\n]q\0h\0a\x85Rs.";
    refused(&zip_with(parameter), "tensor w: its description");
    let axes = [
        b"\x80\x02}X\x01\0\0\0wctorch._utils\n_rebuild_tensor_v2\n(",
        STORAGE,
        b"K\0(",
    ]
    .concat();
    let axes = [
        &axes[..],
        &b"K\x01".repeat(65),
        b"t(",
        &b"K\x01".repeat(65),
        b"ttRs.",
    ]
    .concat();
    refused(&zip_with(&axes), "tensor w: its description");
    // One name of 100 kB for 100,000 tensors.
    let name = [b"X\xa0\x86\x01\0", &b"w".repeat(100_000)[..], b"q\0"].concat();
    let tensor = [
        b"ctorch._utils\n_rebuild_tensor_v2\n(",
        STORAGE,
        b"K\0))tRq\x01",
    ]
    .concat();
    let names = [
        b"}(",
        &name[..],
        &tensor,
        &b"h\0h\x01".repeat(100_000),
        b"u.",
    ]
    .concat();
    refused(&zip_with(&names), "it holds two tensors named www");
}

#[test]
fn a_tensor_that_the_file_does_not_have_is_refused() {
    refused(&zip_with(&state_of(i32::MAX, 1)), "its tensors would have");
    for (length, stride) in [(5, 1), (4, 2), (100, 0)] {
        refused(
            &zip_with(&state_of(length, stride)),
            "larger than its storage of 4",
        );
    }
    refused(&zip_with(&state_of(-1, 1)), "tensor w: its description");
    let short = b"\x80\x02}X\x01\0\0\0wctorch._utils\n_rebuild_tensor_v2\n)Rs.";
    refused(&zip_with(short), "tensor w: its description");
    refused(
        &zip_of(&[("a/data.pkl", &state_of(4, 1))]),
        "data/0 is missing or damaged",
    );
    refused(&zip_with(b"\x80\x02}."), "no floating-point tensor");
    refused(&zip_with(b"\x80\x02]."), "no state dict");
    let cut = &ROW[..ROW.len() - 10];
    refused(cut, "is truncated");
}

#[test]
fn a_zip_that_is_no_file_of_pytorch_is_refused() {
    refused(&ZIP[..ZIP.len() / 2], "its zip is incomplete");
    refused(&zip_of(&[("readme.txt", b"hello")]), "no data.pkl");
    let mut spoilt = zip_with(&state_of(4, 1));
    let numbers = spoilt
        .windows(4)
        .position(|four| four == 2.0_f32.to_le_bytes())
        .unwrap();
    spoilt[numbers] ^= 1;
    refused(&spoilt, "data/0 is missing or damaged");
    // The methods of both headers say deflated.
    let mut deflated = zip_with(&state_of(4, 1));
    for (mark, place) in [(b"PK\x03\x04", 8), (b"PK\x01\x02", 10)] {
        let headers: Vec<usize> = (0..deflated.len() - 4)
            .filter(|&at| deflated[at..].starts_with(mark))
            .collect();
        headers.into_iter().for_each(|at| deflated[at + place] = 8);
    }
    refused(&deflated, "compressed");
    // A bomb: the central directory states more than there is.
    let mut bomb = zip_with(&state_of(4, 1));
    for (mark, place) in [(b"PK\x03\x04", 22), (b"PK\x01\x02", 24)] {
        let at = (0..bomb.len() - 4)
            .find(|&at| bomb[at..].starts_with(mark))
            .unwrap();
        bomb[at + place..at + place + 4].copy_from_slice(&0x7fff_ffff_u32.to_le_bytes());
        bomb[at + place - 4..at + place].copy_from_slice(&0x7fff_ffff_u32.to_le_bytes());
    }
    let reason = read(bomb).unwrap_err();
    assert!(
        reason.contains("the whole file has") || reason.contains("damaged"),
        "{reason}"
    );
}

#[test]
fn what_is_no_weights_at_all_is_named() {
    refused(b"", "empty");
    refused(b"<!DOCTYPE html><html>", "a web page");
    refused(b"name,licence\nmn04,MIT\n", "text");
    refused(&[7; 300], "neither");
    refused(&TRUTH[..TRUTH.len() - 1], "not a complete safetensors file");
    refused(&TRUTH[..20], "not a complete safetensors file");
    let empty = safetensors::serialize(Vec::<(String, TensorView)>::new(), None).unwrap();
    refused(&empty, "no tensor");
}

#[test]
fn a_truncated_file_is_refused_at_every_length() {
    for file in [ZIP, ROW, CHECKPOINT, TRUTH] {
        for length in 0..file.len() {
            assert!(read(file[..length].to_vec()).is_err(), "{length}");
        }
    }
}

#[test]
fn damage_never_panics() {
    let mut random = fastrand::Rng::with_seed(7);
    let ours = zip_with(&state_of(4, 1));
    for file in [ZIP, ROW, CHECKPOINT, TRUTH, &ours] {
        for _ in 0..400 {
            let mut damaged = file.to_vec();
            for _ in 0..random.usize(1..4) {
                let at = random.usize(..damaged.len());
                damaged[at] = random.u8(..);
            }
            damaged.truncate(random.usize(damaged.len() / 2..=damaged.len()).max(1));
            let _ = read(damaged);
            let mut inside = file.to_vec();
            let at = random.usize(..inside.len());
            inside[at] = random.u8(..);
            let _ = read(inside);
        }
    }
}
