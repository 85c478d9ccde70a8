//! Synthetic songs and test doubles that depend on a single property.

use std::cell::Cell;
use std::f32::consts::TAU;

use super::excerpts::MAX_EXCERPTS;
use super::*;
use crate::{FitReport, fit};
use audio::Decoder;
use bundle::{Bundle, PlaylistCard};
use evaluation::{Calibration, Pooling};
use features::mel::ShortInput;
use neighbours::Neighbours;
use prepare::wav;

const RATE: u32 = 8_000;

/// Windows of 1 s, two a second, `[16, 101]`.
fn front_end() -> FrontEnd {
    FrontEnd {
        sample_rate_hz: RATE,
        n_fft: 256,
        win_length: 200,
        hop_length: 80,
        n_mels: 16,
        fmax: 4_000.0,
        window_seconds: 1.0,
        window_hop_seconds: Some(0.5),
        ..FrontEnd::efficientat()
    }
}

/// Two playlists.
fn bundle(front_end: FrontEnd, pooling: Pooling) -> Bundle {
    let mut bundle = Bundle::open(None).unwrap();
    bundle.manifest.front_end = front_end;
    bundle.manifest.pooling = pooling;
    bundle.manifest.calibration = Calibration::default();
    bundle.manifest.playlists = ["target", "other"]
        .map(|name| PlaylistCard {
            name: name.into(),
            tracks: 1,
            turnover: None,
        })
        .into();
    bundle.neighbours = Neighbours {
        width: 1,
        ..Neighbours::default()
    };
    bundle
}

/// Predicts `logit` of a window for the first playlist, a constant for the second, and attends to
/// what is loud.
struct PredictorStub<F> {
    front_end: FrontEnd,
    logit: F,
    windows: Cell<usize>,
}

impl<F: Fn(&[f32]) -> f32> Predictor for PredictorStub<F> {
    fn predict(&self, windows: &[f32]) -> Result<Prediction, PredictError> {
        let windows = windows.chunks_exact(self.front_end.window_size());
        assert!(windows.remainder().is_empty());
        self.windows.set(self.windows.get() + windows.len());
        Ok(Prediction {
            windows: windows.len(),
            logits: windows
                .clone()
                .flat_map(|window| [(self.logit)(window), 0.3])
                .collect(),
            embeddings: vec![1.0; windows.len()],
            attention: windows.map(|window| 20.0 * loudest(window)).collect(),
        })
    }
}

fn predictor<F: Fn(&[f32]) -> f32>(front_end: &FrontEnd, logit: F) -> PredictorStub<F> {
    PredictorStub {
        front_end: front_end.clone(),
        logit,
        windows: Cell::new(0),
    }
}

fn loudest(window: &[f32]) -> f32 {
    window.iter().fold(f32::MIN, |most, &value| most.max(value))
}

/// A logit about 0 for the loud tones below.
fn level(window: &[f32]) -> f32 {
    4.0 * (loudest(window) - 2.1)
}

/// `seconds` of two steady tones, as loud as `level` says at each second.
fn tones(seconds: f32, level: impl Fn(f32) -> f32) -> Vec<f32> {
    let at = |n: usize| {
        let time = n as f32 / RATE as f32;
        level(time) * 0.4 * ((TAU * 440.0 * time).sin() + (TAU * 1_100.0 * time).sin())
    };
    (0..(seconds * RATE as f32) as usize).map(at).collect()
}

fn judged(song: &[f32], bundle: &Bundle, predictor: &dyn Predictor) -> FitReport {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("song.wav");
    std::fs::write(&path, wav(song, RATE).unwrap()).unwrap();
    fit(Decoder::open(&path).unwrap(), bundle, predictor).unwrap()
}

/// The effect of the perturbation whose JSON contains a text.
fn change(report: &FitReport, kind: &str) -> f64 {
    let is_kind = |perturbation: &&Perturbation| {
        serde_json::to_string(&perturbation.kind)
            .unwrap()
            .contains(kind)
    };
    let found = report.robustness.iter().find(is_kind);
    found.unwrap().max_fit_change
}

fn ranges_hold_their_fits(report: &FitReport) {
    assert_eq!(report.robustness.len(), 5);
    for playlist in &report.playlists {
        let range = playlist.range.unwrap();
        assert!(range.low <= playlist.fit && playlist.fit <= range.high);
        assert!(range.low >= 0.0 && range.high <= 1.0);
    }
}

#[test]
fn a_predictor_of_the_level_reacts_to_gain_only() {
    let front_end = front_end();
    let bundle = bundle(front_end.clone(), Pooling::Mean);
    let report = judged(&tones(8.0, |_| 1.0), &bundle, &predictor(&front_end, level));
    ranges_hold_their_fits(&report);
    // Half the power: ln 2 less, divided by 5 in the front end, four times that in the logit.
    let prediction = report
        .playlists
        .iter()
        .find(|playlist| playlist.name == "target")
        .unwrap();
    let logit = (prediction.fit / (1.0 - prediction.fit)).ln() - 4.0 * 10_f64.powf(0.3).ln() / 5.0;
    let softer = 1.0 / (1.0 + (-logit).exp());
    assert!((change(&report, "gain") - (prediction.fit - softer)).abs() < 1e-3);
    assert!((prediction.range.unwrap().low - softer).abs() < 1e-3);
    // Rounding takes some of a pure tone's power too.
    assert!(change(&report, "mp3") < 0.5 * change(&report, "gain"));
    for other in ["1.02", "0.98", "offset"] {
        assert!(
            change(&report, other) < 0.01,
            "{other}: {:?}",
            report.robustness
        );
    }
    let other = report
        .playlists
        .iter()
        .find(|playlist| playlist.name == "other")
        .unwrap();
    let range = other.range.unwrap();
    assert!(range.low == other.fit && range.high == other.fit);
}

#[test]
fn a_predictor_of_the_start_of_a_window_reacts_to_the_offset() {
    let front_end = front_end();
    let bundle = bundle(front_end.clone(), Pooling::Mean);
    let frames = front_end.window_frames();
    // Loud when a window begins, soft a quarter of a second later.
    let song = tones(8.0, |time| if time % 0.5 < 0.25 { 1.0 } else { 0.1 });
    let first = |window: &[f32]| {
        let rows = window.chunks_exact(frames).map(|row| loudest(&row[..15]));
        4.0 * (rows.fold(f32::MIN, f32::max) - 2.1)
    };
    let report = judged(&song, &bundle, &predictor(&front_end, first));
    ranges_hold_their_fits(&report);
    assert!(change(&report, "offset") > 0.2, "{:?}", report.robustness);
    for other in ["1.02", "0.98"] {
        assert!(
            change(&report, other) < 0.02,
            "{other}: {:?}",
            report.robustness
        );
    }
}

#[test]
fn every_length_pooling_and_filling_gets_ranges_and_the_same_ones_again() {
    let mut bundle = bundle(front_end(), Pooling::Mean);
    // Shorter than a window, a window, a sample more, less than an excerpt, and longer.
    for seconds in [1.0, 2.0, 2.000_2, 2.3, 3.1, 9.7] {
        for short_input in [ShortInput::Repeat, ShortInput::Silence, ShortInput::ZeroPad] {
            for hop in [Some(1.0), None] {
                let front_end = FrontEnd {
                    short_input,
                    window_hop_seconds: hop,
                    ..front_end().with_window(2.0)
                };
                let swell = tones(seconds, |time| 0.5 + 0.4 * (time * 3.0).sin());
                let predictor = predictor(&front_end, |window| {
                    window.iter().sum::<f32>() / window.len() as f32
                });
                bundle.manifest.front_end = front_end.clone();
                for pooling in Pooling::ALL {
                    bundle.manifest.pooling = pooling;
                    let report = judged(&swell, &bundle, &predictor);
                    ranges_hold_their_fits(&report);
                    assert!(change(&report, "gain") > 0.0, "{seconds} s, {pooling:?}");
                }
                let [one, other] = [(); 2].map(|()| judged(&swell, &bundle, &predictor).robustness);
                assert_eq!(one, other);
            }
        }
    }
}

#[test]
fn ten_songs_of_silence_at_both_ends_do_not_hide_what_the_song_does() {
    let front_end = front_end();
    let predictor = predictor(&front_end, level);
    let song = tones(4.0, |_| 1.0);
    let silence = vec![0.0; 10 * song.len()];
    let padded = [&silence[..], &song, &silence].concat();
    // The attention is the song's alone, so its movement must be too; the mean is mostly the silence's.
    let attentive = bundle(front_end.clone(), Pooling::Attention);
    let [bare, among] = [&song, &padded].map(|song| judged(song, &attentive, &predictor));
    ranges_hold_their_fits(&among);
    let difference = change(&bare, "gain") - change(&among, "gain");
    assert!(
        change(&bare, "gain") > 0.05 && difference.abs() < 0.005,
        "{difference}"
    );
    let mean = judged(
        &padded,
        &bundle(front_end.clone(), Pooling::Mean),
        &predictor,
    );
    let diluted = change(&mean, "gain");
    assert!(diluted > 0.0 && diluted < change(&bare, "gain"));
}

#[test]
fn however_long_the_song_few_stretches_are_held_and_they_span_it() {
    let front_end = front_end();
    let length = excerpt_samples(&front_end);
    let block = tones(1.0, |_| 1.0);
    for seconds in [3_usize, 5, 60, 1_000, 3_600] {
        let mut excerpts = ExcerptCollector::new(&front_end, length);
        for _ in 0..seconds {
            excerpts.push(&block);
            assert!(excerpts.excerpts.len() <= MAX_EXCERPTS);
        }
        let held = excerpts.finish();
        let starts: Vec<usize> = held.iter().map(|excerpt| excerpt.start).collect();
        let step = starts.get(1).map_or(0, |second| second - starts[0]);
        assert!(
            starts.len() > MAX_EXCERPTS / 2 || seconds == 3,
            "{starts:?}"
        );
        assert!(
            starts.windows(2).all(|pair| pair[1] - pair[0] == step),
            "{starts:?}"
        );
        assert!(
            starts[0] == 0 && starts[starts.len() - 1] + 2 * step >= seconds * block.len() - length
        );
        assert!(held.iter().all(|excerpt| excerpt.samples.len() == length));
    }
}

#[test]
fn a_long_song_costs_no_more_windows_than_eight_stretches() {
    let front_end = front_end();
    let bundle = bundle(front_end.clone(), Pooling::Mean);
    let predictor = predictor(&front_end, loudest);
    let report = judged(&tones(60.0, |_| 1.0), &bundle, &predictor);
    let on_samples = report.timeline.starts_seconds.len();
    let explanation = report
        .explanation
        .map_or(0, |explanation| explanation.logit_drops.concat().len());
    let more = predictor.windows.get() - on_samples - explanation;
    assert!(
        on_samples > 100 && more <= MAX_EXCERPTS * 6,
        "{on_samples} and {more}"
    );
}
