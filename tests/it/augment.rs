//! `augment` as a user runs it: a song in, files to listen to and a picture out.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use tempfile::TempDir;

use crate::stage::run;

/// Found when the test runs: one target folder may serve several checkouts.
static DEMO: LazyLock<String> = LazyLock::new(|| {
    let song = std::path::absolute("fixtures/demo-song/first-light.ogg").unwrap();
    song.into_os_string().into_string().unwrap()
});

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn seconds(file: &Path) -> f64 {
    let reader = hound::WavReader::open(file).unwrap();
    f64::from(reader.duration()) / f64::from(reader.spec().sample_rate)
}

#[test]
fn every_effect_is_written_at_both_ends_with_a_table_and_a_picture() {
    let folder = TempDir::new().unwrap();
    let (code, answer, remarks) = run(&folder, &["augment", &DEMO]);
    assert_eq!(code, 0, "{remarks}");
    let out = folder.path().join("augmented");
    let files = names(&out);
    for effect in [
        "tempo",
        "pitch",
        "high-pass",
        "low-pass",
        "echo",
        "gain",
        "time-shift",
        "codec",
        "chain",
    ] {
        let own = files
            .iter()
            .filter(|name| name.starts_with(&format!("{effect}_")));
        assert_eq!(own.count(), 2, "{effect} in {files:?}");
    }
    // The first 30 s, faster and slower; all else keeps its length.
    for (file, wanted) in [
        ("original.wav", 30.0),
        ("tempo_0.9.wav", 30.0 / 0.9),
        ("tempo_1.1.wav", 30.0 / 1.1),
        ("pitch_-2.wav", 30.0),
        ("codec_32.wav", 30.0),
    ] {
        assert!((seconds(&out.join(file)) - wanted).abs() < 1e-3, "{file}");
        assert!(answer.contains(file), "{answer}");
    }
    assert!(answer.contains("low-pass at 3000 Hz"), "{answer}");
    assert_eq!(fs::read_to_string(out.join("effects.txt")).unwrap(), answer);
    assert!(
        fs::read(out.join("log-mels.png"))
            .unwrap()
            .starts_with(b"\x89PNG")
    );
    assert_eq!(files.len(), 1 + 9 * 2 + 2);
}

#[test]
fn one_effect_and_another_folder_can_be_asked_for() {
    let folder = TempDir::new().unwrap();
    let (code, _, remarks) = run(
        &folder,
        &["augment", &DEMO, "--effect", "gain", "--out", "mine"],
    );
    assert_eq!(code, 0, "{remarks}");
    assert_eq!(
        names(&folder.path().join("mine")),
        [
            "effects.txt",
            "gain_-9.wav",
            "gain_6.wav",
            "log-mels.png",
            "original.wav"
        ]
    );
}

#[test]
fn mistakes_are_said_in_words() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("song.wav"), "no audio").unwrap();
    let (code, _, remarks) = run(&folder, &["augment", "song.wav"]);
    assert!(
        code == 1 && remarks.contains("song.wav: no audio"),
        "{remarks}"
    );
    let (code, _, remarks) = run(&folder, &["augment", "missing.wav"]);
    assert!(code == 1 && remarks.contains("missing.wav"), "{remarks}");
    let (code, _, remarks) = run(&folder, &["augment", &DEMO, "--effect", "tempi"]);
    assert!(
        code == 2 && remarks.contains("'tempo'") && remarks.contains("echo"),
        "{remarks}"
    );
    fs::write(folder.path().join("taken"), "").unwrap();
    let (code, _, remarks) = run(
        &folder,
        &["augment", &DEMO, "--effect", "gain", "--out", "taken"],
    );
    assert!(
        code == 1 && remarks.contains("taken") && remarks.contains("--out"),
        "{remarks}"
    );
    assert_eq!(
        names(folder.path()),
        ["song.wav", "taken"],
        "nothing was begun"
    );
}

#[test]
fn a_preset_shows_what_its_training_would_do() {
    let folder = TempDir::new().unwrap();
    let preset = "crates/train/src/presets/mn04.toml";
    let table = "\n[augment]
        tempo = { p = 1, least = 1.05, most = 1.1 }
        spec_augment = { p = 1, time_masks = 2, time_share = 0.1, band_masks = 1, band_share = 0.1 }\n";
    let text = fs::read_to_string(preset).unwrap() + table;
    fs::write(folder.path().join("mine.toml"), text).unwrap();
    let arguments = ["augment", &DEMO, "--preset", "mine.toml"];
    let (code, answer, remarks) = run(&folder, &arguments);
    assert_eq!(code, 0, "{remarks}");
    let out = folder.path().join("augmented");
    assert_eq!(names(&out).len(), 1 + 4 + 2);
    assert!(
        answer.contains("3 masks") && answer.contains("tempo 1.0"),
        "{answer}"
    );
    assert!(remarks.contains("mixup"), "{remarks}");
    for number in 1..=4 {
        let length = seconds(&out.join(format!("drawn_{number}.wav")));
        assert!((30.0 / 1.1..30.0 / 1.05).contains(&length), "{length}");
    }
    // Equal seeds draw the same.
    assert_eq!(run(&folder, &arguments).1, answer);

    let plain = run(&folder, &["augment", &DEMO, "--preset", "mn04"]);
    assert!(plain.0 == 1 && plain.2.contains("[augment]"), "{}", plain.2);
    let wrong = fs::read_to_string(folder.path().join("mine.toml")).unwrap();
    fs::write(
        folder.path().join("wrong.toml"),
        wrong.replace("1.1 }", "9 }"),
    )
    .unwrap();
    let refused = run(&folder, &["augment", &DEMO, "--preset", "wrong.toml"]);
    assert!(
        refused.0 == 1 && refused.2.contains("augment.tempo"),
        "{}",
        refused.2
    );
}
