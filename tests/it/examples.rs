//! The examples of `examples/`, run as they are: each is the library alone, without the command line.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

#[path = "../../examples/analyse_song.rs"]
#[allow(dead_code, reason = "its `main` is not called")]
mod analyse_song;
#[path = "../../examples/own_bundle.rs"]
#[allow(dead_code, reason = "its `main` is not called")]
mod own_bundle;
#[path = "../../examples/rank_folder.rs"]
#[allow(dead_code, reason = "its `main` is not called")]
mod rank_folder;

const DEMO: &str = "fixtures/demo-song/first-light.ogg";

#[test]
fn an_artist_analyses_a_song() {
    let folder = TempDir::new().unwrap();
    let page = analyse_song::run(Path::new(DEMO), folder.path()).unwrap();
    assert!(fs::read_to_string(page).unwrap().contains("First Light"));
    assert!(folder.path().join("report.json").is_file());
}

#[test]
fn a_label_ranks_a_folder() {
    let folder = TempDir::new().unwrap();
    let (songs, out) = (folder.path().join("songs"), folder.path().join("out"));
    fs::create_dir(&songs).unwrap();
    fs::copy(DEMO, songs.join("a.ogg")).unwrap();
    fs::copy(DEMO, songs.join("b.ogg")).unwrap();
    fs::write(songs.join("c.wav"), "no audio").unwrap();
    let ranked = rank_folder::run(&songs, &out).unwrap();
    assert_eq!((ranked.songs.len(), ranked.failed.len()), (2, 1));
    assert_eq!(ranked.groups.len(), 1);
    assert!(out.join("index.html").is_file() && out.join("song-1/report.html").is_file());
}

/// One epoch of the small network on half a second: enough to run each step.
const PRESET: &str = r#"
name = "tiny"
architecture = "mn04"
window_seconds = 0.5
seed = 3
dropout = 0.1
n_folds = 1
[rows]
licences = ["CC0"]
minimum_tracks = 2
[linear_probe]
epochs = 1
batch = 4
learning_rate = 1e-3
weight_decay = 0.1
[fine_tune]
epochs = 1
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

#[test]
fn a_curator_trains_a_bundle() {
    let folder = TempDir::new().unwrap();
    let mut rows = String::from("path,artist,title,playlists,licence\n");
    for n in 0..10 {
        let (playlist, hertz) = if n % 2 == 0 {
            ("low", 200.0)
        } else {
            ("high", 2_000.0)
        };
        write_tone(
            &folder.path().join(format!("{n}.wav")),
            hertz + 10.0 * f64::from(n),
        );
        rows.push_str(&format!("{n}.wav,Artist {n},Song {n},{playlist},CC0-1.0\n"));
    }
    let (playlists, preset) = (
        folder.path().join("playlists.csv"),
        folder.path().join("tiny.toml"),
    );
    fs::write(&playlists, rows).unwrap();
    fs::write(&preset, PRESET).unwrap();
    let out = folder.path().join("bundle");
    let made = own_bundle::run(&playlists, preset.to_str().unwrap(), &out).unwrap();
    let stored = bundle::Bundle::open(Some(&out)).unwrap();
    assert_eq!(stored.id(), made.id());
    let names: Vec<&str> = stored
        .manifest
        .playlists
        .iter()
        .map(|card| card.name.as_str())
        .collect();
    assert_eq!(names.len(), 2);
    assert!(
        names.contains(&"low") && names.contains(&"high"),
        "{names:?}"
    );
}

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
