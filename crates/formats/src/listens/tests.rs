use std::fs;

use super::*;

/// Artists, title and plays of what a file says.
fn read_text(name: &str, text: &str) -> Result<Vec<(String, String, f64)>, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    let found = listens(&[&path]).map_err(|error| error.to_string())?;
    let listens = found.listens.into_iter();
    Ok(listens
        .map(|one| (one.track.artists.join("; "), one.track.title, one.plays))
        .collect())
}

#[track_caller]
fn plays(name: &str, text: &str, expected: &[(&str, &str, f64)]) {
    let found = read_text(name, text).unwrap();
    let found: Vec<(&str, &str, f64)> = found
        .iter()
        .map(|(artist, title, plays)| (artist.as_str(), title.as_str(), *plays))
        .collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn spotify_s_two_exports_are_counted_by_song() {
    let short = r#"[{"endTime":"2026-01-01 10:00","artistName":"A","trackName":"Sea","msPlayed":61000},
        {"endTime":"2026-01-01 11:00","artistName":"a","trackName":"SEA","msPlayed":200000},
        {"endTime":"2026-01-01 12:00","artistName":"B","trackName":"<script>","msPlayed":29999},
        {"endTime":"2026-01-01 12:00","artistName":"B","trackName":"<script>","msPlayed":30000}]"#;
    plays(
        "StreamingHistory0.json",
        short,
        &[("A", "Sea", 2.0), ("B", "<script>", 1.0)],
    );
    let long = r#"[{"ts":"2026-01-01T10:00:00Z","ms_played":90000,"master_metadata_track_name":"Sea",
        "master_metadata_album_artist_name":"A","spotify_track_uri":"spotify:track:x"},
        {"ts":"2026-01-01T11:00:00Z","ms_played":90000,"master_metadata_track_name":null,"episode_name":"Talk"}]"#;
    plays("endsong_0.json", long, &[("A", "Sea", 1.0)]);
}

#[test]
fn lines_of_listenbrainz_are_read_and_broken_ones_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("1.jsonl");
    let line = r#"{"listened_at":1,"track_metadata":{"artist_name":"A feat. B","track_name":"Sea","release_name":"R"}}"#;
    fs::write(&path, format!("{line}\n\n{{\"x\":\n{line}\n")).unwrap();
    let found = listens(&[&path]).unwrap();
    assert_eq!(found.listens.len(), 1);
    assert_eq!(found.listens[0].track.artists, ["A", "B"]);
    assert_eq!(found.listens[0].plays, 2.0);
    assert_eq!(found.skipped[0].path, "line 3 of 1.jsonl");
}

#[test]
fn tables_are_read_with_a_heading_and_without() {
    let expected = [("A", "Sea", 3.0), ("B", "Sky", 1.0)];
    plays(
        "top.csv",
        "Artist,Track,Plays\nA,Sea,3\nB,Sky,1\nC,Zero,0\n",
        &expected,
    );
    plays(
        "top.tsv",
        "playcount\tname\tartist\n3\tSea\tA\n1\tSky\tB\n",
        &expected,
    );
    plays("top.csv", "A,Sea,3\nB,Sky,\n", &expected);
    let scrobbles = "A,LP,Sea,01 Jan 2026 10:00\n".repeat(3) + "B,,Sky,02 Jan 2026 10:00\n";
    plays("lastfm.csv", &scrobbles, &expected);
    let error = read_text("x.csv", "one,two,three,four,five\n").unwrap_err();
    assert!(error.contains("`artist` and `track`"), "{error}");
}

#[test]
fn a_list_of_files_is_a_history_of_its_songs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("played.m3u8");
    fs::write(&path, "#EXTM3U\n#EXTINF:10,A - Sea\nsea.mp3\nsea.mp3\n").unwrap();
    let found = listens(&[&path]).unwrap();
    assert_eq!(found.listens.len(), 1);
    let listen = &found.listens[0];
    assert_eq!((listen.plays, listen.track.title.as_str()), (2.0, "Sea"));
    assert_eq!(listen.track.audio, Some(folder.path().join("sea.mp3")));
}

#[test]
fn what_is_no_history_says_so() {
    for (name, text) in [
        ("a.json", "[1, 2"),
        ("b.json", "{\"a\": 1}"),
        ("c.txt", ""),
        ("d.xyz", "?"),
    ] {
        let error = read_text(name, text).unwrap_err();
        assert!(error.contains(name), "{error}");
    }
    assert_eq!(read_text("e.json", "[1]").unwrap(), []);
}
