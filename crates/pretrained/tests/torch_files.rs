//! Reading a hostile file of weights takes little memory and time, whatever lengths it states.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::fs;
use std::io::{Cursor, Write as _};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use playlist_fit_pretrained::open;
use tempfile::TempDir;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

const ZIP: &[u8] = include_bytes!("../../../fixtures/golden/torch_zip.pt");
const LEGACY: &[u8] = include_bytes!("../../../fixtures/golden/torch_row.pt");
const CHECKPOINT: &[u8] = include_bytes!("../../../fixtures/golden/torch_checkpoint.pt");

/// Bytes that reading may need besides what depends on the length of the file; error messages and buffers of the readers.
const FIXED_BUDGET: usize = 256 << 10;
/// Bytes for each byte of the file: an opcode of one byte makes an object, a stack entry and a memo entry, in vectors and a
/// map that double when they grow.
const BUDGET_PER_BYTE: usize = 160;

thread_local! {
    /// Bytes that this thread holds, and the most that it held since the last reset.
    static HELD: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
}

/// The system's allocator, which counts for each thread.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn count(change: impl Fn(usize) -> usize) {
    let _ = HELD.try_with(|held| {
        let (now, most) = held.get();
        let now = change(now);
        held.set((now, most.max(now)));
    });
}

// SAFETY: all requests are passed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(|now| now.saturating_add(layout.size()));
        // SAFETY: the caller guarantees it.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(|now| now.saturating_add(layout.size()));
        // SAFETY: the caller guarantees it.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // Both may exist while the contents are copied.
        count(|now| now.saturating_add(size));
        count(|now| now.saturating_sub(layout.size()));
        // SAFETY: the caller guarantees it.
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(|now| now.saturating_sub(layout.size()));
        // SAFETY: the caller guarantees it.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// Opens files within the budgets of memory and time.
struct Reader {
    path: PathBuf,
    _folder: TempDir,
}

impl Reader {
    fn new() -> Reader {
        let folder = TempDir::new().unwrap();
        Reader {
            path: folder.path().join("weights.pt"),
            _folder: folder,
        }
    }

    #[track_caller]
    fn open(&self, bytes: &[u8]) -> Result<Vec<u8>, String> {
        fs::write(&self.path, bytes).unwrap();
        let before = HELD.get().0;
        HELD.set((before, before));
        let begin = Instant::now();
        let result = open(&self.path);
        let elapsed = begin.elapsed();
        let needed = HELD.get().1 - before;
        let budget = FIXED_BUDGET + BUDGET_PER_BYTE * bytes.len();
        assert!(
            needed <= budget,
            "{needed} bytes for a file of {} bytes",
            bytes.len()
        );
        assert!(elapsed < Duration::from_secs(30), "{elapsed:?}");
        result.map_err(|error| error.to_string())
    }

    #[track_caller]
    fn refused(&self, bytes: &[u8], words: &str) {
        let error = self.open(bytes).unwrap_err();
        assert!(error.contains(words), "{error}");
    }
}

/// A zip as PyTorch writes it.
fn zip_of(entries: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, bytes) in entries {
        zip.start_file(name.as_str(), stored).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn entries_of(zip: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = ZipArchive::new(Cursor::new(zip)).unwrap();
    let entries = (0..archive.len()).map(|index| {
        let mut entry = archive.by_index(index).unwrap();
        let mut bytes = Vec::new();
        std::io::copy(&mut entry, &mut bytes).unwrap();
        (entry.name().unwrap().into_owned(), bytes)
    });
    entries.collect()
}

fn zip_with(pickle: &[u8]) -> Vec<u8> {
    zip_of(&[("archive/data.pkl".into(), pickle.to_vec())])
}

#[test]
fn random_damage_stays_within_the_budget() {
    let reader = Reader::new();
    let mut random = fastrand::Rng::with_seed(11);
    for file in [ZIP, LEGACY, CHECKPOINT] {
        reader.open(file).unwrap();
        for _ in 0..400 {
            let mut damaged = file.to_vec();
            for _ in 0..random.usize(1..4) {
                let index = random.usize(..damaged.len());
                damaged[index] = random.u8(..);
            }
            let _ = reader.open(&damaged);
        }
    }
}

#[test]
fn random_damage_behind_a_right_checksum_stays_within_the_budget() {
    let reader = Reader::new();
    let mut random = fastrand::Rng::with_seed(13);
    let (mut read, mut refused) = (0, 0);
    for file in [ZIP, CHECKPOINT] {
        let entries = entries_of(file);
        for _ in 0..400 {
            let mut damaged = entries.clone();
            let pickle = damaged
                .iter_mut()
                .find(|(name, _)| name.ends_with("data.pkl"));
            let (_, pickle) = pickle.unwrap();
            let index = random.usize(..pickle.len());
            // Often a length or a number that is much too large.
            let length = random.usize(1..=4).min(pickle.len() - index);
            let value = if random.bool() { 0x7f } else { random.u8(..) };
            pickle[index..index + length].fill(value);
            match reader.open(&zip_of(&damaged)) {
                Ok(_) => read += 1,
                Err(_) => refused += 1,
            }
        }
    }
    assert!(read > 20 && refused > 20, "{read} read, {refused} refused");
}

#[test]
fn truncated_files_stay_within_the_budget() {
    let reader = Reader::new();
    for file in [ZIP, LEGACY, CHECKPOINT] {
        for length in (0..file.len()).step_by(7) {
            reader.open(&file[..length]).unwrap_err();
        }
    }
}

#[test]
fn bombs_stay_within_the_budget() {
    let reader = Reader::new();
    // One list of pairs for many dicts.
    let mut copies = b"]q\0(".to_vec();
    copies.extend(b"NN\x86".repeat(50_000));
    copies.extend(b"eccollections\nOrderedDict\nq\x01");
    copies.extend(b"h\x01h\0\x85R".repeat(50_000));
    for (pickle, words) in [
        (b"N".repeat(5_000_000), "too many for weights"),
        (b"(".repeat(5_000_000), "too many for weights"),
        (
            [&b")"[..], &b"\x85".repeat(500_000), b"."].concat(),
            "no state dict",
        ),
        (copies, "copies the items of a list repeatedly"),
        (b"\x80\x02X\xff\xff\xff\xff.".to_vec(), "truncated"),
        (
            b"\x80\x02\x8d\xff\xff\xff\xff\0\0\0\0.".to_vec(),
            "truncated",
        ),
        (b"\x80\x02r\xff\xff\xff\xff.".to_vec(), "stack is empty"),
    ] {
        reader.refused(&zip_with(&pickle), words);
    }
    // A storage of 2^40 numbers in the older format.
    let keys = LEGACY.windows(2).rposition(|end| end == b"e.").unwrap();
    let mut long = LEGACY.to_vec();
    long[keys + 7] = 1;
    reader.refused(&long, "is truncated");
}

#[test]
fn entries_that_share_their_bytes_are_refused() {
    // Each entry of the central directory states that it is as long as the file, and small when decompressed.
    let storages = (0..50).map(|key| (format!("archive/data/{key}"), vec![0; 1000]));
    let storages = storages.chain([("archive/data.pkl".to_owned(), b"\x80\x02}.".to_vec())]);
    let mut zip = zip_of(&storages.collect::<Vec<_>>());
    let headers = zip.windows(4).enumerate();
    let headers = headers.filter(|(_, mark)| *mark == b"PK\x01\x02");
    let headers: Vec<usize> = headers.map(|(index, _)| index).collect();
    for index in headers {
        zip[index + 20..index + 24].copy_from_slice(&40_000_u32.to_le_bytes());
    }
    Reader::new().refused(&zip, "the whole file has");
}
