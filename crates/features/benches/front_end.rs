//! The way of a song to the network, stage by stage, on one core.
//!
//! `PLAYLIST_FIT_BENCH_SONG=song.mp3 cargo bench --bench front_end`; without it, the demo song. The peers' figures
//! for the same song come from `scripts/peer/compare.sh`.

use std::hint::black_box;
use std::path::{Path, PathBuf};

use audio::{Decoder, MonoReader, Resampler};
use criterion::{Criterion, criterion_group, criterion_main};
use playlist_fit_features::mel::{FrontEnd, LogMel, Segmenter, Window};

const DEMO: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../fixtures/demo-song/first-light.ogg"
);

fn decode(song: &Path) -> Vec<f32> {
    let mut decoder = Decoder::open(song).expect("a song");
    let channels = decoder.info().channels;
    let mut mono = Vec::new();
    while let Some(block) = decoder.next_block().expect("a readable song") {
        mono.extend(
            block
                .chunks_exact(channels)
                .map(|frame| frame.iter().sum::<f32>() / channels as f32),
        );
    }
    mono
}

fn resample(mono: &[f32], from_hz: u32, to_hz: u32) -> Vec<f32> {
    let mut resampler = Resampler::new(from_hz, to_hz).expect("sane rates");
    let mut out = Vec::new();
    mono.chunks(1152)
        .for_each(|block| resampler.push(block, &mut out).expect("finite samples"));
    resampler.finish(&mut out).expect("finite samples");
    out
}

fn log_mel(clip: &[f32], front_end: &FrontEnd) -> Vec<f32> {
    let mut out = Vec::new();
    LogMel::new(front_end).append(clip, &mut out);
    out
}

/// What `fit` does with a song before the network, windows without overlap.
fn all(song: &Path, front_end: &FrontEnd) -> usize {
    let mut reader = MonoReader::open(song, front_end.sample_rate_hz).expect("a song");
    let mut cutter = Segmenter::new(front_end);
    let mut log_mel = LogMel::new(front_end);
    let (mut picture, mut block, mut windows) = (Vec::new(), Vec::new(), 0);
    let mut see = |window: Window| -> Result<(), std::convert::Infallible> {
        picture.clear();
        log_mel.append(window.samples, &mut picture);
        windows += 1;
        Ok(())
    };
    while reader.read(&mut block).expect("a readable song") {
        let Ok(()) = cutter.push(&block, &mut see);
        block.clear();
    }
    let Ok(()) = cutter.finish(&mut see);
    windows
}

fn front_end(criterion: &mut Criterion) {
    let song =
        std::env::var_os("PLAYLIST_FIT_BENCH_SONG").map_or_else(|| DEMO.into(), PathBuf::from);
    let front_end = FrontEnd {
        window_hop_seconds: Some(10.0),
        ..FrontEnd::efficientat()
    };
    let from_hz = Decoder::open(&song).expect("a song").info().sample_rate_hz;
    let mono = decode(&song);
    let clip = resample(&mono, from_hz, front_end.sample_rate_hz);
    println!(
        "{}: {:.1} s at {from_hz} Hz",
        song.display(),
        mono.len() as f64 / f64::from(from_hz)
    );
    let mut group = criterion.benchmark_group("front_end");
    group.sample_size(10);
    group.bench_function("decode", |bench| bench.iter(|| black_box(decode(&song))));
    group.bench_function("resample", |bench| {
        bench.iter(|| black_box(resample(&mono, from_hz, front_end.sample_rate_hz)));
    });
    group.bench_function("log_mel", |bench| {
        bench.iter(|| black_box(log_mel(&clip, &front_end)));
    });
    for name in FrontEnd::PRESETS {
        let preset = FrontEnd::preset(name).expect("a preset");
        let clip = resample(&mono, from_hz, preset.sample_rate_hz);
        group.bench_function(format!("log_mel/{name}"), |bench| {
            bench.iter(|| black_box(log_mel(&clip, &preset)));
        });
    }
    group.bench_function("all", |bench| {
        bench.iter(|| black_box(all(&song, &front_end)));
    });
    group.finish();
}

criterion_group!(benches, front_end);
criterion_main!(benches);
