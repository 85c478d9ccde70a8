use std::f64::consts::TAU;

use super::*;
use audio::MonoReader;

/// As `scripts/golden/traits.py` writes it.
#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    rate: u32,
    tempo_bpm: f64,
    #[serde(rename = "brightness_hz")]
    spectral_centroid_hz: f64,
    onsets: usize,
    strength: Vec<f32>,
}

/// The script's own drums and bass at 126 BPM.
fn beat(rate: u32) -> Vec<f32> {
    const BEAT: f64 = 60.0 / 126.0;
    let sine = |hz: f64, time: f64| (TAU * hz * time).sin();
    (0..16 * rate)
        .map(|n| {
            let time = f64::from(n) / f64::from(rate);
            let (in_beat, in_half) = (time % BEAT, (time + BEAT / 2.0) % BEAT);
            let kick = (-in_beat * 18.0).exp() * sine(55.0, in_beat);
            let hat = (-in_half * 60.0).exp() * sine(6000.0, in_half) * sine(4321.0, in_half);
            (0.5 * kick + 0.3 * hat + 0.2 * sine(110.0, time)) as f32
        })
        .collect()
}

fn demo_song(rate: u32) -> Vec<f32> {
    let song = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fixtures/demo-song/first-light.ogg"
    );
    let mut reader = MonoReader::open(song.as_ref(), rate).unwrap();
    let mut samples = Vec::new();
    while samples.len() < 30 * rate as usize && reader.read(&mut samples).unwrap() {}
    samples.truncate(30 * rate as usize);
    samples
}

fn measure(samples: &[f32], rate: u32) -> Descriptors {
    let mut meter = DescriptorExtractor::new(rate);
    meter.push(samples);
    meter.finish()
}

fn strengths(samples: &[f32], front_end: &FrontEnd) -> Vec<f32> {
    let mut onsets = OnsetStrength::new(front_end);
    let mut spectra = Spectra::new(front_end);
    spectra.push(samples, |power| onsets.push(power));
    spectra.finish(|power| onsets.push(power));
    onsets.finish()
}

fn noise(seconds: u32, rate: u32) -> Vec<f32> {
    let mut random = fastrand::Rng::with_seed(5);
    (0..seconds * rate).map(|_| random.f32() - 0.5).collect()
}

/// Strength within 0.5 dB (of tens; before the loudest moment our floor is lower), brightness within 0.1 %, the count of
/// onsets within 3 %, the lag of the tempo the same.
#[test]
fn librosa_measures_the_same() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../fixtures/golden/traits.json"
    );
    let golden: Golden = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert_eq!(golden.cases.len(), 3);
    for case in &golden.cases {
        let named = format!("{} at {} Hz", case.name, case.rate);
        let samples = match case.name.as_str() {
            "beat" => beat(case.rate),
            _ => demo_song(case.rate),
        };
        let front_end = front_end_for(case.rate);
        let ours = strengths(&samples, &front_end);
        for (place, wanted) in case.strength.iter().enumerate() {
            let off = (ours[16 * place] - wanted).abs();
            assert!(off < 0.5, "{named}: frame {}, off by {off}", 16 * place);
        }
        let descriptors = measure(&samples, case.rate);
        let off = descriptors.spectral_centroid_hz.unwrap() / case.spectral_centroid_hz - 1.0;
        assert!(off.abs() < 1e-3, "{named}: {off}");
        let onsets = onsets::count(&ours, &front_end);
        assert!(
            onsets.abs_diff(case.onsets) * 33 <= case.onsets,
            "{named}: {onsets}"
        );
        let lag = |bpm: f64| 60.0 * f64::from(case.rate) / front_end.hop_length as f64 / bpm;
        let tempo = descriptors.tempo_bpm.unwrap();
        assert!(
            (lag(tempo) - lag(case.tempo_bpm)).abs() <= 0.5,
            "{named}: {tempo}"
        );
    }
}

#[test]
fn a_tempo_is_told_within_one_percent_and_noise_has_none() {
    let tempo = measure(&beat(22_050), 22_050).tempo_bpm.unwrap();
    assert!((tempo / 126.0 - 1.0).abs() < 0.01, "{tempo}");
    let held: Vec<f32> = (0..20 * 22_050)
        .map(|n| (TAU * 220.0 * f64::from(n) / 22_050.0).sin() as f32 * 0.3)
        .collect();
    for (name, samples) in [("noise", noise(20, 22_050)), ("a held tone", held)] {
        assert_eq!(measure(&samples, 22_050).tempo_bpm, None, "{name}");
    }
}

#[test]
fn the_size_of_the_blocks_changes_nothing() {
    let samples = &beat(16_000)[..10 * 16_000];
    let mut meter = DescriptorExtractor::new(16_000);
    samples.chunks(777).for_each(|block| meter.push(block));
    assert_eq!(meter.finish(), measure(samples, 16_000));
}

#[test]
fn gain_moves_the_loudness_alone() {
    let loud = measure(&beat(22_050), 22_050);
    let quiet: Vec<f32> = beat(22_050).iter().map(|sample| sample / 4.0).collect();
    let quiet = measure(&quiet, 22_050);
    let louder = loud.loudness_lufs.unwrap() - quiet.loudness_lufs.unwrap();
    assert!((louder - 12.04).abs() < 0.11, "{louder}");
    assert_eq!(loud.onset_rate, quiet.onset_rate);
    let brighter = loud.spectral_centroid_hz.unwrap() / quiet.spectral_centroid_hz.unwrap();
    assert!((brighter - 1.0).abs() < 1e-4);
}

#[test]
fn silence_a_click_and_nothing_have_no_traits_and_break_nothing() {
    for samples in [Vec::new(), vec![0.0; 40_000], vec![0.5], vec![0.1; 3]] {
        assert_eq!(measure(&samples, 32_000), Descriptors::default());
    }
    for rate in [1_000, 8_000, 192_000] {
        measure(&noise(1, rate), rate);
    }
}
