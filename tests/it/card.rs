//! `card` as a user runs it.

use std::fs;

use tempfile::TempDir;

use crate::harness::run;

#[test]
fn the_bundle_inside_the_program_has_a_model_card() {
    let folder = TempDir::new().unwrap();
    let (code, answer, remarks) = run(&folder, &["card"]);
    assert_eq!((code, remarks.as_str()), (0, ""));
    for part in [
        "# Model card of demo-",
        "## Intended use",
        "It must not be used",
        "281 tracks by 71 artists",
        "| CC-BY-SA-4.0 |",
        "| Chance |",
        "## Where it fails",
        "architecture = \"mn04\"",
    ] {
        assert!(answer.contains(part), "{part}: {answer}");
    }
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        0,
        "it writes nothing"
    );
}

#[test]
fn a_folder_says_the_same_and_a_hostile_name_stays_words() {
    let folder = TempDir::new().unwrap();
    let bundle = std::path::absolute("fixtures/default-bundle").unwrap();
    let bundle = bundle.to_str().unwrap();
    let (code, answer, _) = run(&folder, &["card", bundle]);
    assert_eq!((code, answer), (0, run(&folder, &["card"]).1));
    for file in fs::read_dir(bundle).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), folder.path().join(file.file_name())).unwrap();
    }
    let manifest = folder.path().join("bundle.json");
    let text = fs::read_to_string(&manifest).unwrap();
    let text = text.replace("\"ambient\"", "\"<script> | [x](http://example.org)\"");
    fs::write(&manifest, text).unwrap();
    let (code, answer, remarks) = run(&folder, &["card", "."]);
    assert_eq!(code, 0, "{remarks}");
    assert!(answer.contains(" script "), "{answer}");
    assert!(
        !answer.contains("<script") && !answer.contains("](http"),
        "{answer}"
    );
}

#[test]
fn a_folder_without_a_bundle_says_what_makes_one() {
    let folder = TempDir::new().unwrap();
    let (code, answer, remarks) = run(&folder, &["card", "gone"]);
    assert_eq!((code, answer.as_str()), (1, ""));
    assert!(
        remarks.contains("gone") && remarks.contains("playlist-fit train"),
        "{remarks}"
    );
}
