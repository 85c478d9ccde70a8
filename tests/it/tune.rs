//! `tune` as a user runs it, on a catalogue of tones that the test makes: trials, their log, and what comes of them.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::stage::run;

const PRESET: &str = r#"
name = "tiny"
architecture = "mn04"
window_seconds = 0.5
seed = 3
dropout = 0.1
n_folds = 1
[rows]
licences = ["CC0"]
allow_doubt = false
minimum_tracks = 2
[linear_probe]
epochs = 1
batch = 4
learning_rate = 1e-3
weight_decay = 0.1
[fine_tune]
epochs = 2
batch = 4
windows_per_track = 1
learning_rate = 1e-5
head_learning_rate = 1e-4
weight_decay = 0.05
warmup_ratio = 0.1
mixup = 0.0
pos_weight_power = 0.5
ema_decay = 0.0
patience = 2
"#;
const SPACE: &str = "
dropout = { low = 0.0, high = 0.5 }
fine_tune.learning_rate = { low = 1e-6, high = 1e-3, log = true }
fine_tune.epochs = { one_of = [1, 2] }
adapter.rank = { low = 2, high = 8 }
";

/// Half a second of a tone, as 16-bit WAV.
fn write_tone(path: &Path, hertz: f64) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 32_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    for n in 0..16_000 {
        let angle = f64::from(n) / 32_000.0 * hertz * std::f64::consts::TAU;
        writer
            .write_sample((angle.sin() * 10_000.0) as i16)
            .unwrap();
    }
    writer.finalize().unwrap();
}

/// Low tones and high ones by ten artists, prepared, beside a preset and a space.
fn prepared() -> TempDir {
    let folder = TempDir::new().unwrap();
    let mut rows = String::from("path,artist,title,playlists,licence\n");
    for n in 0..10 {
        let name = format!("song-{n}.wav");
        let (list, hertz) = if n % 2 == 0 {
            ("low", 200.0)
        } else {
            ("high", 2_000.0)
        };
        write_tone(&folder.path().join(&name), hertz + 10.0 * f64::from(n));
        rows.push_str(&format!("{name},Artist {n},Song {n},{list},CC0-1.0\n"));
    }
    for (name, text) in [
        ("lists.csv", rows.as_str()),
        ("tiny.toml", PRESET),
        ("space.toml", SPACE),
    ] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    for verb in [&["import", "lists.csv"][..], &["prepare"]] {
        let (code, _, remarks) = run(&folder, verb);
        assert_eq!(code, 0, "{remarks}");
    }
    folder
}

#[test]
fn trials_become_a_preset_and_a_second_run_goes_on() {
    let folder = prepared();
    let tune = |more: &[&str]| {
        let flags = [
            "tune",
            "--preset",
            "tiny.toml",
            "--space",
            "space.toml",
            "--out",
            "search",
        ];
        run(&folder, &[&flags[..], more].concat())
    };
    let (code, answer, remarks) = tune(&["--trials", "3"]);
    assert_eq!(code, 0, "{remarks}");
    for part in [
        "3 trials: 3 finished",
        "fine_tune.learning_rate",
        "too few finished trials",
    ] {
        assert!(answer.contains(part), "{part}: {answer}");
    }
    for part in [
        "not searched: adapter.rank",
        "trial-3  epoch   1",
        "trial 3 of 3",
        "best.toml",
    ] {
        assert!(remarks.contains(part), "{part}: {remarks}");
    }
    let (code, answer, remarks) = tune(&["--trials", "4", "--json"]);
    assert_eq!(code, 0, "{remarks}");
    assert!(
        !remarks.contains("trial-3") && remarks.contains("trial-4"),
        "{remarks}"
    );
    let found: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(found["schema_version"], 1);
    let trials = found["trials"].as_array().unwrap();
    assert_eq!(trials.len(), 4);
    let loss = |trial: &Value| trial["best"]["validation"]["loss"].as_f64().unwrap();
    let best = &trials[found["best"].as_u64().unwrap() as usize - 1];
    assert!(trials.iter().all(|trial| loss(trial) >= loss(best)));

    let search = folder.path().join("search");
    let log = fs::read_to_string(search.join("trials.jsonl")).unwrap();
    assert_eq!(log.lines().count(), 4);
    assert!(
        fs::read(search.join("tune.png"))
            .unwrap()
            .starts_with(b"\x89PNG")
    );
    let folders = fs::read_dir(&search).unwrap().flatten();
    assert!(folders.filter(|entry| entry.path().is_dir()).count() == 0);
    let settings: toml::Table =
        toml::from_str(&fs::read_to_string(search.join("best.toml")).unwrap()).unwrap();
    assert_eq!(
        settings["dropout"].as_float(),
        best["values"]["dropout"].as_f64()
    );
    assert_eq!(settings["name"].as_str(), Some("tiny"));

    // The winner's training, run by `train`, is the trial again: same artists, same epochs.
    let (code, _, remarks) = run(
        &folder,
        &["train", "--preset", "search/best.toml", "--out", "bundle"],
    );
    assert_eq!(code, 0, "{remarks}");
    let line = format!("validation {:.4}", loss(best));
    assert!(remarks.contains(&line), "{line}: {remarks}");

    let (code, _, remarks) = tune(&["--trials", "5", "--seed", "9"]);
    assert_eq!(code, 1);
    assert!(remarks.contains("another preset"), "{remarks}");
}

#[test]
fn what_cannot_be_searched_is_said_before_the_first_trial() {
    let folder = prepared();
    let space = |text: &str| {
        fs::write(folder.path().join("other.toml"), text).unwrap();
        let flags = [
            "tune",
            "--preset",
            "tiny.toml",
            "--space",
            "other.toml",
            "--trials",
            "1",
        ];
        run(&folder, &flags)
    };
    let (code, _, remarks) = space("fine_tune.lr = { low = 0.1, high = 1.0 }");
    assert_eq!(code, 1);
    assert!(remarks.contains("--space: fine_tune.lr"), "{remarks}");
    assert!(!folder.path().join("tune").exists());
    let unknown = [
        "tune",
        "--preset",
        "tiny.toml",
        "--init-from",
        "no-such",
        "--trials",
        "1",
    ];
    let (code, _, remarks) = run(&folder, &unknown);
    assert_eq!(code, 1);
    assert!(
        remarks.contains("no file and no weights of this name"),
        "{remarks}"
    );
    // A learning rate that no training survives: every trial fails, and none is the best.
    let (code, _, remarks) = space("fine_tune.learning_rate = { low = 1e30, high = 1e31 }");
    assert_eq!(code, 1);
    assert!(remarks.contains("no trial of 1 finished"), "{remarks}");
    assert_eq!(run(&folder, &["tune"]).0, 2);
}
