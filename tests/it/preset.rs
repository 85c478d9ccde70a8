//! `preset list` and `preset show`: the shipped presets, and an edited copy of one.

use std::fs;

use serde_json::Value;
use tempfile::TempDir;
use train::{PRESETS, TrainConfig};

use crate::harness::run;

#[test]
fn the_list_names_every_shipped_preset() {
    let folder = TempDir::new().unwrap();
    let files = fs::read_dir("crates/train/src/presets").unwrap();
    let mut shipped: Vec<String> = files
        .map(|file| file.unwrap().path())
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    shipped.sort();
    let (code, answer, remarks) = run(&folder, &["preset", "list", "--json"]);
    assert_eq!(code, 0, "{remarks}");
    let list: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(list["schema_version"], 1);
    let presets = list["presets"].as_array().unwrap();
    let mut names: Vec<&str> = presets
        .iter()
        .map(|preset| preset["name"].as_str().unwrap())
        .collect();
    names.sort_unstable();
    assert_eq!(names, shipped);
    let (code, answer, _) = run(&folder, &["preset", "list"]);
    assert_eq!(code, 0);
    assert!(names.iter().all(|name| answer.contains(name)), "{answer}");
}

#[test]
fn what_is_shown_is_the_preset_with_a_comment_on_every_key() {
    let folder = TempDir::new().unwrap();
    for preset in PRESETS {
        let (code, answer, remarks) = run(&folder, &["preset", "show", preset.name]);
        assert_eq!(code, 0, "{remarks}");
        let copy = folder.path().join("copy.toml");
        fs::write(&copy, &answer).unwrap();
        assert_eq!(
            TrainConfig::load(copy.to_str().unwrap()).unwrap(),
            TrainConfig::load(preset.name).unwrap()
        );
        let lines: Vec<&str> = answer.lines().collect();
        for pair in lines.windows(2) {
            let is_key = pair[1].contains(" = ") && !pair[1].starts_with('#');
            assert!(!is_key || pair[0].starts_with("#:"), "{}", pair[1]);
        }
    }
    let (code, _, remarks) = run(&folder, &["preset", "show", "mn4"]);
    assert!(code == 1 && remarks.contains("mn04"), "{remarks}");
}

#[test]
fn an_edited_copy_is_a_preset_and_a_misspelt_key_is_named() {
    let folder = TempDir::new().unwrap();
    let song = std::path::absolute("fixtures/demo-song/first-light.ogg").unwrap();
    let augment = ["augment", song.to_str().unwrap(), "--preset", "mine.toml"];
    let (_, shown, _) = run(&folder, &["preset", "show", "ast-small"]);
    let edited = shown.replace(
        "tempo = { p = 0.2, min = 0.9",
        "tempo = { p = 1.0, min = 1.05",
    );
    assert_ne!(edited, shown);
    fs::write(folder.path().join("mine.toml"), &edited).unwrap();
    let (code, answer, remarks) = run(&folder, &augment);
    assert_eq!(code, 0, "{remarks}");
    assert!(answer.contains("tempo 1.0"), "{answer}");

    let misspelt = edited.replace("\ndropout = ", "\ndrop_out = ");
    fs::write(folder.path().join("mine.toml"), misspelt).unwrap();
    let (code, _, remarks) = run(&folder, &augment);
    assert_eq!(code, 1, "{remarks}");
    for part in ["mine.toml", "`drop_out`", "nearest known key: `dropout`"] {
        assert!(remarks.contains(part), "{part}: {remarks}");
    }
}
