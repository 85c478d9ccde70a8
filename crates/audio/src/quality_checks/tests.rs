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

/// What is not fine, by name.
fn flagged(findings: &[Finding]) -> Vec<(&str, Severity)> {
    let bad = findings
        .iter()
        .filter(|found| found.severity != Severity::Ok);
    bad.map(|found| (found.name.as_str(), found.severity))
        .collect()
}

fn measured<'a>(findings: &'a [Finding], name: &str) -> &'a str {
    let found = findings.iter().find(|found| found.name == name);
    &found.unwrap().measured
}

/// Each channel by itself, from one rate to another.
fn resampled(interleaved: &[f32], from: u32, to: u32) -> Vec<f32> {
    let channel =
        |place: usize| -> Vec<f32> { interleaved.iter().skip(place).step_by(2).copied().collect() };
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
    assert!(findings.iter().all(|found| found.advice.is_empty()));
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
    assert!(flagged(&findings).contains(&("Clipping", Severity::Warning)));
    let words = measured(&findings, "Clipping");
    assert!(
        words.starts_with("40 flat tops") && words.ends_with("the first at 0:02.0"),
        "{words}"
    );
    // Two samples at full scale are no flat top.
    let mut song = stereo(6);
    song[4000] = 1.0;
    song[4002] = -1.0;
    assert!(measured(&check(&song), "Clipping").starts_with("no flat tops"));
}

#[test]
fn offset_silence_and_peaks_are_found() {
    let offset: Vec<f32> = stereo(6).iter().map(|sample| sample + 0.02).collect();
    let findings = check(&offset);
    assert_eq!(flagged(&findings), [("DC offset", Severity::Warning)]);
    assert_eq!(
        measured(&findings, "DC offset"),
        "left 2.0 %, right 2.0 % of full scale"
    );
    let silence = |seconds: u32| vec![0.0; (2 * seconds * RATE) as usize];
    let findings = check(&[silence(3), stereo(6), silence(7)].concat());
    assert_eq!(
        flagged(&findings),
        [("Silence at the ends", Severity::Warning)]
    );
    assert_eq!(
        measured(&findings, "Silence at the ends"),
        "3.0 s before, 7.0 s behind"
    );
    for padded in [[silence(11), stereo(6)], [stereo(6), silence(11)]] {
        let findings = check(&padded.concat());
        let refused = [("Silence at the ends", Severity::Error)];
        assert_eq!(flagged(&findings), refused);
    }
    let loud: Vec<f32> = stereo(6)
        .iter()
        .map(|sample| (sample * 2.6).clamp(-0.99, 0.99))
        .collect();
    assert!(flagged(&check(&loud)).contains(&("True peak", Severity::Warning)));
    let quiet: Vec<f32> = stereo(6).iter().map(|sample| sample * 0.01).collect();
    let mut quiet = quiet;
    quiet[RATE as usize] = 0.9;
    assert_eq!(flagged(&check(&quiet)), [("Loudness", Severity::Warning)]);
}

#[test]
fn what_two_channels_do_together_is_told() {
    let song = stereo(6);
    let both = |make: &dyn Fn(f32, f32) -> [f32; 2]| -> Vec<f32> {
        song.chunks_exact(2)
            .flat_map(|pair| make(pair[0], pair[1]))
            .collect()
    };
    let cases: [(&str, Severity, &str, Vec<f32>); 4] = [
        (
            "dead",
            Severity::Error,
            "the right channel is dead",
            both(&|left, _| [left, 0.0]),
        ),
        (
            "same",
            Severity::Warning,
            "both channels are the same",
            both(&|left, _| [left, left]),
        ),
        (
            "inverted",
            Severity::Error,
            "stereo, correlation −1.00",
            both(&|left, _| [left, -left]),
        ),
        (
            "out of phase",
            Severity::Warning,
            "stereo, correlation −0",
            both(&|left, right| [left, 2.0 * (right - left) - 0.5 * left]),
        ),
    ];
    for (name, severity, words, song) in cases {
        let findings = check(&song);
        assert_eq!(flagged(&findings), [("Channels", severity)], "{name}");
        assert!(
            measured(&findings, "Channels").starts_with(words),
            "{name}: {findings:?}"
        );
    }
}

#[test]
fn a_wall_is_found_where_a_source_was_narrower_than_its_file() {
    let song = stereo(6);
    let brought_up = |low: u32| resampled(&resampled(&song, RATE, low), low, RATE);
    for low in [22_050, 32_000] {
        let findings = check(&brought_up(low));
        assert_eq!(
            flagged(&findings),
            [("Bandwidth", Severity::Warning)],
            "{low} Hz"
        );
    }
    for high in [48_000, 96_000] {
        let findings = check_with(&facts(high, 2, "flac"), &resampled(&song, RATE, high));
        assert_eq!(
            flagged(&findings),
            [("Bandwidth", Severity::Warning)],
            "{high} Hz"
        );
    }
}

#[test]
fn music_that_only_grows_darker_has_no_wall() {
    // One pole at 600 Hz, then another: 12 dB an octave, down to the noise of 16 bits.
    let mut state = [[0.0_f32; 2]; 2];
    let dark: Vec<f32> = stereo(6)
        .iter()
        .enumerate()
        .map(|(n, sample)| {
            let [one, other] = &mut state[n % 2];
            *one += 0.08 * (sample * 3.0 - *one);
            *other += 0.08 * (*one - *other);
            (*other * 32_768.0).round() / 32_768.0
        })
        .collect();
    assert_eq!(flagged(&check(&dark)), []);
}

#[test]
fn what_no_distributor_takes_is_rejected() {
    let mut eight_bits = facts(RATE, 2, "pcm_u8");
    eight_bits.bits_per_sample = Some(8);
    let findings = check_with(&eight_bits, &stereo(2));
    assert_eq!(flagged(&findings), [("Resolution", Severity::Error)]);
    let findings = check_with(&facts(32_000, 2, "mp3"), &stereo(2));
    assert_eq!(flagged(&findings), [("Sample rate", Severity::Error)]);
    assert_eq!(measured(&findings, "Resolution"), "mp3, coded with loss");
}

#[test]
fn odd_shapes_break_nothing() {
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
