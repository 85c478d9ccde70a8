//! `fit --compare` as a user runs it.

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::run;
use crate::schema::assert_valid;

/// 12 s of the demo song as 16-bit WAV, as loud as asked for.
fn mix(folder: &TempDir, name: &str, level: f32) {
    let song = std::path::absolute("fixtures/demo-song/first-light.ogg").unwrap();
    let mut reader = audio::MonoReader::open(&song, 32_000).unwrap();
    let mut samples = Vec::new();
    while samples.len() < 12 * 32_000 && reader.read(&mut samples).unwrap() {}
    samples.truncate(12 * 32_000);
    samples.iter_mut().for_each(|sample| *sample *= level);
    let file = prepare::wav(&samples, 32_000).unwrap();
    fs::write(folder.path().join(name), file).unwrap();
}

#[test]
fn two_mixes_give_one_table_one_document_and_one_page() {
    let folder = TempDir::new().unwrap();
    mix(&folder, "mix 1.wav", 1.0);
    mix(&folder, "mix 2.wav", 0.5);
    let compare = ["fit", "mix 1.wav", "mix 2.wav", "--compare"];
    let (code, answer, remarks) = run(&folder, &compare);
    assert_eq!(code, 0, "{remarks}");
    assert!(
        answer.contains("1  mix 1.wav: ") && answer.contains("−6.0 LUFS"),
        "{answer}"
    );
    assert!(
        remarks.contains("mix 1 and mix 2/compare.html"),
        "{remarks}"
    );
    let at = |name: &str| folder.path().join("reports").join(name);
    assert!(at("mix 1/post.png").exists() && at("mix 2/report.html").exists());
    let (_, answer, _) = run(&folder, &[&compare[..], &["--json"]].concat());
    let document: Value = serde_json::from_str(&answer).unwrap();
    assert_valid("Comparison", &document);
    assert_eq!(document["schema_version"], 2);
    assert_eq!(document["songs"].as_array().unwrap().len(), 2);
    assert_eq!(document["songs"][1]["song"]["file"], "mix 2.wav");
    let moved = document["deltas"].as_array().unwrap();
    assert!((5..=10).contains(&moved.len()));
    for list in moved {
        let [first, second] = [0, 1].map(|song| list["fits"][song].as_f64().unwrap());
        assert!((list["difference"].as_f64().unwrap() - (second - first)).abs() < 1e-9);
        assert!(list["exceeds_robustness"].is_boolean());
    }
    let saved = fs::read(at("mix 1 and mix 2/compare.json")).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&saved).unwrap(), document);
}

#[test]
fn anything_but_two_songs_is_a_mistake_of_usage_and_a_bad_one_is_named() {
    let folder = TempDir::new().unwrap();
    mix(&folder, "mix.wav", 1.0);
    fs::write(folder.path().join("noise.wav"), "no audio").unwrap();
    for songs in [&["mix.wav"][..], &["mix.wav"; 3][..]] {
        let (code, answer, remarks) = run(&folder, &[&["fit", "--compare"], songs].concat());
        assert_eq!((code, answer.as_str()), (2, ""), "{remarks}");
        assert!(remarks.contains("two songs"), "{remarks}");
    }
    let (code, answer, remarks) = run(&folder, &["fit", "mix.wav", "noise.wav", "--compare"]);
    assert_eq!((code, answer.as_str()), (1, ""), "{remarks}");
    assert!(remarks.contains("noise.wav"), "{remarks}");
}
