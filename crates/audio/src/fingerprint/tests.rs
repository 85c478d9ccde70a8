//! Synthetic songs, and real ones if `PLAYLIST_FIT_DATA` is set.

use std::f32::consts::TAU;
use std::path::Path;

use super::duplicates::{MAX_BIT_ERROR_RATE, SEGMENT_LEN};
use super::*;
use crate::effects::{codec, gain};
use crate::{MonoReader, resample};

const RATE: usize = SAMPLE_RATE_HZ as usize;

/// Chords that change three times a second; each seed gives another song.
pub fn song(seed: u64, seconds: f64) -> Vec<f32> {
    let mut random = fastrand::Rng::with_seed(seed);
    let note = RATE / 3;
    let count = (seconds * RATE as f64) as usize;
    let mut samples = Vec::with_capacity(count + note);
    while samples.len() < count {
        let hertz: Vec<f32> = (0..3)
            .map(|_| 110.0 * (random.u32(0..36) as f32 / 12.0).exp2())
            .collect();
        samples.extend((0..note).map(|n| {
            let time = n as f32 / RATE as f32;
            let tones = hertz.iter().map(|hertz| (TAU * hertz * time).sin());
            0.2 * tones.sum::<f32>() * (1.0 - n as f32 / note as f32)
        }));
    }
    samples.truncate(count);
    samples
}

fn pairs(clips: &[Vec<f32>]) -> Vec<(usize, usize)> {
    let fingerprints: Vec<Fingerprint> = clips.iter().map(|clip| Fingerprint::new(clip)).collect();
    duplicates(&fingerprints)
        .iter()
        .map(|pair| (pair.one, pair.other))
        .collect()
}

#[test]
fn a_recording_is_recognised_after_every_change() {
    let original = song(1, 30.0);
    let cut = original[RATE * 7 + 311..].to_vec();
    let edit = [&original[..RATE * 12], &original[RATE * 17..]].concat();
    let other_rate = resample(&original, SAMPLE_RATE_HZ, 32_000).unwrap();
    let other_rate = resample(&other_rate, 32_000, SAMPLE_RATE_HZ).unwrap();
    let softer = gain(&original, -12.0);
    let coded = codec(&original, SAMPLE_RATE_HZ, 64.0);
    let alike = [original, cut, edit, other_rate, softer, coded];
    for other in &alike[1..] {
        assert_eq!(
            pairs(&[alike[0].clone(), song(2, 30.0), other.clone()]),
            [(0, 2)]
        );
    }
    let all: Vec<(usize, usize)> = (0..alike.len())
        .flat_map(|one| (one + 1..alike.len()).map(move |other| (one, other)))
        .collect();
    assert_eq!(pairs(&alike), all);
}

#[test]
fn silence_drones_and_short_clips_match_nothing() {
    let silence = vec![0.0; 30 * RATE];
    let drone: Vec<f32> = (0..30 * RATE)
        .map(|n| (TAU * 220.0 * n as f32 / RATE as f32).sin() * 0.5)
        .collect();
    let short = song(1, 6.0);
    let clips = [
        &silence,
        &silence,
        &drone,
        &drone,
        &short,
        &short,
        &Vec::new(),
        &vec![f32::NAN; 9 * RATE],
    ];
    assert_eq!(pairs(&clips.map(Clone::clone)), []);
}

#[test]
fn different_songs_are_different() {
    let songs: Vec<Vec<f32>> = (0..24).map(|seed| song(seed, 20.0)).collect();
    assert_eq!(pairs(&songs), []);
}

proptest::proptest! {
    #[test]
    fn no_input_makes_it_fail(
        fingerprints in proptest::collection::vec(proptest::collection::vec(0..4_u32, 0..2 * SEGMENT_LEN), 0..6)
    ) {
        let fingerprints: Vec<Fingerprint> = fingerprints.into_iter().map(Fingerprint).collect();
        for pair in duplicates(&fingerprints) {
            proptest::prop_assert!(pair.one < pair.other && pair.bit_error <= MAX_BIT_ERROR_RATE);
        }
    }

    #[test]
    fn stored_bytes_come_back_and_damaged_ones_do_not(words: Vec<u32>, at: usize) {
        let fingerprint = Fingerprint(words);
        let mut bytes = fingerprint.to_bytes();
        proptest::prop_assert_eq!(Fingerprint::from_bytes(&bytes), Some(fingerprint));
        let at = at % bytes.len();
        bytes[at] ^= 1;
        proptest::prop_assert_eq!(Fingerprint::from_bytes(&bytes), None);
        proptest::prop_assert_eq!(Fingerprint::from_bytes(&bytes[..at]), None);
    }
}

/// Real excerpts, each against itself cut, softer and coded.
#[test]
fn real_songs_are_recognised_and_not_confused() {
    let Some(data) = std::env::var_os("PLAYLIST_FIT_DATA") else {
        return println!("skipped: PLAYLIST_FIT_DATA is not set");
    };
    let folder = Path::new(&data).join("cc-music/clips");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let clips: Vec<Vec<f32>> = files
        .iter()
        .step_by(files.len() / 12)
        .map(|file| read(file))
        .filter(|clip| clip.len() > 14 * RATE)
        .collect();
    assert!(clips.len() >= 8);
    let altered = clips.iter().map(|clip| {
        let cut = &clip[(2.37 * RATE as f64) as usize..];
        gain(&codec(cut, SAMPLE_RATE_HZ, 96.0), -6.0)
    });
    let all: Vec<Vec<f32>> = clips.iter().cloned().chain(altered).collect();
    let own: Vec<(usize, usize)> = (0..clips.len()).map(|n| (n, n + clips.len())).collect();
    assert_eq!(pairs(&all), own);
}

fn read(file: &Path) -> Vec<f32> {
    let mut reader = MonoReader::open(file, SAMPLE_RATE_HZ).unwrap();
    let (mut clip, mut block) = (Vec::new(), Vec::new());
    while reader.read(&mut block).unwrap() {
        clip.append(&mut block);
    }
    clip
}
