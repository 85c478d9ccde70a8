//! `provenance` as a user runs it, on a catalogue that `import` made of a table with licences.

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use crate::stage::run;

const TABLE: &str = "\
title,artist,playlists,licence,source
Sea,Ann,Calm,CC-BY-SA-4.0,jamendo
Sky,Bob,Calm,CC-BY-NC-4.0,jamendo
Sun,Cid,Calm;Bright,CC0-1.0,my label
Fog,Dan,Calm,,my label
";

fn imported() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("lists.csv"), TABLE).unwrap();
    let (code, _, remarks) = run(&folder, &["import", "lists.csv"]);
    assert_eq!(code, 0, "{remarks}");
    folder
}

#[test]
fn a_catalogue_is_audited_source_by_source() {
    let folder = imported();
    let (code, answer, remarks) = run(&folder, &["provenance", "catalogue"]);
    assert_eq!((code, remarks.as_str()), (0, ""));
    for part in [
        "4 tracks from 2 sources",
        "CC-BY-NC-4.0 (1), CC-BY-SA-4.0 (1)",
        "CC0-1.0 (1)",
        "not stated (1)",
        "tracks of jamendo: CC-BY-NC-4.0: the licence forbids commercial use (1 tracks)",
        "tracks of my label: flagged: no licence is stated (1 tracks)",
        "tracks: no audio (2 tracks)",
        "Bright of files: tracks ever on it: 1, fewer than 5",
    ] {
        assert!(answer.contains(part), "{part}: {answer}");
    }
}

#[test]
fn json_is_one_document_that_says_the_same() {
    let folder = imported();
    let (code, answer, _) = run(&folder, &["provenance", "catalogue", "--json"]);
    assert_eq!(code, 0);
    let audit: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(audit["schema_version"], 2);
    assert_eq!(audit["bundle"], Value::Null);
    let jamendo = &audit["sources"][0];
    assert_eq!(
        (&jamendo["source"], &jamendo["tracks"]),
        (&"jamendo".into(), &2.into())
    );
    assert_eq!(jamendo["may_train"], 1);
    assert_eq!(jamendo["licences"]["CC-BY-NC-4.0"], 1);
    assert_eq!(audit["sources"][1]["flagged"], 1);
    for field in ["first_retrieved", "last_retrieved"] {
        assert!(
            jamendo[field].as_str().unwrap().starts_with("20"),
            "{field}"
        );
    }
}

#[test]
fn the_bundle_inside_the_program_is_audited_without_any_folder() {
    let folder = TempDir::new().unwrap();
    let (code, answer, _) = run(&folder, &["provenance", "--json"]);
    assert_eq!(code, 0);
    let audit: Value = serde_json::from_str(&answer).unwrap();
    assert!(audit["bundle"].as_str().unwrap().starts_with("demo-"));
    assert!(!audit["sources"].as_array().unwrap().is_empty());
}

#[test]
fn a_folder_that_holds_neither_says_what_makes_one() {
    let folder = TempDir::new().unwrap();
    for named in [".", "gone"] {
        let (code, answer, remarks) = run(&folder, &["provenance", named]);
        assert_eq!((code, answer.as_str()), (1, ""));
        for part in [named, "playlist-fit train", "playlist-fit import"] {
            assert!(remarks.contains(part), "{part}: {remarks}");
        }
    }
}
