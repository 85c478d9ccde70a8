//! `add` as a user runs it: songs of a list in, a bundle that knows the list out.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::run;

/// Found when the test runs: one target folder may serve several checkouts.
static DEMO: LazyLock<String> = LazyLock::new(|| {
    let song = std::path::absolute("fixtures/demo-song/first-light.ogg").unwrap();
    song.into_os_string().into_string().unwrap()
});

/// Two seconds of beating noise, a different one for each seed: nothing that the demo bundle holds sounds like it.
fn noise(path: &Path, seed: u64) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 32_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut random = fastrand::Rng::with_seed(seed);
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    let rate = 3.0 + seed as f32 / 3.0;
    for n in 0..64_000 {
        let beat = 0.5 + 0.5 * (n as f32 / 32_000.0 * rate * std::f32::consts::TAU).sin();
        let sample = (random.f32() - 0.5) * beat * 20_000.0;
        writer.write_sample(sample as i16).unwrap();
    }
    writer.finalize().unwrap();
}

/// A folder `songs` with noises, two an artist, and a list that names them all.
fn songs(count: u64) -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("songs")).unwrap();
    let mut list = String::from("#EXTM3U\n");
    for seed in 0..count {
        let name = format!("songs/Artist {} - Noise {seed}.wav", seed / 2);
        noise(&folder.path().join(&name), seed);
        list += &format!("{name}\n");
    }
    fs::write(folder.path().join("noises.m3u8"), list).unwrap();
    folder
}

fn fits(folder: &TempDir, bundle: &str, song: &str) -> Value {
    let (code, answer, remarks) = run(folder, &["fit", song, "--bundle", bundle, "--json"]);
    assert_eq!(code, 0, "{remarks}");
    serde_json::from_str(&answer).unwrap()
}

fn of_list(report: &Value, name: &str) -> Value {
    let playlists = report["playlists"].as_array().unwrap();
    let mut found = playlists.iter().filter(|playlist| playlist["name"] == name);
    let list = found.next().unwrap().clone();
    assert!(found.next().is_none());
    list
}

#[test]
fn an_added_list_is_ranked_with_the_others_and_says_how_sure_it_is() {
    let folder = songs(12);
    fs::write(folder.path().join("songs/broken.mp3"), "no audio").unwrap();
    let (code, answer, remarks) = run(&folder, &["add", "Pure noise", "songs", "--out", "one"]);
    assert_eq!(code, 3, "{remarks}");
    assert!(
        remarks.contains("skipped") && remarks.contains("broken.mp3"),
        "{remarks}"
    );
    assert!(
        answer.contains("Added without training from 12 tracks by 6 artists"),
        "{answer}"
    );

    noise(&folder.path().join("new.wav"), 99);
    let report = fits(&folder, "one", "new.wav");
    assert_eq!(report["playlists"].as_array().unwrap().len(), 16);
    let list = of_list(&report, "Pure noise");
    assert_eq!(list["few_shot"]["tracks"], 12);
    assert_eq!(list["few_shot"]["artists"], 6);
    assert!(
        list["few_shot"]["quality"]["roc_auc"]["value"]
            .as_f64()
            .unwrap()
            > 0.9
    );
    assert!(of_list(&report, "ambient")["few_shot"].is_null());
    let near = report["neighbours"].as_array().unwrap().iter();
    assert!(
        near.clone()
            .any(|near| near["playlist"] == "Pure noise" && near["source"] == "added by hand")
    );
    let mut curves = report["timeline"]["curves"].as_array().unwrap().iter();
    assert!(curves.any(|curve| curve["playlist"] == "Pure noise"));
    let other = of_list(&fits(&folder, "one", &DEMO), "Pure noise");
    let fit = |list: &Value| list["fit"].as_f64().unwrap();
    assert!(fit(&list) > 5.0 * fit(&other), "{list} {other}");

    // Every song of the list was measured as this one is.
    let tracks = folder.path().join("one/tracks.json");
    let mut stored: Value = serde_json::from_slice(&fs::read(&tracks).unwrap()).unwrap();
    let added = stored.as_array().unwrap().iter();
    let mut added = added.filter(|track| track["source"] == "added by hand");
    assert!(added.all(|track| track["traits"]["loudness_lufs"].is_f64()));
    assert!(
        report["song"]["descriptors"]["spectral_centroid_hz"]
            .as_f64()
            .unwrap()
            > 4_000.0
    );
    let rate = &report["song"]["quality_checks"][0];
    assert_eq!(rate["check"], "sample_rate");
    assert_eq!(
        (&rate["severity"], &rate["values"]["sample_rate_hz"]),
        (&"error".into(), &32_000.into())
    );
    // Beside tracks that are all quieter it stands at the top of every list that has enough of them.
    for (n, track) in stored.as_array_mut().unwrap().iter_mut().enumerate() {
        track["traits"] = serde_json::json!({ "loudness_lufs": -60.0 - n as f64 / 100.0 });
    }
    fs::write(&tracks, stored.to_string()).unwrap();
    let report = fits(&folder, "one", "new.wav");
    let lists = report["playlist_contexts"].as_array().unwrap();
    assert!(!lists.is_empty());
    for list in lists {
        assert_eq!(list["descriptors"][0]["name"], "loudness");
        assert_eq!(list["descriptors"][0]["percentile"], 100.0);
        let difference = &list["differences"][0];
        assert_eq!(
            (&difference["descriptor"], &difference["direction"]),
            (&"loudness".into(), &"higher".into())
        );
    }
    let page = fs::read_to_string(folder.path().join("reports/new/report.html")).unwrap();
    assert!(
        page.contains("Among the playlist’s tracks") && page.contains("louder than 100 of 100")
    );

    // A second list by its M3U, then the first one again under its name.
    let second = [
        "add",
        "<b>Again</b>",
        "noises.m3u8",
        "--bundle",
        "one",
        "--out",
        "two",
    ];
    let (code, _, remarks) = run(&folder, &second);
    assert_eq!(code, 0, "{remarks}");
    let again = [
        "add",
        "pure_noise",
        "noises.m3u8",
        "--bundle",
        "two",
        "--out",
        "three",
    ];
    let (code, _, remarks) = run(&folder, &again);
    assert!(
        code == 0 && remarks.contains("replaced the playlist pure_noise"),
        "{remarks}"
    );
    let report = fits(&folder, "three", "new.wav");
    assert_eq!(report["playlists"].as_array().unwrap().len(), 17);
    assert_eq!(of_list(&report, "<b>Again</b>")["tracks"], 12);
    assert_eq!(of_list(&report, "pure_noise")["tracks"], 12);
    let page = fs::read_to_string(folder.path().join("reports/new/report.html")).unwrap();
    assert!(!page.contains("<b>Again") && page.contains("Again"));
    let (code, answer, _) = run(&folder, &["provenance", "three"]);
    assert!(code == 0 && answer.contains("added by hand"), "{answer}");
}

#[test]
fn what_cannot_be_added_is_refused_in_words_and_writes_nothing() {
    let folder = songs(12);
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let few: Vec<String> = (0..9)
        .map(|n| format!("songs/Artist {} - Noise {n}.wav", n / 2))
        .collect();
    let few: Vec<&str> = few.iter().map(String::as_str).collect();
    let cases: [(&str, &[&str], &str, &str); 8] = [
        ("Few", &few, "new", "9 tracks by 5 artists"),
        (
            "Ambient",
            &["songs"],
            "new",
            "trained on a list called \"ambient\"",
        ),
        (" ", &["songs"], "new", "invalid playlist name"),
        ("a\nb", &["songs"], "new", "invalid playlist name"),
        ("x", &["gone"], "new", "gone"),
        ("x", &["file"], "new", "the file is empty"),
        ("x", &["file", "songs"], "new", "the file is empty"),
        ("x", &["songs"], "file/new", "choose another --out"),
    ];
    for (name, songs, out, words) in cases {
        let arguments = [&["add", name], songs, &["--out", out]].concat();
        let (code, answer, remarks) = run(&folder, &arguments);
        assert_eq!((code, answer.as_str()), (1, ""), "{name}: {remarks}");
        assert!(remarks.contains(words), "{name}: {remarks}");
        assert!(!folder.path().join("new").exists());
    }
}

#[test]
fn a_bundle_is_not_written_over_itself() {
    let folder = songs(10);
    let (code, _, remarks) = run(&folder, &["add", "Noise", "songs", "--out", "one"]);
    assert_eq!(code, 0, "{remarks}");
    let before = fs::read(folder.path().join("one/bundle.json")).unwrap();
    let same = ["add", "More", "songs", "--bundle", "one", "--out", "./one"];
    let (code, _, remarks) = run(&folder, &same);
    assert!(
        code == 1 && remarks.contains("this is the bundle itself"),
        "{remarks}"
    );
    assert_eq!(
        fs::read(folder.path().join("one/bundle.json")).unwrap(),
        before
    );
}
