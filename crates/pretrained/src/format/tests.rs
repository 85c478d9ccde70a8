//! Files of PyTorch as it wrote them, and files made to harm.

use std::io::{Cursor, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::*;

const ZIP: &[u8] = include_bytes!("../../../../fixtures/golden/torch_zip.pt");
const ROW: &[u8] = include_bytes!("../../../../fixtures/golden/torch_row.pt");
const CHECKPOINT: &[u8] = include_bytes!("../../../../fixtures/golden/torch_checkpoint.pt");
const TRUTH: &[u8] = include_bytes!("../../../../fixtures/golden/torch_file.safetensors");

#[track_caller]
fn refused(bytes: &[u8], words: &str) {
    let why = read(bytes.to_vec()).unwrap_err();
    assert!(why.contains(words), "{why}");
    assert!(why.len() < 300 && !why.contains('\n'), "{why}");
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
    pickle.extend(b"(X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpuK\x04tQ");
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
    assert_eq!(mn04.pin.unwrap().contents, Some(hash));
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
        refused(&zip_with(pickle), "nothing of it was run");
    }
    refused(
        b"\x80\x02cos\nsystem\nX\x04\0\0\0true\x85R.",
        "another program",
    );
}

#[test]
fn a_pickle_that_would_grow_without_end_is_stopped() {
    let much = "deeper or larger";
    let copies = [&b"("[..], &b"h\0".repeat(10), b"tq\0"].concat().repeat(30);
    refused(
        &zip_with(&[b"\x80\x02)q\0", &copies[..], b"."].concat()),
        much,
    );
    let deep = b"\x85".repeat(200_000);
    refused(&zip_with(&[b"\x80\x02)", &deep[..], b"."].concat()), much);
    refused(
        &zip_with(b"\x80\x02X\xff\xff\xff\xff."),
        "longer than itself",
    );
    refused(&zip_with(b"\x80\x02\x8a\xff."), "too long");
    refused(&zip_with(b"\x80\x02}"), "breaks off");
    refused(&zip_with(b"\x80\x02\x93."), "not understood");
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
    refused(&zip_with(&state_of(-1, 1)), "w is described in a way");
    let short = b"\x80\x02}X\x01\0\0\0wctorch._utils\n_rebuild_tensor_v2\n)Rs.";
    refused(&zip_with(short), "w is described in a way");
    refused(
        &zip_of(&[("a/data.pkl", &state_of(4, 1))]),
        "data/0 is not whole",
    );
    refused(&zip_with(b"\x80\x02}."), "no tensor by a name");
    refused(&zip_with(b"\x80\x02]."), "no state dict");
    let cut = &ROW[..ROW.len() - 10];
    refused(cut, "is not whole");
}

#[test]
fn a_zip_that_is_no_file_of_pytorch_is_refused() {
    refused(&ZIP[..ZIP.len() / 2], "its zip is not whole");
    refused(&zip_of(&[("readme.txt", b"hello")]), "no data.pkl");
    let mut spoilt = zip_with(&state_of(4, 1));
    let numbers = spoilt
        .windows(4)
        .position(|four| four == 2.0_f32.to_le_bytes())
        .unwrap();
    spoilt[numbers] ^= 1;
    refused(&spoilt, "data/0 is not whole");
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
    let why = read(bomb).unwrap_err();
    assert!(
        why.contains("the whole file has") || why.contains("not whole"),
        "{why}"
    );
}

#[test]
fn what_is_no_weights_at_all_is_named() {
    refused(b"", "empty");
    refused(b"<!DOCTYPE html><html>", "a page");
    refused(b"name,licence\nmn04,MIT\n", "text");
    refused(&[7; 300], "neither");
    refused(&TRUTH[..TRUTH.len() - 1], "no whole file of safetensors");
    refused(&TRUTH[..20], "no whole file of safetensors");
    let empty = safetensors::serialize(Vec::<(String, TensorView)>::new(), None).unwrap();
    refused(&empty, "no tensor");
}

#[test]
fn no_damage_makes_the_reader_stumble() {
    let mut random = fastrand::Rng::with_seed(7);
    for file in [ZIP, ROW, CHECKPOINT, TRUTH] {
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
