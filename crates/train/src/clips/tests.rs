//! Augmented training windows.

use std::path::Path;

use super::*;
use prepare::{ClipStore, wav};

const ALL: &str = "
    bundle = { probability = 0.5 }
    gain = { probability = 1, least = -9, most = 6 }
    time_shift = { probability = 0.5, least = -1, most = 1 }
    codec = { probability = 0.5, least = 32, most = 128 }
    spec_augment = { probability = 0.5, time_masks = 2, time_share = 0.1, band_masks = 2, band_share = 0.1 }";

/// Clips of a few seconds of notes, one of silence and one of a single sample, behind a front end of 2 s.
fn clips(folder: &Path, augmentation: &str) -> ClipWindows {
    let front_end = FrontEnd {
        window_seconds: 2.0,
        ..FrontEnd::efficientat()
    };
    let rate = front_end.sample_rate_hz;
    let store = ClipStore::new(folder, rate);
    let notes = |n: usize| {
        let step = f64::from(1 + n as u32 / 8_000 % 5) * 110.0;
        ((step * n as f64 / f64::from(rate) * std::f64::consts::TAU).sin() * 0.4) as f32
    };
    let sounds = [
        (0..200_000).map(notes).collect(),
        (0..70_000).map(notes).rev().collect(),
        vec![0.0; 65_000],
        vec![0.9],
    ];
    let clip = |(place, sound): (usize, &Vec<f32>)| {
        let (name, file) = (format!("clip-{place}"), folder.join("source.wav"));
        std::fs::write(&file, wav(sound, rate).unwrap()).unwrap();
        store.add(&name, &file).unwrap();
        store.open(&name).unwrap()
    };
    ClipWindows {
        clips: sounds.iter().enumerate().map(clip).collect(),
        augmentation: toml::from_str(augmentation).unwrap(),
        front_end,
    }
}

fn on_threads(count: usize, clips: &ClipWindows, seed: u64) -> Vec<f32> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(count)
        .build()
        .unwrap();
    let mut random = fastrand::Rng::with_seed(seed);
    pool.install(|| clips.random_windows(&[0, 1, 2, 3, 0, 1, 0, 1], &mut random))
}

#[test]
fn equal_seeds_give_equal_batches_on_any_number_of_threads() {
    let folder = tempfile::tempdir().unwrap();
    let clips = clips(folder.path(), ALL);
    let batch = on_threads(1, &clips, 7);
    assert_eq!(batch.len(), 8 * clips.front_end.window_size());
    assert!(batch.iter().all(|value| value.is_finite()));
    assert_eq!(batch, on_threads(3, &clips, 7));
    assert_ne!(batch, on_threads(1, &clips, 8));
}

#[test]
fn windows_of_one_batch_differ_and_the_next_batch_draws_anew() {
    let folder = tempfile::tempdir().unwrap();
    let clips = clips(
        folder.path(),
        "gain = { probability = 1, least = -9, most = 6 }",
    );
    let mut random = fastrand::Rng::with_seed(1);
    let windows = clips.random_windows(&[3, 3], &mut random);
    let size = clips.front_end.window_size();
    assert_ne!(
        windows[..size],
        windows[size..],
        "the same sound, another gain"
    );
    assert_ne!(windows, clips.random_windows(&[3, 3], &mut random));
}

#[test]
fn windows_that_are_judged_stay_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let (augmented, plain) = (clips(folder.path(), ALL), clips(folder.path(), ""));
    assert_eq!(augmented.song_windows(1), plain.song_windows(1));
    // A clip of just one window has but one place to begin: without augmentation it is what a song gives.
    let only = plain.random_windows(&[3], &mut fastrand::Rng::with_seed(1));
    assert_eq!(only, plain.song_windows(3));
}
