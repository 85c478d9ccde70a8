//! What can be measured in the samples follows the latent numbers.

use super::*;
use crate::style::{LATENTS, Style};
use features::mel::{FrontEnd, LogMel};

const RATE: u32 = 32_000;
/// Frames a second of the front end.
const FRAMES: f64 = 100.0;

fn latent(name: &str) -> usize {
    LATENTS.iter().position(|latent| *latent == name).unwrap()
}

fn with(settings: &[(&str, f64)]) -> Style {
    let mut style = [0.0; LATENTS.len()];
    for (name, value) in settings {
        style[latent(name)] = *value;
    }
    style
}

/// Neither snare nor hats, whose noise would hide how bright the tones are, and hardly any noise.
const TONES: [(&str, f64); 3] = [("snare", -8.0), ("hat", -8.0), ("noise", -4.0)];

fn play(style: &Style, seed: u64, seconds: f64) -> Vec<f32> {
    synthesise(
        &Sound::from(style),
        &mut Rng::with_seed(seed),
        seconds,
        RATE,
    )
}

/// Power by `[band][frame]`.
fn picture(samples: &[f32]) -> Vec<Vec<f32>> {
    let front_end = FrontEnd::efficientat();
    let mut flat = Vec::new();
    LogMel::new(&front_end).append(samples, &mut flat);
    let power = |value: &f32| (value * 5.0 - 4.5).exp();
    let bands = flat.chunks_exact(flat.len() / front_end.n_mels);
    bands.map(|band| band.iter().map(power).collect()).collect()
}

fn sum(values: &[f32]) -> f32 {
    values.iter().sum()
}

fn total(bands: &[Vec<f32>]) -> f32 {
    bands.iter().map(|band| sum(band)).sum()
}

/// Mean band, weighted by power.
fn centroid(bands: &[Vec<f32>]) -> f32 {
    let weighted = (0..).zip(bands).map(|(band, row)| band as f32 * sum(row));
    weighted.sum::<f32>() / total(bands)
}

/// How much louder each frame is than the one before, over the bands; the cube root is near how loud it seems.
fn onsets(bands: &[Vec<f32>]) -> Vec<f32> {
    let frames = bands[0].len();
    let rise =
        |band: &Vec<f32>, frame: usize| (band[frame].cbrt() - band[frame - 1].cbrt()).max(0.0);
    (1..frames)
        .map(|frame| bands.iter().map(|band| rise(band, frame)).sum())
        .collect()
}

/// Normalised autocorrelation at a lag in seconds, the best of the three nearest frames.
fn autocorrelation(values: &[f32], seconds: f64) -> f32 {
    let mean = sum(values) / values.len() as f32;
    let at = |lag: usize| {
        let pairs = values.iter().zip(&values[lag..]);
        pairs
            .map(|(one, other)| (one - mean) * (other - mean))
            .sum::<f32>()
    };
    let lag = (seconds * FRAMES).round() as usize;
    (lag - 1..=lag + 1).map(at).fold(f32::MIN, f32::max) / at(0)
}

/// Power at one frequency.
fn power_at(samples: &[f32], hertz: f64) -> f64 {
    let turn = std::f64::consts::TAU * hertz / f64::from(RATE);
    let (mut real, mut imaginary) = (0.0, 0.0);
    for (place, &sample) in samples.iter().enumerate() {
        let angle = turn * place as f64;
        real += f64::from(sample) * angle.cos();
        imaginary += f64::from(sample) * angle.sin();
    }
    real * real + imaginary * imaginary
}

#[test]
fn onsets_repeat_from_bar_to_bar_as_the_tempo_says() {
    // So far apart that no bar is a whole number of another's even steps.
    let candidates = [-1.5, 0.0, 1.5];
    for tempo in candidates {
        let style = with(&[("tempo", tempo), ("melody", -3.0)]);
        let onsets = onsets(&picture(&play(&style, 3, 15.0)));
        let bar = |tempo: f64| 240.0 / Sound::from(&with(&[("tempo", tempo)])).tempo_bpm;
        let best = candidates
            .into_iter()
            .max_by(|&one, &other| {
                let likeness = |tempo| autocorrelation(&onsets, bar(tempo));
                likeness(one).total_cmp(&likeness(other))
            })
            .unwrap();
        assert_eq!(best, tempo);
    }
}

#[test]
fn the_third_is_major_or_minor_as_the_mode_says() {
    let major_share = |mode: f64, seed| {
        let style = with(&[
            ("mode", mode),
            ("kick", -3.0),
            ("snare", -3.0),
            ("hat", -3.0),
        ]);
        let samples = play(&style, seed, 8.0);
        let tonic = Sound::from(&style).tonic_hz;
        let third = |semitones: f64| {
            let octaves = [2.0, 4.0];
            octaves
                .map(|octave| power_at(&samples, tonic * octave * (semitones / 12.0).exp2()))
                .iter()
                .sum::<f64>()
        };
        third(4.0) / (third(3.0) + third(4.0))
    };
    for seed in 0..3 {
        let (minor, major) = (major_share(-2.5, seed), major_share(2.5, seed));
        assert!(minor < 0.4 && major > 0.6, "{minor} {major}");
    }
}

#[test]
fn the_centroid_rises_with_brightness_step_by_step() {
    let centroids = [-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0].map(|brightness| {
        let style = with(&[&TONES[..], &[("brightness", brightness)]].concat());
        centroid(&picture(&play(&style, 1, 4.0)))
    });
    assert!(centroids.is_sorted(), "{centroids:?}");
    assert!(centroids[6] > 1.2 * centroids[0], "{centroids:?}");
}

/// How loud it is where it is softest: the tenth part of the frames with the least power, of the mean.
fn floor(bands: &[Vec<f32>]) -> f32 {
    let frames = bands[0].len();
    let mut powers: Vec<f32> = (0..frames)
        .map(|frame| bands.iter().map(|band| band[frame]).sum())
        .collect();
    powers.sort_by(f32::total_cmp);
    powers[frames / 10] / sum(&powers) * frames as f32
}

#[test]
fn every_latent_number_moves_what_it_is_named_after() {
    // A measure for each, which rises with the latent; bands of 128 up to 15 kHz.
    type Measure = fn(&[f32], &[Vec<f32>]) -> f32;
    let measures: [(&str, Measure); 10] = [
        ("key", |_, bands| centroid(&bands[..40])),
        ("harmonics", |_, bands| centroid(&bands[..100])),
        ("kick", |_, bands| total(&bands[..3]) / total(bands)),
        ("snare", |_, bands| sum(&onsets(&bands[60..90]))),
        ("hat", |_, bands| sum(&onsets(&bands[110..]))),
        ("swing", |_, bands| {
            let step = 60.0 / 112.0 / 4.0;
            let onsets = onsets(&bands[100..]);
            -autocorrelation(&onsets, step)
        }),
        ("drive", |samples, _| {
            samples.iter().map(|sample| sample * sample).sum()
        }),
        ("melody", |_, bands| centroid(&bands[..60])),
        ("noise", |_, bands| {
            let frames = bands[0].len();
            let mut high: Vec<f32> = (0..frames).map(|frame| bands[120][frame]).collect();
            high.sort_by(f32::total_cmp);
            high[frames / 10]
        }),
        ("reverb", |_, bands| floor(&bands[50..90])),
    ];
    for (name, measure) in measures {
        let rest: &[(&str, f64)] = match name {
            "key" | "harmonics" | "melody" => &TONES,
            "swing" => &[("hat", 2.0)],
            _ => &[],
        };
        let mean = |value: f64| -> f32 {
            let measured = (0..3).map(|seed| {
                let style = with(&[rest, &[(name, value)]].concat());
                let samples = play(&style, seed, 6.0);
                measure(&samples, &picture(&samples))
            });
            measured.sum()
        };
        let (low, high) = (mean(-2.0), mean(2.0));
        assert!(high > low, "{name}: {low} {high}");
    }
}

#[test]
fn no_style_breaks_the_sound() {
    for extreme in [-8.0, 8.0] {
        for name in LATENTS {
            let samples = play(&with(&[(name, extreme)]), 1, 1.0);
            assert_eq!(samples.len(), RATE as usize);
            let loudest = samples
                .iter()
                .fold(0.0_f32, |loudest, sample| loudest.max(sample.abs()));
            assert!(
                samples.iter().all(|sample| sample.is_finite()),
                "{name} {extreme}"
            );
            assert!(loudest > 1e-4, "{name} {extreme}: {loudest}");
        }
    }
    assert!(play(&with(&[]), 1, 0.0).is_empty());
}

#[test]
fn tracks_of_one_list_sound_more_alike_than_others() {
    use crate::tests::{made_up, settings};
    use crate::{SimulationSettings, Styles, SyntheticClips, SyntheticDataset};
    let catalogue = made_up(5, 8);
    let settings = SimulationSettings {
        seconds: 4.0,
        ..settings()
    };
    let dataset = SyntheticDataset::choose(&catalogue, 5, 1_000).unwrap();
    let styles = Styles::new(&catalogue, &dataset, &settings);
    let clips = SyntheticClips::new(&catalogue, &dataset, &styles, &settings, RATE);
    // The mean logarithm of each band.
    let profiles: Vec<Vec<f32>> = (0..dataset.tracks.len())
        .map(|track| {
            let bands = picture(&clips.samples(track));
            let mean = |band: &Vec<f32>| {
                band.iter().map(|power| power.ln()).sum::<f32>() / band.len() as f32
            };
            bands.iter().map(mean).collect()
        })
        .collect();
    let distance = |one: usize, other: usize| {
        let pairs = profiles[one].iter().zip(&profiles[other]);
        pairs
            .map(|(one, other)| (one - other).powi(2))
            .sum::<f32>()
            .sqrt()
    };
    let (mut near, mut far) = (Vec::new(), Vec::new());
    for one in 0..dataset.tracks.len() {
        for other in 0..one {
            let same = dataset.tracks[one]
                .lists
                .iter()
                .any(|list| dataset.tracks[other].lists.contains(list));
            if same { &mut near } else { &mut far }.push(distance(one, other));
        }
    }
    let mean = |distances: &[f32]| sum(distances) / distances.len() as f32;
    assert!(
        mean(&near) < 0.85 * mean(&far),
        "{} {}",
        mean(&near),
        mean(&far)
    );
}
