//! One pass over files of every container gives the hash and duration of a second, independent pass, and reads no byte
//! twice.

use std::io::{Cursor, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::MetadataOptions;

use super::*;
use crate::probe;

const FIXTURES: [&str; 6] = [
    "audio/chord.wav",
    "audio/chord.flac",
    "audio/chord.mp3",
    "audio/chord-aac.m4a",
    "audio/chord-alac.m4a",
    "demo-song/first-light.ogg",
];

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures")
        .join(name)
}

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(fixture(name)).unwrap()
}

fn decoder(bytes: Vec<u8>, name: &str) -> Decoder {
    Decoder::from_source(Box::new(Cursor::new(bytes)), Path::new(name)).unwrap()
}

/// Decodes to the end; the number of frames.
fn drain(decoder: &mut Decoder) -> usize {
    let channels = decoder.info().channels;
    let mut frames = 0;
    while let Some(block) = decoder.next_block().unwrap() {
        frames += block.len() / channels;
    }
    frames
}

/// Hash and duration as versions up to 0.1 took them, in a pass of their own that decodes nothing.
fn second_pass(bytes: Vec<u8>) -> (String, Option<f64>) {
    let stream = MediaSourceStream::new(Box::new(Cursor::new(bytes)), Default::default());
    let (options, tags) = (FormatOptions::default(), MetadataOptions::default());
    let mut format = symphonia::default::get_probe()
        .probe(&Hint::new(), stream, options, tags)
        .unwrap();
    let track = format.default_track(TrackType::Audio).unwrap();
    let (id, base) = (track.id, track.time_base);
    let (mut hasher, mut ticks) = (blake3::Hasher::new(), 0);
    while let Ok(Some(packet)) = format.next_packet() {
        if packet.track_id == id {
            hasher.update(&packet.data);
            ticks += packet.dur.get();
        }
    }
    let seconds = |ticks: u64| {
        base.map(|base| ticks as f64 * f64::from(base.numer.get()) / f64::from(base.denom.get()))
    };
    (hasher.finalize().to_hex().to_string(), seconds(ticks))
}

#[test]
fn one_pass_gives_the_hash_and_duration_of_a_pass_of_its_own() {
    for name in FIXTURES {
        let (hash, seconds) = second_pass(bytes(name));
        let mut decoder = Decoder::open(&fixture(name)).unwrap();
        assert_eq!(decoder.audio_hash(), None, "{name}: not before the end");
        assert_eq!(decoder.duration_seconds(), None, "{name}");
        let frames = drain(&mut decoder);
        assert_eq!(decoder.audio_hash().as_ref(), Some(&hash), "{name}");
        let duration = decoder.duration_seconds().unwrap();
        assert!((duration - seconds.unwrap()).abs() < 1e-9, "{name}");
        let decoded = frames as f64 / f64::from(decoder.info().sample_rate_hz);
        assert!(
            (duration - decoded).abs() < 0.15,
            "{name}: {duration} {decoded}"
        );
        let probed = probe(&fixture(name)).unwrap();
        assert_eq!(
            (probed.hash, probed.duration_seconds),
            (hash, Some(duration))
        );
        assert_eq!(probed.tags, decoder.info().tags);
    }
}

#[test]
fn the_container_states_the_duration_at_once() {
    for name in FIXTURES {
        let hint = decoder(bytes(name), name).duration_hint().unwrap();
        let seconds = probe(&fixture(name)).unwrap().duration_seconds.unwrap();
        assert!((hint - seconds).abs() < 0.15, "{name}: {hint} {seconds}");
    }
}

#[test]
fn hashes_are_those_that_catalogues_and_bundles_store() {
    for (name, hash) in [
        (
            "audio/chord.wav",
            "e1d6907faa09c5f8a222536b66393210f718a5a9cdac120137c57911ea43ed79",
        ),
        (
            "audio/chord.flac",
            "4d8be194dc66870caa9f2e6ab07c29e445b6c643cce45672012716c92b35fbe1",
        ),
        (
            "audio/chord.mp3",
            "3dc0902b64dfc917d588f62ce88fd75abd6d50e12247e218dd17f221a9142956",
        ),
        (
            "audio/chord-aac.m4a",
            "80a6308106612e0f2edb2116d6834b3778c135e44a969f8d639bc1abb96b0a7c",
        ),
        (
            "audio/chord-alac.m4a",
            "3b75276c685261587d251c0d284d7e85218022d0aed8ea6e6f3a6b599b70f8b3",
        ),
        (
            "demo-song/first-light.ogg",
            "f8e6774cc38e327459fad6a9e3760cd3029580f2f218986ce587bf5f1b726141",
        ),
    ] {
        assert_eq!(probe(&fixture(name)).unwrap().hash, hash, "{name}");
    }
}

#[test]
fn a_truncated_file_has_the_hash_of_its_packets() {
    for name in FIXTURES {
        // The index of an M4A file is at its end: without it there is nothing to decode.
        for part in [0.5, 0.9].into_iter().filter(|_| !name.ends_with("m4a")) {
            let mut bytes = bytes(name);
            bytes.truncate((bytes.len() as f64 * part) as usize);
            let (hash, seconds) = second_pass(bytes.clone());
            let mut decoder = decoder(bytes, name);
            drain(&mut decoder);
            assert_eq!(decoder.audio_hash(), Some(hash), "{name} {part}");
            let duration = decoder.duration_seconds().unwrap();
            assert!((duration - seconds.unwrap()).abs() < 1e-9, "{name} {part}");
        }
    }
}

#[test]
fn damaged_packets_are_hashed_although_they_are_not_decoded() {
    let mut bytes = bytes("audio/chord.flac");
    let middle = bytes.len() / 2;
    bytes[middle..middle + 16].fill(0);
    let (hash, _) = second_pass(bytes.clone());
    let mut decoder = decoder(bytes, "chord.flac");
    drain(&mut decoder);
    assert_eq!(decoder.audio_hash(), Some(hash));
}

#[test]
fn after_a_change_of_channels_hashing_goes_on_and_decoding_does_not() {
    let mono = stream(1, 8_000);
    let both = [mono.clone(), stream(2, 8_000)].concat();
    let (hash, seconds) = second_pass(both.clone());
    let mut decoder = decoder(both, "stream.mp3");
    let frames = drain(&mut decoder);
    assert!(decoder.is_truncated() || decoder.damaged_packets() > 0);
    assert_eq!(decoder.audio_hash(), Some(hash.clone()));
    assert_eq!(decoder.duration_seconds(), seconds);
    let mut alone = self::decoder(mono, "stream.mp3");
    assert!(frames <= drain(&mut alone));
    assert_ne!(alone.audio_hash(), Some(hash));
}

/// MPEG-2.5 layer III frames of silence, 8 kbit/s: a header, then zeroed side information.
fn stream(channels: u8, rate: u32) -> Vec<u8> {
    assert_eq!(rate, 8_000);
    let mode = if channels == 1 { 0xC0 } else { 0x00 };
    // 72 * 8000 bit/s / 8000 Hz bytes in a frame of 576 samples
    let mut frame = vec![0; 72];
    frame[..4].copy_from_slice(&[0xFF, 0xE3, 0x18, mode]);
    frame.repeat(40)
}

/// A source that counts the bytes that are read from it.
struct Counting {
    bytes: Cursor<Vec<u8>>,
    read: Arc<AtomicU64>,
    is_seekable: bool,
}

impl Read for Counting {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let count = self.bytes.read(out)?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

impl Seek for Counting {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        assert!(self.is_seekable, "a stream was sought");
        self.bytes.seek(to)
    }
}

impl MediaSource for Counting {
    fn is_seekable(&self) -> bool {
        self.is_seekable
    }

    fn byte_len(&self) -> Option<u64> {
        self.is_seekable.then(|| self.bytes.get_ref().len() as u64)
    }
}

#[test]
fn every_byte_is_read_once() {
    for name in FIXTURES {
        for is_seekable in [true, false] {
            let bytes = bytes(name);
            let length = bytes.len() as u64;
            let read = Arc::new(AtomicU64::new(0));
            let source = Counting {
                bytes: Cursor::new(bytes),
                read: read.clone(),
                is_seekable,
            };
            let opened = Decoder::from_source(Box::new(source), Path::new(name));
            // An M4A file with its index at the end cannot be read as a stream.
            let Ok(mut decoder) = opened else {
                assert!(!is_seekable && name.ends_with("m4a"), "{name}");
                continue;
            };
            drain(&mut decoder);
            assert_eq!(
                decoder.audio_hash(),
                Some(probe(&fixture(name)).unwrap().hash)
            );
            let read = read.load(Ordering::Relaxed);
            // Containers look for tags at the end of a file that can be sought.
            let tags = if is_seekable { 128 << 10 } else { 0 };
            assert!(read <= length + tags, "{name}: {read} of {length} bytes");
        }
    }
}
