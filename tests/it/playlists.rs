//! `playlists` as a user runs it: a catalogue, both streams and the plot.

use std::fs;

use catalogue::{Catalogue, Placement, Playlist, Track};
use jiff::civil::date;
use serde_json::Value;
use tempfile::TempDir;

fn run(folder: &TempDir, arguments: &[&str]) -> (i32, String, String) {
    crate::stage::run(folder, &[&["playlists"], arguments].concat())
}

/// Two lists of one name and one of another, the first with a history, in the folder `lists`.
fn folder() -> TempDir {
    let list = |id: &str, name: &str| Playlist {
        id: id.into(),
        source: "deezer".into(),
        name: name.into(),
        first_seen: Some(date(2026, 1, 1)),
        last_seen: Some(date(2026, 3, 31)),
        ..Playlist::default()
    };
    let mut catalogue = Catalogue {
        playlists: vec![
            list("deezer:1", "Deep / Focus"),
            list("deezer:2", "Jazz"),
            list("deezer:3", "jazz"),
        ],
        ..Catalogue::default()
    };
    for (number, added, removed) in [
        (1, None, None),
        (2, None, Some(date(2026, 2, 3))),
        (3, Some(date(2026, 2, 3)), None),
        (4, Some(date(2026, 3, 20)), None),
    ] {
        let track = format!("isrc:{number}");
        catalogue.tracks.push(Track {
            id: track.clone(),
            title: format!("Song {number}"),
            artists: vec!["Artist".into()],
            ..Track::default()
        });
        for playlist in ["deezer:1", "deezer:2"] {
            catalogue.placements.push(Placement {
                playlist: playlist.into(),
                track: track.clone(),
                added,
                removed,
            });
        }
    }
    let folder = TempDir::new().unwrap();
    store::write(&catalogue, &folder.path().join("lists")).unwrap();
    folder
}

#[test]
fn all_playlists_are_in_a_table_or_one_json_document() {
    let folder = folder();
    let (code, answer, remarks) = run(&folder, &["--playlists", "lists"]);
    assert_eq!((code, remarks.as_str()), (0, ""));
    let line = answer.lines().find(|line| line.starts_with("Deep / Focus"));
    let words: Vec<&str> = line.unwrap().split_whitespace().collect();
    let expected = [
        "Deep",
        "/",
        "Focus",
        "deezer",
        "3",
        "1",
        "0",
        "2026-01-01",
        "2026-03-31",
    ];
    assert_eq!(words, expected);
    let (_, answer, _) = run(&folder, &["--playlists", "lists", "--json"]);
    let all: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(all["schema_version"], 2);
    assert_eq!(all["playlists"].as_array().unwrap().len(), 3);
    assert_eq!(all["playlists"][0]["added_in_30_days"], 1);
}

#[test]
fn one_playlist_shows_its_history_and_a_plot() {
    let folder = folder();
    // The folder may be named before or after `show`.
    let (code, answer, remarks) = run(&folder, &["show", "deep / focus", "--playlists", "lists"]);
    assert_eq!(code, 0, "{remarks}");
    for says in [
        "3 tracks",
        "Churn: ",
        "Time on the playlist: ",
        "Song 4",
        "Jazz",
    ] {
        assert!(answer.contains(says), "{says}: {answer}");
    }
    let plot = "reports/playlists/Deep _ Focus.png";
    assert!(remarks.contains(plot), "{remarks}");
    let drawn = fs::read(folder.path().join(plot)).unwrap();
    assert_eq!(&drawn[..8], b"\x89PNG\r\n\x1a\n");

    let named = [
        "--playlists",
        "lists",
        "show",
        "deezer:2",
        "--json",
        "--out",
        "there",
    ];
    let (code, answer, _) = run(&folder, &named);
    assert_eq!(code, 0);
    let list: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(
        (&list["schema_version"], &list["tracks"]),
        (&2.into(), &3.into())
    );
    for field in [
        "sizes",
        "months",
        "churn",
        "time_on_playlist",
        "newest",
        "overlap",
    ] {
        assert!(!list[field].is_null(), "{field}");
    }
    assert!(folder.path().join("there/deezer_2.png").exists());
}

#[test]
fn missing_playlists_are_errors_with_suggestions() {
    let folder = folder();
    let (code, _, remarks) = run(&folder, &[]);
    assert_eq!(code, 1);
    assert!(remarks.contains("playlist-fit import"), "{remarks}");
    let (code, _, remarks) = run(&folder, &["show", "Deep Fokus", "--playlists", "lists"]);
    assert_eq!(code, 1);
    assert!(remarks.contains("near it: `Deep / Focus`"), "{remarks}");
    let (code, _, remarks) = run(&folder, &["show", "JAZZ", "--playlists", "lists"]);
    assert_eq!(code, 1);
    assert!(remarks.contains("deezer:2, deezer:3"), "{remarks}");
    fs::write(folder.path().join("file"), b"").unwrap();
    let named = [
        "show",
        "deezer:1",
        "--playlists",
        "lists",
        "--out",
        "file/there",
    ];
    let (code, answer, remarks) = run(&folder, &named);
    assert_eq!((code, answer.as_str()), (1, ""));
    assert!(remarks.contains("--out"), "{remarks}");
}
