use std::f32::consts::TAU;

use super::*;
use crate::resample;

const RATE: u32 = 44_100;

fn facts(rate: u32, channels: usize, codec: &str) -> StreamInfo {
    StreamInfo {
        sample_rate_hz: rate,
        channels,
        codec: codec.into(),
        bits_per_sample: (codec != "mp3").then_some(16),
        tags: crate::FileTags::default(),
    }
}

/// Noise with a tone, half of it on both sides: as wide as music, up to half the sample rate.
fn stereo(seconds: u32) -> Vec<f32> {
    let mut random = fastrand::Rng::with_seed(3);
    (0..seconds * RATE)
        .flat_map(|n| {
            let tone = 0.3 * (TAU * 220.0 * n as f32 / RATE as f32).sin();
            let mut noise = || (random.f32() - 0.5) * 0.2;
            let middle = tone + noise();
            [middle + noise(), middle + noise()]
        })
        .collect()
}

fn check_with(facts: &StreamInfo, interleaved: &[f32]) -> Vec<Finding> {
    let mut check = QualityChecks::new(facts);
    let mut loudness = Loudness::new(facts.channels, facts.sample_rate_hz).unwrap();
    for block in interleaved.chunks(1152 * facts.channels) {
        check.add(block);
        loudness.add(block);
    }
    check.findings(Some(&loudness))
}

fn check(interleaved: &[f32]) -> Vec<Finding> {
    check_with(&facts(RATE, 2, "pcm_s16le"), interleaved)
}

/// What is flagged: the serialised name of the check and the severity.
fn flagged(findings: &[Finding]) -> Vec<(String, Severity)> {
    let bad = findings
        .iter()
        .filter(|found| found.severity != Severity::Ok);
    bad.map(|found| (check_code(found), found.severity))
        .collect()
}

fn check_code(finding: &Finding) -> String {
    let json = serde_json::to_value(finding).unwrap();
    json["check"].as_str().unwrap().into()
}

fn values(findings: &[Finding], check: &str) -> serde_json::Value {
    let found = findings.iter().find(|found| check_code(found) == check);
    serde_json::to_value(found.unwrap()).unwrap()["values"].clone()
}

fn one(check: &str, severity: Severity) -> Vec<(String, Severity)> {
    vec![(check.into(), severity)]
}

/// Each channel by itself, from one rate to another.
fn resampled(interleaved: &[f32], from: u32, to: u32) -> Vec<f32> {
    let channel = |channel: usize| -> Vec<f32> {
        interleaved
            .iter()
            .skip(channel)
            .step_by(2)
            .copied()
            .collect()
    };
    let [left, right] = [0, 1].map(|place| resample(&channel(place), from, to).unwrap());
    left.into_iter()
        .zip(right)
        .flat_map(|(left, right)| [left, right])
        .collect()
}

#[test]
fn a_clean_file_passes_every_check() {
    let findings = check(&stereo(6));
    assert_eq!(flagged(&findings), []);
    assert_eq!(findings.len(), 9);
}

#[test]
fn flat_tops_are_counted_and_the_first_is_placed() {
    let mut song = stereo(6);
    // Two flat tops a frame apart from each other in time for every tenth of a second from 2 s on.
    for start in (2 * RATE..6 * RATE).step_by(RATE as usize / 10) {
        for frame in start..start + 4 {
            song[2 * frame as usize] = 1.0;
        }
    }
    let findings = check(&song);
    assert!(flagged(&findings).contains(&("clipping".into(), Severity::Warning)));
    let clipping = values(&findings, "clipping");
    assert_eq!(
        (&clipping["flat_tops"], &clipping["first_seconds"]),
        (&40.into(), &2.0.into())
    );
    // Two samples at full scale are not a flat top.
    let mut song = stereo(6);
    song[4000] = 1.0;
    song[4002] = -1.0;
    let clipping = values(&check(&song), "clipping");
    assert!(clipping["flat_tops"] == 0 && clipping["first_seconds"].is_null());
}

#[test]
fn offset_silence_and_peaks_are_found() {
    let offset: Vec<f32> = stereo(6).iter().map(|sample| sample + 0.02).collect();
    let findings = check(&offset);
    assert_eq!(flagged(&findings), one("dc_offset", Severity::Warning));
    let offsets = values(&findings, "dc_offset");
    let left = offsets["offsets"][0].as_f64().unwrap();
    assert!((left - 0.02).abs() < 1e-3, "{offsets}");
    let silence = |seconds: u32| vec![0.0; (2 * seconds * RATE) as usize];
    let findings = check(&[silence(3), stereo(6), silence(7)].concat());
    assert_eq!(flagged(&findings), one("silence", Severity::Warning));
    let silent = values(&findings, "silence");
    for (end, seconds) in [("leading_seconds", 3.0), ("trailing_seconds", 7.0)] {
        let found = silent[end].as_f64().unwrap();
        assert!((found - seconds).abs() < 0.05, "{end}: {found}");
    }
    for padded in [[silence(11), stereo(6)], [stereo(6), silence(11)]] {
        let findings = check(&padded.concat());
        assert_eq!(flagged(&findings), one("silence", Severity::Error));
    }
    let loud: Vec<f32> = stereo(6)
        .iter()
        .map(|sample| (sample * 2.6).clamp(-0.99, 0.99))
        .collect();
    assert!(flagged(&check(&loud)).contains(&("true_peak".into(), Severity::Warning)));
    let quiet: Vec<f32> = stereo(6).iter().map(|sample| sample * 0.01).collect();
    let mut quiet = quiet;
    quiet[RATE as usize] = 0.9;
    assert_eq!(flagged(&check(&quiet)), one("loudness", Severity::Warning));
}

#[test]
fn problems_of_two_channels_are_found() {
    let song = stereo(6);
    let both = |make: &dyn Fn(f32, f32) -> [f32; 2]| -> Vec<f32> {
        song.chunks_exact(2)
            .flat_map(|pair| make(pair[0], pair[1]))
            .collect()
    };
    let cases: [(&str, Severity, Vec<f32>); 4] = [
        (
            "silent_right",
            Severity::Error,
            both(&|left, _| [left, 0.0]),
        ),
        (
            "dual_mono",
            Severity::Warning,
            both(&|left, _| [left, left]),
        ),
        (
            "anti_phase",
            Severity::Error,
            both(&|left, _| [left, -left]),
        ),
        (
            "partly_anti_phase",
            Severity::Warning,
            both(&|left, right| [left, 2.0 * (right - left) - 0.5 * left]),
        ),
    ];
    for (problem, severity, song) in cases {
        let findings = check(&song);
        assert_eq!(flagged(&findings), one("channels", severity), "{problem}");
        let channels = values(&findings, "channels");
        assert_eq!(channels["problem"], problem, "{channels}");
    }
}

#[test]
fn a_cutoff_is_found_if_the_source_was_narrower_than_its_file() {
    let song = stereo(6);
    let upsampled = |low: u32| resampled(&resampled(&song, RATE, low), low, RATE);
    for low in [22_050, 32_000] {
        let findings = check(&upsampled(low));
        assert_eq!(
            flagged(&findings),
            one("bandwidth", Severity::Warning),
            "{low} Hz"
        );
    }
    for high in [48_000, 96_000] {
        let findings = check_with(&facts(high, 2, "flac"), &resampled(&song, RATE, high));
        assert_eq!(
            flagged(&findings),
            one("bandwidth", Severity::Warning),
            "{high} Hz"
        );
    }
}

#[test]
fn music_that_only_gets_darker_has_no_cutoff() {
    // One pole at 600 Hz, then another: 12 dB an octave, down to the noise of 16 bits.
    let mut state = [[0.0_f32; 2]; 2];
    let dark: Vec<f32> = stereo(6)
        .iter()
        .enumerate()
        .map(|(n, sample)| {
            let [first, second] = &mut state[n % 2];
            *first += 0.08 * (sample * 3.0 - *first);
            *second += 0.08 * (*first - *second);
            (*second * 32_768.0).round() / 32_768.0
        })
        .collect();
    assert_eq!(flagged(&check(&dark)), []);
}

#[test]
fn formats_below_the_minimum_are_errors() {
    let mut eight_bits = facts(RATE, 2, "pcm_u8");
    eight_bits.bits_per_sample = Some(8);
    let findings = check_with(&eight_bits, &stereo(2));
    assert_eq!(flagged(&findings), one("bit_depth", Severity::Error));
    let findings = check_with(&facts(32_000, 2, "mp3"), &stereo(2));
    assert_eq!(flagged(&findings), one("sample_rate", Severity::Error));
    assert_eq!(values(&findings, "bit_depth")["is_lossless"], false);
}

#[test]
fn unusual_stream_shapes_do_not_panic() {
    for (rate, channels) in [(1_000, 1), (44_100, 6), (768_000, 2), (8_000, 64)] {
        for frames in [0, 1, 5_000] {
            let findings = QualityChecks::new(&facts(rate, channels, "flac"));
            assert_eq!(findings.findings(None).len(), 9);
            let mut check = QualityChecks::new(&facts(rate, channels, "flac"));
            check.add(&vec![0.25; frames * channels]);
            assert_eq!(check.findings(None).len(), 9);
        }
    }
}
