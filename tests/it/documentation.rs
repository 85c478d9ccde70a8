//! Runs the commands in the `sh` blocks of README.md and docs, in order, one folder per page.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Parser as _;
use playlist_fit::cli::Cli;
use tempfile::TempDir;

use crate::harness::{output, texts};

/// Beginnings of lines that are only parsed, and why.
const NOT_RUN: [(&str, &str); 5] = [
    ("cargo ", "builds the program"),
    ("make ", "builds the program"),
    ("playlist-fit weights get ", "downloads"),
    (
        "playlist-fit train ",
        "takes hours; tests/it/program.rs trains a small network",
    ),
    (
        "playlist-fit evaluate ",
        "the stand-in catalogue lacks the playlists of the stand-in bundle",
    ),
];

#[test]
fn commands_of_the_documentation_run() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages = vec![root.join("README.md")];
    add_pages(&root.join("docs"), &mut pages);
    let mut count = 0;
    for page in &pages {
        let lines = commands(&fs::read_to_string(page).unwrap());
        if lines.is_empty() {
            continue;
        }
        let folder = stand_ins();
        for (number, line) in lines {
            let place = format!("{}:{number}", page.display());
            check(&folder, &place, &line);
            count += 1;
        }
    }
    assert!(count > 20, "only {count} commands found");
}

fn add_pages(folder: &Path, pages: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            add_pages(&path, pages);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            pages.push(path);
        }
    }
}

/// Line number and command of each line in a `sh` block, without its comment.
fn commands(page: &str) -> Vec<(usize, String)> {
    let mut is_shell = false;
    let mut found = Vec::new();
    for (number, line) in (1..).zip(page.lines()) {
        if line.starts_with("```") {
            is_shell = line == "```sh";
        } else if is_shell {
            let line = line.split(" #").next().unwrap_or_default().trim();
            found.push((number, line.to_owned()));
        }
    }
    found.retain(|(_, line)| !line.is_empty());
    found
}

/// Fails if the line does not parse or does not succeed.
fn check(folder: &TempDir, place: &str, line: &str) {
    let parsed = parse(line);
    if let Err(reason) = parsed {
        panic!("{place}: `{line}`: {reason}");
    }
    if let Some((_, reason)) = NOT_RUN.iter().find(|(begin, _)| line.starts_with(begin)) {
        println!("{place}: only parsed ({reason}): {line}");
        return;
    }
    let (code, stdout, stderr) = shell(folder.path(), line);
    assert_eq!(code, 0, "{place}: `{line}`: {stdout}{stderr}");
}

/// Checks the flags of a line of this program; other programs pass.
fn parse(line: &str) -> Result<(), clap::Error> {
    let Some(arguments) = line.strip_prefix("playlist-fit ") else {
        return Ok(());
    };
    // The shell splits the words and removes the quotes.
    let words = arguments.split(" > ").next().unwrap_or_default();
    let (_, words, _) = shell(Path::new("."), &format!(r"printf '%s\n' {words}"));
    Cli::try_parse_from(std::iter::once("playlist-fit").chain(words.lines())).map(|_| ())
}

fn shell(folder: &Path, line: &str) -> (i32, String, String) {
    let binary = assert_cmd::cargo::cargo_bin("playlist-fit");
    let mut path = binary.parent().unwrap().as_os_str().to_owned();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap());
    let mut command = Command::new("sh");
    command
        .args(["-c", line])
        .current_dir(folder)
        .env("PATH", path)
        .env("XDG_CACHE_HOME", folder.join("cache"))
        .env("XDG_CONFIG_HOME", folder.join("config"))
        .env("XDG_DATA_HOME", folder.join("data"));
    texts(output(command))
}

/// The files that the pages name: synthetic songs, playlists of them, and the demo bundle as `my-bundle`.
fn stand_ins() -> TempDir {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name);
    let songs = ["my-song", "mix-a", "mix-b", "demos/first", "demos/last"];
    for (seed, name) in (0..).zip(songs) {
        write_song(&path(&format!("{name}.wav")), seed);
    }
    let mut favourites = String::from("#EXTM3U\n");
    for seed in 10..22 {
        let name = format!("music/Artist {seed} - Song {seed}.wav");
        write_song(&path(&name), seed);
        favourites += &format!("{name}\n");
    }
    fs::write(path("favourites.m3u8"), favourites).unwrap();
    let plays = (10..14).map(|n| {
        serde_json::json!({"endTime": "2026-01-01 10:00", "artistName": format!("Artist {n}"),
            "trackName": format!("Song {n}"), "msPlayed": 180_000})
    });
    let plays = serde_json::to_string(&plays.collect::<Vec<_>>()).unwrap();
    fs::write(path("StreamingHistory0.json"), plays).unwrap();
    for (playlists, first) in [("my-playlists", 30), ("new-playlists", 60)] {
        for seed in first..first + 24 {
            let playlist = ["Calm piano", "Loud guitars"][seed as usize % 2];
            let name = format!("{playlists}/{playlist}/Artist {seed} - Song {seed}.wav");
            write_song(&path(&name), seed);
        }
    }
    for seed in 90..102 {
        let name = format!("new-songs/Artist {} - Song {seed}.wav", seed / 2);
        write_song(&path(&name), seed);
    }
    let bundle = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/default-bundle");
    fs::create_dir(path("my-bundle")).unwrap();
    for file in fs::read_dir(bundle).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), path("my-bundle").join(file.file_name())).unwrap();
    }
    folder
}

/// Two seconds of chords, different for each seed, as 16-bit WAV.
fn write_song(path: &Path, seed: u64) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 16_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    let mut random = fastrand::Rng::with_seed(seed);
    for _ in 0..8 {
        let hertz = [(); 3].map(|()| 110.0 * (random.f32() * 3.0).exp2());
        for n in 0..4_000 {
            let time = n as f32 / 16_000.0;
            let tones = hertz.map(|hertz| (time * hertz * std::f32::consts::TAU).sin());
            let sample = tones.iter().sum::<f32>() * (1.0 - time * 3.0) * 8_000.0;
            writer.write_sample(sample as i16).unwrap();
        }
    }
    writer.finalize().unwrap();
}
