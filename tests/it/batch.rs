//! Many songs at once, as a label runs it: a folder in, reports, index and tables out; interrupted and resumed.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{Background, run};
use crate::schema::assert_valid;

/// Two seconds of chords that change, other ones for another seed, as 16-bit WAV.
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

/// Three songs, one of them twice, and what is none.
fn demos() -> TempDir {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join("demos").join(name);
    write_song(&at("a.wav"), 1);
    write_song(&at("deep/er/a.wav"), 2);
    write_song(&at("=cmd <script>.wav"), 3);
    fs::copy(at("a.wav"), at("deep/copy.wav")).unwrap();
    fs::write(at("broken.mp3"), "no audio").unwrap();
    fs::write(at("notes.txt"), "not a song").unwrap();
    folder
}

fn batch(folder: &TempDir) -> (i32, String, String) {
    run(folder, &["batch", "demos", "--out", "out"])
}

fn table(folder: &TempDir, name: &str) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_path(folder.path().join("out").join(name)).unwrap();
    let rows = reader
        .records()
        .map(|row| row.unwrap().iter().map(str::to_owned).collect());
    rows.collect()
}

/// When each report was written.
fn reports(folder: &TempDir) -> Vec<(PathBuf, SystemTime)> {
    let entries = fs::read_dir(folder.path().join("out"))
        .into_iter()
        .flatten();
    let report = |entry: fs::DirEntry| {
        let report = entry.path().join("report.json");
        let modified = report.metadata().ok()?.modified().ok()?;
        entry
            .path()
            .join("analysed.json")
            .is_file()
            .then_some((report, modified))
    };
    let mut reports: Vec<_> = entries.filter_map(|entry| report(entry.unwrap())).collect();
    reports.sort();
    reports
}

#[test]
fn a_folder_becomes_reports_tables_and_an_index_and_a_bad_file_is_named() {
    let folder = demos();
    let (code, answer, remarks) = batch(&folder);
    assert_eq!(code, 3, "{remarks}");
    assert!(
        remarks.contains("skipped demos/broken.mp3: no audio"),
        "{remarks}"
    );
    assert!(
        answer.contains("best playlist") && answer.contains("a.wav"),
        "{answer}"
    );
    let names: Vec<_> = reports(&folder)
        .into_iter()
        .map(|(report, _)| report.parent().unwrap().file_name().unwrap().to_owned())
        .collect();
    assert_eq!(names, ["=cmd _script_", "a", "a-2", "copy"]);
    let songs = table(&folder, "songs.csv");
    let files: Vec<&str> = songs.iter().map(|row| row[0].as_str()).collect();
    let listed = [
        "demos/=cmd <script>.wav",
        "demos/a.wav",
        "demos/deep/copy.wav",
        "demos/deep/er/a.wav",
        "demos/broken.mp3",
    ];
    assert_eq!(files, listed);
    assert_eq!(songs[0][3], "'=cmd _script_/report.html");
    let same: Vec<&str> = songs.iter().map(|row| row[11].as_str()).collect();
    assert_eq!(same, ["", "1", "1", "", ""]);
    assert!(songs[4][16].contains("no audio"));
    assert!(
        table(&folder, "assignment.csv")
            .iter()
            .all(|row| row[1] != "demos/deep/copy.wav")
    );
    let page = fs::read_to_string(folder.path().join("out/index.html")).unwrap();
    assert!(page.contains("./a-2/report.html") && page.contains("the same file"));
    assert!(page.contains("broken.mp3") && !page.contains("=cmd <script>"));
    let picture = fs::read(folder.path().join("out/fits.png")).unwrap();
    assert!(picture.starts_with(b"\x89PNG"));
}

#[test]
fn json_is_one_line_a_song_as_fit_says_it() {
    let folder = demos();
    let (code, answer, _) = run(
        &folder,
        &[
            "batch",
            "demos/a.wav",
            "demos/deep/er",
            "--out",
            "out",
            "--json",
        ],
    );
    assert_eq!(code, 0);
    let lines: Vec<Value> = answer
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 2);
    lines
        .iter()
        .for_each(|line| assert_valid("FitReport", line));
    let (code, alone, _) = run(&folder, &["fit", "demos/a.wav", "--out", "alone", "--json"]);
    assert_eq!(code, 0);
    let alone: Value = serde_json::from_str(&alone).unwrap();
    let of_batch = lines
        .iter()
        .find(|line| line["song"] == alone["song"])
        .unwrap();
    let names = |report: &Value| -> Vec<String> {
        let keys = report.as_object().unwrap().keys();
        keys.cloned().collect()
    };
    assert_eq!(names(of_batch), names(&alone));
    let fit = |report: &Value, rank: usize| report["playlists"][rank]["fit"].as_f64().unwrap();
    for rank in 0..alone["playlists"].as_array().unwrap().len() {
        // Another number of threads adds up in another order.
        assert!((fit(of_batch, rank) - fit(&alone, rank)).abs() < 1e-4);
    }
}

#[test]
fn a_second_run_analyses_only_what_is_new_or_changed() {
    let folder = demos();
    let first = batch(&folder);
    let before = reports(&folder);
    assert_eq!(batch(&folder), first);
    assert_eq!(reports(&folder), before, "nothing was analysed again");
    // An earlier name in the folder must not move the others to other folders.
    write_song(&folder.path().join("demos/0/a.wav"), 4);
    write_song(&folder.path().join("demos/deep/copy.wav"), 5);
    fs::remove_file(folder.path().join("out/a/report.html")).unwrap();
    assert_eq!(batch(&folder).0, 3);
    let after = reports(&folder);
    let is_new = |name: &str| {
        let of = |reports: &[(PathBuf, SystemTime)]| {
            let report = reports
                .iter()
                .find(|(path, _)| path.ends_with(format!("{name}/report.json")));
            report.map(|report| report.1)
        };
        of(&after) != of(&before)
    };
    let names = ["=cmd _script_", "a", "a-2", "a-3", "copy"];
    assert_eq!(after.len(), names.len());
    assert_eq!(names.map(is_new), [false, true, false, true, true]);
}

#[test]
fn a_batch_that_was_killed_resumes() {
    let folder = TempDir::new().unwrap();
    for seed in 0..4 {
        write_song(&folder.path().join(format!("demos/{seed:02}.wav")), seed);
    }
    let mut killed = Background::of_program(&folder, &["batch", "demos", "--out", "out"]);
    killed.wait_until("the first report", || !reports(&folder).is_empty());
    killed.kill();
    let before = reports(&folder);
    assert!(!before.is_empty(), "it got nowhere");
    let (code, _, remarks) = batch(&folder);
    assert_eq!(code, 0, "{remarks}");
    let after = reports(&folder);
    assert_eq!(after.len(), 4);
    assert!(
        before.iter().all(|report| after.contains(report)),
        "analysed again"
    );
    let entries = fs::read_dir(folder.path().join("out")).unwrap();
    for entry in entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
    {
        let files = fs::read_dir(entry).unwrap();
        let names: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
        assert_eq!(names.len(), 5, "{names:?}");
    }
}

/// Both names of the record are read, and a damaged record costs one more analysis and no error.
#[test]
fn report_folders_of_earlier_versions_are_reused() {
    let folder = demos();
    let first = batch(&folder);
    let before = reports(&folder);
    let record = |song: &str, name: &str| folder.path().join("out").join(song).join(name);
    fs::rename(record("a", "analysed.json"), record("a", "heard.json")).unwrap();
    fs::write(record("copy", "analysed.json"), "{").unwrap();
    assert_eq!(batch(&folder), first);
    let report = |song: &str| {
        record(song, "report.json")
            .metadata()
            .unwrap()
            .modified()
            .unwrap()
    };
    let written = |song: &str| {
        let path = record(song, "report.json");
        before.iter().find(|report| report.0 == path).unwrap().1
    };
    assert_eq!(report("a"), written("a"));
    assert_ne!(report("copy"), written("copy"));
    assert!(record("copy", "analysed.json").is_file());
}

#[test]
fn two_batches_into_one_folder_do_not_mix_and_mistakes_are_named() {
    let folder = demos();
    fs::create_dir(folder.path().join("out")).unwrap();
    let lock = File::create(folder.path().join("out/.writing")).unwrap();
    lock.try_lock().unwrap();
    let (code, answer, remarks) = batch(&folder);
    assert_eq!((code, answer.as_str()), (1, ""));
    assert!(remarks.contains("another playlist-fit"), "{remarks}");
    drop(lock);
    fs::create_dir(folder.path().join("empty")).unwrap();
    for (name, reason) in [
        ("empty", "no audio files in it"),
        ("gone", "check the name"),
    ] {
        let (code, _, remarks) = run(&folder, &["batch", name, "--out", "out"]);
        assert_eq!(code, 1);
        assert!(
            remarks.contains(name) && remarks.contains(reason),
            "{remarks}"
        );
    }
}
