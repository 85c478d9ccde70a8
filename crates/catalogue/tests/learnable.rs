//! The rules on 155 real lists give the verdicts that were reviewed by hand, in `playlists/trainable-2021-05-09.md`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use jiff::civil::date;
use playlist_fit_catalogue::{Catalogue, Eligibility, Filter, Placement, Playlist, Track};

const TABLE: &str = include_str!("../../../playlists/learnable-2021-05-09.md");

/// A row of the table.
struct Reviewed {
    name: String,
    description: String,
    tracks_now: usize,
    tracks_ever: usize,
    artists: usize,
    verdict: String,
    reason: String,
}

fn reviewed() -> Vec<Reviewed> {
    let rows = TABLE.lines().filter(|line| line.starts_with("| "));
    rows.skip(1).map(row).collect()
}

fn row(line: &str) -> Reviewed {
    // A bar inside a cell stands behind a backslash.
    let line = line.replace("\\|", "\u{0}");
    let cells: Vec<String> = line.split('|').map(plain).collect();
    let [
        _,
        name,
        description,
        now,
        ever,
        artists,
        verdict,
        reason,
        _,
        _,
    ] = &cells[..]
    else {
        panic!("{line}");
    };
    Reviewed {
        name: name.clone(),
        description: description.clone(),
        tracks_now: now.parse().unwrap(),
        tracks_ever: ever.parse().unwrap(),
        artists: artists.parse().unwrap(),
        verdict: verdict.clone(),
        reason: reason.clone(),
    }
}

fn plain(cell: &str) -> String {
    let entities = [("\u{0}", "|"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")];
    let unescape = |text: String, (sign, letter): (&str, &str)| text.replace(sign, letter);
    entities.into_iter().fold(cell.trim().to_owned(), unescape)
}

/// A list of its size, with tracks that nobody knows.
fn catalogue(number: usize, list: &Reviewed) -> Catalogue {
    let id = format!("archive:{number}");
    let tracks = (0..list.tracks_ever).map(|track| Track {
        id: format!("spotify:{number}-{track}"),
        artist_group: format!("artist {}", track % list.artists),
        ..Track::default()
    });
    let placements = (0..list.tracks_ever).map(|track| Placement {
        playlist: id.clone(),
        track: format!("spotify:{number}-{track}"),
        added: None,
        removed: (track >= list.tracks_now).then(|| date(2021, 5, 9)),
    });
    Catalogue {
        tracks: tracks.collect(),
        placements: placements.collect(),
        playlists: vec![Playlist {
            source: "archive".into(),
            name: list.name.clone(),
            description: Some(list.description.clone()),
            id,
            ..Playlist::default()
        }],
        ..Catalogue::default()
    }
}

fn verdict(assessed: &Eligibility) -> (&str, &str) {
    match &assessed.excluded {
        None => ("learned", ""),
        Some(unlearnable) => ("left out", &unlearnable.reason),
    }
}

#[test]
fn every_reviewed_verdict_stands() {
    let lists = reviewed();
    assert_eq!(lists.len(), 155);
    for (number, list) in lists.iter().enumerate() {
        let assessed = catalogue(number, list).assess_playlists(&Filter::default());
        let [assessed] = &assessed[..] else {
            panic!("{}", list.name);
        };
        assert_eq!(
            verdict(assessed),
            (list.verdict.as_str(), list.reason.as_str()),
            "{}",
            list.name
        );
        assert_eq!(
            (assessed.tracks_now, assessed.tracks_ever, assessed.artists),
            (list.tracks_now, list.tracks_ever, list.artists),
            "{}",
            list.name
        );
    }
}

#[test]
fn the_head_of_the_table_counts_what_stands_below() {
    let lists = reviewed();
    let excluded = lists
        .iter()
        .filter(|list| list.verdict == "left out")
        .count();
    let counts = format!("{} are, {excluded} are not", lists.len() - excluded);
    assert!(TABLE.contains(&counts), "{counts}");
}
