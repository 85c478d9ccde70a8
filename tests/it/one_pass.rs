//! A song file is opened and read once, whatever the command.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::run;
use crate::server::write_tone;

const SONGS: usize = 12;

/// `music/songs/` with tones by six artists.
fn songs() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::create_dir_all(folder.path().join("music/songs")).unwrap();
    for number in 0..SONGS {
        let name = format!("music/songs/Artist {} - Tone {number}.wav", number / 2);
        write_tone(&folder.path().join(name), 2, 110.0 + 40.0 * number as f64);
    }
    folder
}

/// How often each file below `songs/` is opened by a command.
fn opened(folder: &Path, arguments: &[&str]) -> BTreeMap<String, usize> {
    let log = folder.join("opened.log");
    let traced = Command::new("strace")
        .args(["-f", "-qq", "-e", "trace=open,openat", "-o"])
        .arg(&log)
        .arg(assert_cmd::cargo::cargo_bin("playlist-fit"))
        .args(arguments)
        .current_dir(folder)
        .env("XDG_CACHE_HOME", folder.join("cache"))
        .stdout(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&traced.stderr);
    assert!(traced.status.success(), "{arguments:?}: {said}");
    let mut opened = BTreeMap::new();
    for line in fs::read_to_string(&log).unwrap().lines() {
        let path = line.split('"').nth(1).unwrap_or_default();
        if path.contains("songs/") && path.ends_with(".wav") {
            let name = path.rsplit('/').next().unwrap_or_default();
            *opened.entry(name.to_owned()).or_default() += 1;
        }
    }
    opened
}

#[test]
fn a_song_file_is_opened_once() {
    if Command::new("strace").arg("-V").output().is_err() {
        return println!("skipped: strace is not installed");
    }
    let folder = songs();
    let song = "music/songs/Artist 0 - Tone 0.wav";
    for (arguments, count) in [
        (&["fit", song, "--out", "one"][..], 1),
        (&["batch", "music", "--out", "many"], SONGS),
        (&["add", "Tones", "music", "--out", "bundle"], SONGS),
        (&["similar", "music"], SONGS),
        (&["import", "music", "--into", "playlists"], SONGS),
        (&["prepare", "--playlists", "playlists"], SONGS),
        // From here on what is known is not read again.
        (&["prepare", "--playlists", "playlists"], 0),
        (&["batch", "music", "--out", "many"], 0),
    ] {
        let opened = opened(folder.path(), arguments);
        assert_eq!(opened.len(), count, "{arguments:?}: {opened:?}");
        let once = opened.values().all(|&times| times == 1);
        assert!(once, "{arguments:?}: {opened:?}");
    }
}

/// What comes from a pipe cannot be read twice.
#[cfg(unix)]
#[test]
fn a_song_can_come_from_a_pipe() {
    let folder = songs();
    let path = folder.path().join("music/songs/Artist 0 - Tone 0.wav");
    let pipe = folder.path().join("pipe.wav");
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let bytes = fs::read(&path).unwrap();
    let writing = std::thread::spawn(move || fs::write(pipe, bytes));
    let (code, piped, said) = run(&folder, &["fit", "pipe.wav", "--json", "--out", "pipe"]);
    assert_eq!(code, 0, "{said}");
    writing.join().unwrap().unwrap();
    let path = path.to_str().unwrap();
    let (_, file, _) = run(&folder, &["fit", path, "--json", "--out", "file"]);
    let [piped, file] = [piped, file].map(|json| serde_json::from_str::<Value>(&json).unwrap());
    assert_eq!(piped["playlists"], file["playlists"]);
    for key in ["audio_hash", "duration_seconds", "loudness_lufs"] {
        assert_eq!(piped["song"][key], file["song"][key], "{key}");
    }
}
