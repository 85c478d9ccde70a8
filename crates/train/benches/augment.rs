//! What augmentation costs: each effect on 10 s, and windows a second of the input pipeline without and with it, on all
//! cores (`RAYON_NUM_THREADS` sets how many).
//!
//! `cargo bench --bench augment`

use std::hint::black_box;
use std::path::Path;

use audio::effects::EffectKind;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use features::mel::FrontEnd;
use playlist_fit_train::{Augmentation, ClipWindows, WindowSource};
use prepare::{ClipStore, wav};

const CLIPS: usize = 16;
const BATCH: usize = 64;
const PLANS: [(&str, &str); 3] = [
    ("plain", ""),
    ("chain on half", "chain = { p = 0.5 }"),
    ("chain on all", "chain = { p = 1 }"),
];

/// Chords with noise, as dense as music.
fn sound(rate: u32, seconds: u32, seed: u64) -> Vec<f32> {
    let mut random = fastrand::Rng::with_seed(seed);
    let notes: Vec<f32> = (0..6)
        .map(|_| 80.0 * 2.0_f32.powf(random.f32() * 5.0))
        .collect();
    (0..rate * seconds)
        .map(|n| {
            let time = n as f32 / rate as f32;
            let chord: f32 = notes
                .iter()
                .map(|hertz| (hertz * time * std::f32::consts::TAU).sin())
                .sum();
            0.1 * chord + 0.05 * (random.f32() - 0.5)
        })
        .collect()
}

fn clips(folder: &Path, front_end: &FrontEnd, augment: &str) -> ClipWindows {
    let store = ClipStore::new(folder, front_end.sample_rate_hz);
    let clip = |place: usize| {
        let (name, file) = (format!("clip-{place}"), folder.join("source.wav"));
        if !store.holds(&name) {
            let samples = sound(front_end.sample_rate_hz, 30, place as u64);
            let bytes = wav(&samples, front_end.sample_rate_hz).expect("a short sound");
            std::fs::write(&file, bytes).expect("room for a clip");
            store.add(&name, &file).expect("a readable clip");
        }
        store.open(&name).expect("a stored clip")
    };
    let augmentation: Augmentation = toml::from_str(augment).expect("a sane table");
    ClipWindows {
        clips: (0..CLIPS).map(clip).collect(),
        augmentation,
        front_end: front_end.clone(),
    }
}

fn augment(criterion: &mut Criterion) {
    let rate = FrontEnd::efficientat().sample_rate_hz;
    let samples = sound(rate, 10, 1);
    let mut effects = criterion.benchmark_group("effect on 10 s at 32 kHz");
    effects.sample_size(10);
    for kind in EffectKind::ALL {
        let effect = kind.by(kind.typical()[1]);
        effects.bench_function(kind.name(), |bench| {
            bench.iter(|| black_box(effect.apply(&samples, rate)));
        });
    }
    effects.finish();

    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut windows = criterion.benchmark_group("random windows of 10 s");
    windows
        .sample_size(10)
        .throughput(Throughput::Elements(BATCH as u64));
    for front_end in [
        FrontEnd::efficientat(),
        FrontEnd {
            sample_rate_hz: 16_000,
            fmax: 8_000.0,
            ..FrontEnd::efficientat()
        },
    ] {
        for (name, table) in PLANS {
            let clips = clips(folder.path(), &front_end, table);
            let tracks: Vec<usize> = (0..BATCH).map(|n| n % CLIPS).collect();
            let mut random = fastrand::Rng::with_seed(1);
            let name = format!("{} Hz, {name}", front_end.sample_rate_hz);
            windows.bench_function(name, |bench| {
                bench.iter(|| black_box(clips.random_windows(&tracks, &mut random)));
            });
        }
    }
    windows.finish();
}

criterion_group!(benches, augment);
criterion_main!(benches);
