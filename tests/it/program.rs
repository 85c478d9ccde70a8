//! The whole program as a user runs it: real files in, exit code, both streams and files on disk out.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{Background, output, run};
use crate::schema::assert_valid;

/// Found when the test runs: one target folder may serve several checkouts.
static DEMO: LazyLock<String> = LazyLock::new(|| {
    let song = std::path::absolute("fixtures/demo-song/first-light.ogg").unwrap();
    song.into_os_string().into_string().unwrap()
});

/// A tone with harmonics that swells, as 16-bit WAV.
fn write_tone(path: &Path, rate: u32, channels: u16, seconds: f64, level: f64) {
    let spec = hound::WavSpec {
        channels,
        sample_rate: rate,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    for n in 0..(seconds * f64::from(rate)) as u32 {
        let time = f64::from(n) / f64::from(rate);
        let swell = 0.6 + 0.4 * (time * 0.7).sin();
        let tone: f64 = (1..5)
            .map(|harmonic| {
                (time * 220.0 * f64::from(harmonic) * std::f64::consts::TAU).sin()
                    / f64::from(harmonic)
            })
            .sum();
        for _ in 0..channels {
            writer
                .write_sample((tone * swell * level * 15_000.0) as i16)
                .unwrap();
        }
    }
    writer.finalize().unwrap();
}

fn tone(
    folder: &TempDir,
    name: &str,
    rate: u32,
    channels: u16,
    seconds: f64,
    level: f64,
) -> PathBuf {
    let path = folder.path().join(name);
    write_tone(&path, rate, channels, seconds, level);
    path
}

#[test]
fn a_song_gives_a_table_and_three_files_without_any_flag() {
    let folder = TempDir::new().unwrap();
    let (code, answer, remarks) = run(&folder, &["fit", &DEMO]);
    assert_eq!(code, 0, "{remarks}");
    assert!(
        answer.contains("First Light (1:11)") && answer.contains("demo playlists"),
        "{answer}"
    );
    assert!(
        remarks.contains("reports/first-light/report.html"),
        "{remarks}"
    );
    let page = fs::read_to_string(folder.path().join("reports/first-light/report.html")).unwrap();
    assert!(
        page.contains("First Light")
            && page.contains("demo playlists")
            && !page.contains("<script")
    );
    let picture = fs::read(folder.path().join("reports/first-light/report.png")).unwrap();
    assert_eq!(&picture[..8], b"\x89PNG\r\n\x1a\n");
}

/// A rename of a hashed field, a changed front end or network would change these numbers of schema version 1.
#[test]
fn identities_and_fits_of_the_demo_bundle_are_pinned() {
    let folder = TempDir::new().unwrap();
    let (code, answer, remarks) = run(&folder, &["fit", &DEMO, "--json"]);
    assert_eq!(code, 0, "{remarks}");
    let report: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(report["bundle"]["id"], "demo-c2872c4a");
    assert_eq!(report["front_end"], "037941b0e890c3a5");
    let pinned = [
        ("ambient", 0.449_289_312_735),
        ("orchestral_epic", 0.308_147_854_200),
        ("horror_dark", 0.113_008_005_131),
        ("piano", 0.097_531_112_943),
        ("classical", 0.091_437_838_027),
    ];
    for (rank, (name, fit)) in pinned.into_iter().enumerate() {
        let found = &report["playlists"][rank];
        assert_eq!(found["name"], name);
        let difference = found["fit"].as_f64().unwrap() - fit;
        assert!(difference.abs() < 1e-6, "{name}: {difference}");
    }
}

#[test]
fn json_is_one_document_that_follows_the_schema() {
    let folder = TempDir::new().unwrap();
    let (code, answer, _) = run(&folder, &["fit", &DEMO, "--json"]);
    assert_eq!(code, 0);
    let report: Value = serde_json::from_str(&answer).unwrap();
    assert_valid("FitReport", &report);
    assert_eq!(report["schema_version"], 2);
    assert_eq!(report["song"]["title"], "First Light");
    let playlists = report["playlists"].as_array().unwrap();
    let fits: Vec<f64> = playlists
        .iter()
        .map(|playlist| playlist["fit"].as_f64().unwrap())
        .collect();
    assert!(
        fits.windows(2).all(|pair| pair[0] >= pair[1])
            && fits.iter().all(|fit| (0.0..=1.0).contains(fit))
    );
    assert_eq!(playlists[0]["rank"], 1);
    let neighbours = report["neighbours"].as_array().unwrap();
    assert!(
        !neighbours.is_empty()
            && neighbours
                .iter()
                .all(|near| near["similarity"].as_f64().unwrap() < 0.95)
    );
    for field in ["bundle", "front_end", "verdict", "timeline"] {
        assert!(!report[field].is_null(), "{field}");
    }
    let changes = report["robustness"].as_array().unwrap();
    let moved = |change: &Value| change["max_fit_change"].as_f64().unwrap();
    assert_eq!(
        (&changes[0]["kind"], &changes[0]["kbps"]),
        (&"mp3".into(), &128.0.into())
    );
    assert!(
        changes.len() == 5
            && changes
                .iter()
                .all(|change| (0.0..0.3).contains(&moved(change)))
    );
    for (playlist, fit) in playlists.iter().zip(&fits) {
        let end = |name: &str| playlist["range"][name].as_f64().unwrap();
        assert!(end("low") <= *fit && *fit <= end("high") && end("low") < end("high"));
    }
    let saved: Value = serde_json::from_slice(
        &fs::read(folder.path().join("reports/first-light/report.json")).unwrap(),
    )
    .unwrap();
    assert_eq!(saved, report);
    // The whole pipeline is deterministic on the CPU.
    assert_eq!(run(&folder, &["fit", &DEMO, "--json"]).1, answer);
}

#[test]
fn every_sane_shape_of_audio_is_judged() {
    let folder = TempDir::new().unwrap();
    for (name, rate, channels, seconds) in [
        ("eight.wav", 44_100, 8, 3.0),
        ("high.wav", 192_000, 2, 2.0),
        ("low.wav", 8_000, 1, 12.0),
        ("short.wav", 44_100, 2, 1.2),
    ] {
        let path = tone(&folder, name, rate, channels, seconds, 0.5);
        let (code, answer, remarks) = run(&folder, &["fit", path.to_str().unwrap(), "--json"]);
        assert_eq!(code, 0, "{name}: {remarks}");
        let report: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(report["song"]["channels"], channels);
        assert_eq!(report["song"]["sample_rate_hz"], rate);
        assert_eq!(report["robustness"].as_array().unwrap().len(), 5, "{name}");
        assert_eq!(
            report["song"]["warnings"].as_array().unwrap().is_empty(),
            seconds >= 10.0,
            "{name}"
        );
    }
}

#[test]
fn a_wrong_extension_does_not_matter() {
    let folder = TempDir::new().unwrap();
    let path = tone(&folder, "really-a-wav.mp3", 32_000, 1, 2.0, 0.5);
    assert_eq!(run(&folder, &["fit", path.to_str().unwrap()]).0, 0);
}

#[test]
fn bad_input_ends_in_words_and_leaves_nothing() {
    let folder = TempDir::new().unwrap();
    let place = |name: &str| folder.path().join(name);
    fs::write(place("empty.mp3"), b"").unwrap();
    fs::write(place("text.flac"), "this is no audio. ".repeat(500)).unwrap();
    fs::create_dir(place("folder.wav")).unwrap();
    tone(&folder, "silent.wav", 44_100, 2, 3.0, 0.0);
    tone(&folder, "blink.wav", 44_100, 2, 0.2, 0.5);
    fs::write(place("head.ogg"), &fs::read(&*DEMO).unwrap()[..200]).unwrap();
    for (name, says) in [
        ("gone.wav", "check the name"),
        ("empty.mp3", "empty"),
        ("text.flac", "no audio"),
        ("folder.wav", "folder"),
        ("silent.wav", "silent"),
        ("blink.wav", "at least 1 s"),
        ("head.ogg", "head.ogg"),
    ] {
        let (code, answer, remarks) = run(&folder, &["fit", name]);
        assert_eq!((code, answer.as_str()), (1, ""), "{name}: {remarks}");
        assert!(
            remarks.contains(says) && remarks.contains(name),
            "{name}: {remarks}"
        );
        assert!(!remarks.contains("panicked"), "{remarks}");
    }
    assert!(!place("reports").exists());
}

#[test]
fn one_bad_song_does_not_stop_the_others() {
    let folder = TempDir::new().unwrap();
    let good = tone(&folder, "good.wav", 32_000, 1, 2.0, 0.5);
    let (code, answer, remarks) = run(
        &folder,
        &["fit", "gone.wav", good.to_str().unwrap(), "--json"],
    );
    assert_eq!(code, 3, "{remarks}");
    assert_eq!(answer.lines().count(), 1);
    assert!(remarks.contains("skipped gone.wav"), "{remarks}");
}

#[test]
fn a_truncated_song_is_judged_as_far_as_it_goes() {
    let folder = TempDir::new().unwrap();
    let whole = fs::read(&*DEMO).unwrap();
    let path = folder.path().join("half.ogg");
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let (code, answer, remarks) = run(&folder, &["fit", path.to_str().unwrap(), "--json"]);
    assert_eq!(code, 0, "{remarks}");
    let report: Value = serde_json::from_str(&answer).unwrap();
    let seconds = report["song"]["duration_seconds"].as_f64().unwrap();
    assert!((25.0..50.0).contains(&seconds), "{seconds}");
    assert!(report["playlists"][0]["range"]["low"].is_number());
}

#[test]
fn samples_that_are_no_numbers_are_silence_and_are_told() {
    let folder = TempDir::new().unwrap();
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 44_100,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let path = folder.path().join("float.wav");
    let mut writer = hound::WavWriter::create(&path, spec).unwrap();
    for n in 0..44_100 * 3 {
        let sample = match n {
            1_000..1_999 => f32::NAN,
            1_999 => f32::INFINITY,
            n => (n as f32 * 0.05).sin() * 0.3,
        };
        writer.write_sample(sample).unwrap();
    }
    writer.finalize().unwrap();
    let (code, answer, remarks) = run(&folder, &["fit", path.to_str().unwrap(), "--json"]);
    assert_eq!(code, 0, "{remarks}");
    let report: Value = serde_json::from_str(&answer).unwrap();
    let warnings = &report["song"]["warnings"];
    assert_eq!(
        (&warnings[0]["code"], &warnings[0]["samples"]),
        (&"non_finite_samples".into(), &1000.into()),
        "{warnings}"
    );
    assert!(report["playlists"][0]["fit"].is_number());
}

#[test]
fn usage_is_2_and_a_folder_that_cannot_be_made_is_1() {
    let folder = TempDir::new().unwrap();
    assert_eq!(run(&folder, &["fit"]).0, 2);
    assert_eq!(run(&folder, &["fit", &DEMO, "--colour"]).0, 2);
    fs::write(folder.path().join("file"), b"").unwrap();
    let (code, _, remarks) = run(&folder, &["fit", &DEMO, "--out", "file/reports"]);
    assert_eq!(code, 1);
    assert!(remarks.contains("--out"), "{remarks}");
    let (code, _, remarks) = run(&folder, &["fit", &DEMO, "--bundle", "nowhere"]);
    assert_eq!(code, 1);
    assert!(remarks.contains("playlist-fit train"), "{remarks}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_and_leaves_no_report() {
    let folder = TempDir::new().unwrap();
    // A limit on the size of any file stands for a disk without room.
    let script = "ulimit -f 20; trap '' XFSZ; exec \"$0\" fit \"$1\" --out full";
    let binary = assert_cmd::cargo::cargo_bin("playlist-fit");
    let mut bash = std::process::Command::new("bash");
    bash.args(["-c", script])
        .arg(binary)
        .arg(&*DEMO)
        .current_dir(folder.path());
    let output = output(bash);
    assert_eq!(output.status.code(), Some(1));
    let remarks = String::from_utf8(output.stderr).unwrap();
    assert!(
        remarks.contains("report.") && remarks.contains("--out"),
        "{remarks}"
    );
    assert!(!folder.path().join("full/first-light").exists());
}

/// Folders of tones by made-up artists: two lists that differ by their pitch.
fn write_lists(folder: &TempDir) {
    let table = folder.path().join("lists.csv");
    let mut rows = String::from("path,artist,title,playlists,licence\n");
    for n in 0..12 {
        let name = format!("song-{n}.wav");
        write_tone(
            &folder.path().join(&name),
            32_000,
            1,
            2.0 + 0.1 * f64::from(n),
            0.3 + 0.05 * f64::from(n % 7),
        );
        let list = if n % 2 == 0 { "even" } else { "odd;all" };
        rows.push_str(&format!("{name},Artist {n},Song {n},{list},CC0-1.0\n"));
    }
    rows.push_str("missing.wav,Nobody,Gone,even,CC0-1.0\n");
    fs::write(table, rows).unwrap();
}

/// A tiny training: one epoch of the small network is enough to walk the whole way.
const TINY: &str = r#"
name = "tiny"
architecture = "mn04"
seed = 3
dropout = 0.1
n_folds = 1
[linear_probe]
epochs = 2
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
mixup = 0.2
pos_weight_power = 0.5
ema_decay = 0.5
patience = 2
"#;

#[test]
fn lists_become_a_bundle_that_judges_and_a_second_run_is_the_same() {
    let folder = TempDir::new().unwrap();
    write_lists(&folder);
    fs::write(
        folder.path().join("tiny.toml"),
        TINY.replace(
            "[linear_probe]",
            "[rows]\nlicences = [\"CC0\"]\nallow_doubt = false\nminimum_tracks = 2\n[linear_probe]",
        ),
    )
    .unwrap();
    let (code, answer, remarks) = run(&folder, &["import", "lists.csv"]);
    assert_eq!(code, 3, "one row has no audio: {remarks}");
    assert!(
        answer.contains("13") && remarks.contains("missing.wav"),
        "{answer} {remarks}"
    );
    let (code, answer, _) = run(&folder, &["prepare"]);
    assert_eq!(code, 3);
    assert!(
        answer.contains("12 clips prepared") && answer.contains("Gone"),
        "{answer}"
    );
    assert!(
        run(&folder, &["prepare"])
            .1
            .contains("12 were there already")
    );

    let (code, answer, remarks) = run(&folder, &["train", "--preset", "tiny.toml", "--out", "one"]);
    assert_eq!(code, 0, "{remarks}");
    assert!(
        answer.contains("chance") && remarks.contains("rotation-1  epoch   2"),
        "{answer} {remarks}"
    );
    // The same seed gives the same weights.
    assert_eq!(
        run(&folder, &["train", "--preset", "tiny.toml", "--out", "two"]).0,
        0
    );
    let weights =
        |bundle: &str| fs::read(folder.path().join(bundle).join("weights.safetensors")).unwrap();
    assert!(weights("one") == weights("two"));
    // Its checkpoints are those of these settings alone.
    let (code, _, remarks) = run(
        &folder,
        &[
            "train",
            "--preset",
            "tiny.toml",
            "--out",
            "one",
            "--seed",
            "4",
        ],
    );
    assert_eq!(code, 1);
    assert!(remarks.contains("other settings"), "{remarks}");

    let tracks = fs::read(folder.path().join("one/tracks.json")).unwrap();
    let tracks: Value = serde_json::from_slice(&tracks).unwrap();
    let mut measured = tracks.as_array().unwrap().iter();
    assert!(
        measured.all(|track| track["traits"]["loudness_lufs"].is_f64()),
        "{tracks}"
    );

    let song = folder.path().join("song-3.wav");
    let (code, answer, remarks) = run(
        &folder,
        &["fit", song.to_str().unwrap(), "--bundle", "one", "--json"],
    );
    assert_eq!(code, 0, "{remarks}");
    let report: Value = serde_json::from_str(&answer).unwrap();
    assert!(
        report["neighbours"]
            .as_array()
            .unwrap()
            .iter()
            .all(|near| near["title"] != "Song 3")
    );

    // Every artist taught or steered this bundle, or tested it: only the last are judged.
    let (code, answer, remarks) = run(
        &folder,
        &["evaluate", "--bundle", "one", "--out", "measured", "--json"],
    );
    assert_eq!(code, 0, "{remarks}");
    // The same files as training writes beside its bundle.
    for folder in ["measured", "one"].map(|name| folder.path().join(name)) {
        let table = fs::read_to_string(folder.join("playlists.csv")).unwrap();
        assert!(table.starts_with("playlist,n,top_1,"), "{table}");
        for picture in ["reliability.png", "playlists.png", "confusion.png"] {
            let picture = fs::read(folder.join(picture)).unwrap();
            assert_eq!(&picture[..8], b"\x89PNG\r\n\x1a\n");
        }
    }
    let written = fs::read_to_string(folder.path().join("measured/evaluation.json")).unwrap();
    let written: Value = serde_json::from_str(&written).unwrap();
    assert_eq!(written, serde_json::from_str::<Value>(&answer).unwrap());
    let evaluation: Value = serde_json::from_str(&answer).unwrap();
    assert_valid("Evaluated", &evaluation);
    for field in [
        "top_1",
        "top_3",
        "top_5",
        "ece",
        "chance",
        "popularity",
        "knn",
        "bundle",
        "front_end",
    ] {
        assert!(!evaluation[field].is_null(), "{field}");
    }
    assert!(remarks.contains("excluded: "), "{remarks}");

    // Neighbours of other weights are refused.
    fs::write(
        folder.path().join("one/weights.safetensors"),
        &weights("one")[..1_000],
    )
    .unwrap();
    let (code, _, remarks) = run(&folder, &["fit", song.to_str().unwrap(), "--bundle", "one"]);
    assert_eq!(code, 1);
    assert!(remarks.contains("make the bundle again"), "{remarks}");
}

#[test]
fn a_source_that_forbids_training_teaches_only_by_a_decision() {
    let folder = TempDir::new().unwrap();
    write_lists(&folder);
    let table = folder.path().join("lists.csv");
    let own = fs::read_to_string(&table).unwrap();
    let spotifys = own
        .replace(",CC0-1.0", ",spotify")
        .replace("licence\n", "source\n");
    fs::write(&table, spotifys).unwrap();
    fs::write(folder.path().join("tiny.toml"), TINY).unwrap();
    assert_eq!(run(&folder, &["import", "lists.csv"]).0, 3);
    assert_eq!(run(&folder, &["prepare"]).0, 3);
    let train = ["train", "--preset", "tiny.toml", "--out", "decided"];
    let (code, _, remarks) = run(&folder, &train);
    assert_eq!(code, 1, "{remarks}");
    assert!(
        remarks.contains("spotify") && remarks.contains("(13 tracks)"),
        "{remarks}"
    );
    let decided = |source| run(&folder, &[&train[..], &["--allow-source", source]].concat());
    let (code, _, remarks) = decided("deezer");
    assert_eq!(code, 1);
    assert!(remarks.contains("its sources are: spotify"), "{remarks}");
    let (code, _, remarks) = decided("spotify");
    assert_eq!(code, 0, "{remarks}");
    let (code, audit, _) = run(&folder, &["provenance", "decided", "--json"]);
    assert_eq!(code, 0);
    let audit: Value = serde_json::from_str(&audit).unwrap();
    assert_eq!(audit["sources"][0]["source"], "spotify", "{audit}");
    assert!(!audit["sources"][0]["allowed_on"].is_null(), "{audit}");
    assert!(
        audit["warnings"][0].as_str().unwrap().contains("decision"),
        "{audit}"
    );
}

#[test]
fn a_song_is_pooled_as_its_bundle_says_and_all_ways_are_compared() {
    let folder = TempDir::new().unwrap();
    write_lists(&folder);
    run(&folder, &["import", "lists.csv"]);
    run(&folder, &["prepare"]);
    let song = folder.path().join("song-3.wav");
    let song = song.to_str().unwrap();
    for pooling in ["majority", "attention"] {
        let rows =
            "[rows]\nlicences = [\"CC0\"]\nallow_doubt = false\nminimum_tracks = 2\n[linear_probe]";
        let preset = format!(
            "pooling = \"{pooling}\"\n{}",
            TINY.replace("[linear_probe]", rows)
        );
        fs::write(folder.path().join("pooled.toml"), preset).unwrap();
        let train = ["train", "--preset", "pooled.toml", "--out", pooling];
        let (code, answer, remarks) = run(&folder, &train);
        assert_eq!(code, 0, "{remarks}");
        assert!(answer.contains("windows to song"), "{answer}");
        let manifest = fs::read(folder.path().join(pooling).join("bundle.json")).unwrap();
        let manifest: Value = serde_json::from_slice(&manifest).unwrap();
        assert_eq!(manifest["pooling"], pooling);
        assert_eq!(
            manifest["network"]["attention"].is_u64(),
            pooling == "attention"
        );
        let compared = manifest["evaluation"]["pooling"].as_array().unwrap();
        let names: Vec<&str> = compared
            .iter()
            .map(|way| way["name"].as_str().unwrap())
            .collect();
        assert_eq!(names, ["mean", "majority", "attention"]);
        let own = compared.iter().find(|way| way["name"] == pooling).unwrap();
        assert_eq!(own["top_1"], manifest["evaluation"]["top_1"]);
        let (code, _, remarks) = run(&folder, &["fit", song, "--bundle", pooling, "--json"]);
        assert_eq!(code, 0, "{remarks}");
    }
}

#[test]
fn a_broken_training_goes_on_and_ends_the_same() {
    let folder = TempDir::new().unwrap();
    write_lists(&folder);
    let rows =
        "[rows]\nlicences = [\"CC0\"]\nallow_doubt = false\nminimum_tracks = 2\n[linear_probe]";
    fs::write(
        folder.path().join("tiny.toml"),
        TINY.replace("[linear_probe]", rows),
    )
    .unwrap();
    run(&folder, &["import", "lists.csv"]);
    run(&folder, &["prepare"]);
    assert_eq!(
        run(
            &folder,
            &["train", "--preset", "tiny.toml", "--out", "whole"]
        )
        .0,
        0
    );
    // Killed as soon as the first checkpoint is on disk.
    let checkpoint = folder
        .path()
        .join("broken/training/rotation-1/checkpoint.safetensors");
    let arguments = ["train", "--preset", "tiny.toml", "--out", "broken"];
    let mut killed = Background::of_program(&folder, &arguments);
    killed.wait_until("the first checkpoint", || checkpoint.exists());
    killed.kill();
    let (code, _, remarks) = run(
        &folder,
        &["train", "--preset", "tiny.toml", "--out", "broken"],
    );
    assert_eq!(code, 0, "{remarks}");
    let weights =
        |bundle: &str| fs::read(folder.path().join(bundle).join("weights.safetensors")).unwrap();
    assert!(weights("whole") == weights("broken"));
}
