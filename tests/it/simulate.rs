//! `simulate` as a user runs it: a catalogue without audio in, a world with clips, a note and a known ceiling out.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{Background, output, program, run};

const TRACKS: usize = 36;

/// A folder whose catalogue holds three lists of twelve tracks by nine artists each, and no audio.
fn lists() -> TempDir {
    let folder = TempDir::new().unwrap();
    let rows: String = (0..TRACKS)
        .map(|track| {
            format!(
                "Real artist {}-{},Real song {track},List {}\n",
                track % 3,
                track / 4,
                track % 3
            )
        })
        .collect();
    fs::write(
        folder.path().join("lists.csv"),
        format!("artist,title,playlist\n{rows}"),
    )
    .unwrap();
    let (code, _, remarks) = run(&folder, &["import", "lists.csv"]);
    assert_eq!(code, 0, "{remarks}");
    folder
}

fn simulate<'a>(into: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["simulate", "--out", into, "--seconds", "2"], more].concat()
}

/// Every clip of a world by its name, in order.
fn clips(world: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![world.join("clips")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "wav") {
                found.push((
                    path.strip_prefix(world).unwrap().to_owned(),
                    fs::read(&path).unwrap(),
                ));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn a_world_is_whole_labelled_and_the_same_again() {
    let folder = lists();
    let (code, answer, remarks) = run(&folder, &simulate("world", &[]));
    assert_eq!(code, 0, "{remarks}");
    assert!(remarks.contains("36 of 36 simulated clips"), "{remarks}");
    for says in [
        "Simulated: ",
        "simulated: Bayes-optimal bound",
        "simulated: chance",
        "15.49 %",
        "3 playlists, 36 tracks",
    ] {
        assert!(answer.contains(says), "{says}: {answer}");
    }
    let note = fs::read(folder.path().join("world/simulation.json")).unwrap();
    let note: Value = serde_json::from_slice(&note).unwrap();
    assert_eq!(note["simulated"], true);
    assert_eq!(note["schema_version"], 1);
    let top_1 = |judge: &str| note["ceiling"][judge]["top_1"].as_f64().unwrap();
    assert!(
        top_1("best") > top_1("chance") && top_1("chance") > 0.3,
        "{note}"
    );

    let (code, answer, _) = run(&folder, &["prepare", "--playlists", "world"]);
    assert_eq!(code, 0, "{answer}");
    assert!(
        answer.contains("0 clips prepared at 32000 Hz, 36 were there already, 0 failed"),
        "{answer}"
    );
    let (_, audit, _) = run(&folder, &["provenance", "world", "--json"]);
    assert!(
        audit.contains("\"simulated\"") && audit.contains("CC0-1.0"),
        "{audit}"
    );

    let (code, answer, remarks) = run(&folder, &simulate("world", &["--json"]));
    assert_eq!(code, 0, "{remarks}");
    assert!(remarks.contains("0 of 36"), "{remarks}");
    assert_eq!(serde_json::from_str::<Value>(&answer).unwrap(), note);
    // Another run elsewhere gives the same bytes, another seed others.
    assert_eq!(run(&folder, &simulate("again", &[])).0, 0);
    let first = clips(&folder.path().join("world"));
    assert_eq!(first.len(), TRACKS);
    assert!(first == clips(&folder.path().join("again")));
    assert_eq!(run(&folder, &simulate("other", &["--seed", "2"])).0, 0);
    let other = clips(&folder.path().join("other"));
    assert!(
        other
            .iter()
            .all(|clip| !first.iter().any(|own| own.1 == clip.1))
    );
}

#[test]
fn worlds_are_mixed_neither_with_others_nor_with_real_lists() {
    let folder = lists();
    assert_eq!(run(&folder, &simulate("world", &["--tracks", "18"])).0, 0);
    let (code, _, remarks) = run(&folder, &simulate("world", &[]));
    assert_eq!(code, 1);
    assert!(
        remarks.contains("another simulated world") && remarks.contains("--out"),
        "{remarks}"
    );
    let (code, _, remarks) = run(&folder, &simulate("catalogue", &[]));
    assert_eq!(code, 1);
    assert!(remarks.contains("not simulated"), "{remarks}");
    let (code, _, remarks) = run(&folder, &simulate("thin", &["--tracks", "6"]));
    assert_eq!(code, 1);
    assert!(remarks.contains("--tracks 6"), "{remarks}");
    assert!(!folder.path().join("thin").exists());
    for wrong in [["--track-noise", "1000"], ["--artist-effect", "NaN"]] {
        let (code, _, remarks) = run(&folder, &[&simulate("wrong", &[])[..], &wrong].concat());
        assert!(code != 0 && remarks.contains(wrong[0]), "{remarks}");
    }
}

#[test]
fn a_killed_run_goes_on_and_ends_the_same() {
    let folder = lists();
    let world = folder.path().join("world");
    let arguments = simulate("world", &["--sample-rate", "96000"]);
    let mut killed = Background::of_program(&folder, &arguments);
    killed.wait_until("the first clip", || !clips(&world).is_empty());
    killed.kill();
    let kept = clips(&world).len();
    assert!(kept > 0);
    let (code, _, remarks) = run(&folder, &simulate("world", &["--sample-rate", "96000"]));
    assert_eq!(code, 0, "{remarks}");
    assert!(
        remarks.contains(&format!("{} of 36", TRACKS - kept)),
        "{kept}: {remarks}"
    );
    assert_eq!(
        run(&folder, &simulate("whole", &["--sample-rate", "96000"])).0,
        0
    );
    assert!(clips(&world) == clips(&folder.path().join("whole")));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_in_words() {
    let folder = lists();
    // A limit on the size of any file simulates a full disk.
    let script = "ulimit -f 20; trap '' XFSZ; exec \"$0\" simulate --into full --seconds 2";
    let mut bash = std::process::Command::new("bash");
    bash.args(["-c", script])
        .arg(assert_cmd::cargo::cargo_bin("playlist-fit"))
        .current_dir(folder.path());
    let output = output(bash);
    let remarks = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{remarks}");
    assert!(remarks.contains("free some space"), "{remarks}");
    assert!(clips(&folder.path().join("full")).is_empty());
    assert!(!folder.path().join("full/tracks.parquet").exists());

    // A `df` that says how little there is.
    let tools = folder.path().join("tools");
    fs::create_dir(&tools).unwrap();
    let df = tools.join("df");
    fs::write(
        &df,
        "#!/bin/sh\necho heading\necho /dev/disk 1000 600 400 60% /\n",
    )
    .unwrap();
    fs::set_permissions(&df, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", tools.display(), std::env::var("PATH").unwrap());
    let output = program(&folder)
        .env("PATH", path)
        .args(simulate("small", &[]))
        .output()
        .unwrap();
    let remarks = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{remarks}");
    assert!(remarks.contains("only 0.0 GB are free"), "{remarks}");
}

/// One epoch of the small network on short windows: enough to walk the whole way.
const TINY: &str = r#"
name = "tiny"
architecture = "mn04"
window_seconds = 2.0
seed = 3
dropout = 0.1
rotations = 1
[head]
epochs = 1
batch = 4
learning_rate = 1e-3
weight_decay = 0.1
[network]
epochs = 1
batch = 4
windows_per_track = 1
learning_rate = 1e-5
head_learning_rate = 1e-4
weight_decay = 0.05
warm_up = 0.1
mixup = 0.2
class_weight = 0.5
average = 0.5
patience = 2
"#;

#[test]
fn a_bundle_of_a_world_says_that_it_is_simulated() {
    let folder = lists();
    assert_eq!(run(&folder, &simulate("world", &[])).0, 0);
    fs::write(folder.path().join("tiny.toml"), TINY).unwrap();
    let (code, _, remarks) = run(
        &folder,
        &[
            "train",
            "--playlists",
            "world",
            "--preset",
            "tiny.toml",
            "--out",
            "bundle",
        ],
    );
    assert_eq!(code, 0, "{remarks}");
    assert!(
        remarks.contains("training set: 36 tracks on 3 playlists"),
        "{remarks}"
    );
    assert!(remarks.contains("Simulated: "), "{remarks}");
    let manifest = fs::read(folder.path().join("bundle/bundle.json")).unwrap();
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    assert!(
        manifest["notice"]
            .as_str()
            .unwrap()
            .starts_with("Simulated: ")
    );
    let credits = fs::read_to_string(folder.path().join("bundle/CREDITS.md")).unwrap();
    assert!(
        credits.contains("CC0-1.0") && credits.contains("Simulated track 1"),
        "{credits}"
    );
    assert!(!credits.contains("Real "), "{credits}");
}
