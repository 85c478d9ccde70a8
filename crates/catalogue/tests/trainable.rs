//! The rules give the verdicts on 155 real playlists that were reviewed by hand, in `playlists/trainable-2021-05-09.md`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use jiff::civil::date;
use playlist_fit_catalogue::rules::PlaylistText;
use playlist_fit_catalogue::{
    Catalogue, Eligibility, Filter, Ineligible, Placement, Playlist, Track,
};

const TABLE: &str = include_str!("../../../playlists/trainable-2021-05-09.md");

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
    // A bar inside a cell is escaped with a backslash.
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

/// A playlist of its size with placeholder tracks.
fn catalogue(number: usize, playlist: &Reviewed) -> Catalogue {
    let id = format!("archive:{number}");
    let tracks = (0..playlist.tracks_ever).map(|track| Track {
        id: format!("spotify:{number}-{track}"),
        artist_group: format!("artist {}", track % playlist.artists),
        ..Track::default()
    });
    let placements = (0..playlist.tracks_ever).map(|track| Placement {
        playlist: id.clone(),
        track: format!("spotify:{number}-{track}"),
        added: None,
        removed: (track >= playlist.tracks_now).then(|| date(2021, 5, 9)),
    });
    Catalogue {
        tracks: tracks.collect(),
        placements: placements.collect(),
        playlists: vec![Playlist {
            source: "archive".into(),
            name: playlist.name.clone(),
            description: Some(playlist.description.clone()),
            id,
            ..Playlist::default()
        }],
        ..Catalogue::default()
    }
}

/// Verdict and reason as the table writes them.
fn verdict(assessed: &Eligibility) -> (&str, String) {
    match &assessed.excluded {
        None => ("trainable", String::new()),
        Some(Ineligible::Rule(matched)) => {
            let text = match matched.text {
                PlaylistText::Name => "name",
                PlaylistText::Description => "description",
            };
            let reason = format!("its {text} says \"{}\": {}", matched.phrase, matched.reason);
            ("excluded", reason)
        }
        Some(too_small) => ("excluded", too_small.code().to_owned()),
    }
}

#[test]
fn each_verdict_equals_the_reviewed_one() {
    let playlists = reviewed();
    assert_eq!(playlists.len(), 155);
    for (number, playlist) in playlists.iter().enumerate() {
        let assessed = catalogue(number, playlist).assess_playlists(&Filter::default());
        let [assessed] = &assessed[..] else {
            panic!("{}", playlist.name);
        };
        assert_eq!(
            verdict(assessed),
            (playlist.verdict.as_str(), playlist.reason.clone()),
            "{}",
            playlist.name
        );
        assert_eq!(
            (assessed.tracks_now, assessed.tracks_ever, assessed.artists),
            (playlist.tracks_now, playlist.tracks_ever, playlist.artists),
            "{}",
            playlist.name
        );
    }
}

#[test]
fn the_summary_counts_the_rows_of_the_table() {
    let playlists = reviewed();
    let excluded = playlists
        .iter()
        .filter(|playlist| playlist.verdict == "excluded")
        .count();
    let counts = format!("{} are, {excluded} are not", playlists.len() - excluded);
    assert!(TABLE.contains(&counts), "{counts}");
}
