use std::fs;
use std::path::Path;

use jiff::civil::date;

use super::super::fake::{import, on};
use super::super::{ImportError, Imported};

const CUMULATIVE: &str = r#"{"url":"https://open.spotify.com/playlist/37i9dQZF1DX0XUsuxWHRQd","name":"RapCaviar","description":"New music.",
  "date_first_scraped":"2020-10-20","published_playlist_ids":[],"tracks":[
  {"url":"https://open.spotify.com/track/a1","name":"T","album":{"url":"","name":"LP"},"artists":[{"url":"","name":"N"},{"url":"","name":""}],
   "duration_ms":61500,"date_added":"2020-10-20","date_added_asterisk":true,"date_removed":"2020-11-01"},
  {"url":"https://open.spotify.com/track/a1","name":"T","album":{"url":"","name":"LP"},"artists":[{"url":"","name":"N"}],
   "duration_ms":61500,"date_added":"2020-12-24","date_added_asterisk":false,"date_removed":null},
  {"url":"https://open.spotify.com/track/a2","name":"U","album":null,"artists":[],"duration_ms":0,
   "date_added":"2021-01-02","date_added_asterisk":false,"date_removed":"2021-05-09"},
  {"name":7}]}"#;

const PRETTY: &str = r#"{"url":"https://open.spotify.com/playlist/0ET0FLTld1LuRbQaJPFk0e","original_name":"Rock","unique_name":"Rock (2)",
  "description":"","snapshot_id":"x","num_followers":15909712,"owner":{"url":"","name":"Spotify"},"tracks":[
  {"url":"https://open.spotify.com/track/b1","name":"R","album":{"url":"","name":"LP"},"artists":[{"url":"","name":"N"}],"duration_ms":1000,
   "added_at":"2025-09-12 04:00:17"},
  {"url":"https://open.spotify.com/track/b2","name":"S","album":{"url":"","name":"LP"},"artists":[{"url":"","name":"N"}],"duration_ms":1000,
   "added_at":"1970-01-01 00:00:00"}]}"#;

/// 2021: nothing is escaped.
const OLD_MARKDOWN: &str = "[pretty](/playlists/pretty/RapCaviar.md) - cumulative - [plain](/playlists/plain/37i9dQZF1DX0XUsuxWHRQd)\n\n\
### [Rap | Caviar](https://open.spotify.com/playlist/37i9dQZF1DX0XUsuxWHRQd)\n\n> New music from Don Toliver. \n\n\
| Title | Artist(s) | Album | Length | Added | Removed |\n|---|---|---|---|---|---|\n\
| [#OWNER | remix (feat. X)](https://open.spotify.com/track/5d) | [A](https://open.spotify.com/artist/1), [B, the (2)](https://open.spotify.com/artist/2) | [Al | bum](https://open.spotify.com/album/2r) | 1:02:37 | 2019-08-23 | 2019-09-06 |\n\
| [Open](https://open.spotify.com/track/6d) | [A](https://open.spotify.com/artist/1) | LP | 3:34 | 2019-07-12 |  |\n";

/// Later: each punctuation mark is escaped by a `\\`.
const NEW_MARKDOWN: &str = "pretty - [cumulative](/playlists/cumulative/x.md)\n\n\
### [Rock\\_list](https://open.spotify.com/playlist/0ET0FLTld1LuRbQaJPFk0e)\n\n> Only \\*rock\\*\n\n\
[Spotify](https://open.spotify.com/user/spotify) - 1,234,567 likes - 2 songs - 7 min 11 sec\n\n\
| Title | Artist(s) | Album | Length | Added | Removed |\n|---|---|---|---|---|---|\n\
| [a\\_b\\|c](https://open.spotify.com/track/5d) | [A\\.](u), Bare | [LP](u) | 2:37 | 2021-12-15\\* |  |\n\n\
\\*This playlist was first scraped on 2021-12-15. Prior content cannot be recovered.\n";

const PRETTY_MARKDOWN: &str = "pretty - [cumulative](/playlists/cumulative/x.md)\n\n\
### [Rock](https://open.spotify.com/playlist/0ET0FLTld1LuRbQaJPFk0e)\n\n> \n\n\
[Spotify](https://open.spotify.com/user/spotify) - 1,234,567 likes - 1 song - 2 min 37 sec\n\n\
| No. | Title | Artist(s) | Album | Length |\n|---|---|---|---|---|\n\
| 1 | [One](https://open.spotify.com/track/5d) | [A](u) | [LP](u) | 2:37 |\n\nSnapshot ID: `x`\n";

const PLAIN: &str = "RapCaviar\nNew music.\n\nOne -- A, B -- LP\nTwo -- Live -- C -- LP 2\n";

fn read(name: &str, text: &str) -> Result<Imported, ImportError> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    fs::write(&file, text).unwrap();
    import(&file)
}

fn stays(imported: &Imported) -> Vec<(&str, Option<String>, Option<String>)> {
    let rows = imported.catalogue.placements.iter();
    let day = |day: Option<jiff::civil::Date>| day.map(|day| day.to_string());
    rows.map(|row| (row.track.as_str(), day(row.added), day(row.removed)))
        .collect()
}

#[test]
fn a_cumulative_file_says_when_each_track_came_and_went() {
    let imported = read("x.json", CUMULATIVE).unwrap();
    let list = &imported.catalogue.playlists[0];
    assert_eq!(
        (list.id.as_str(), list.name.as_str()),
        ("archive:37i9dQZF1DX0XUsuxWHRQd", "RapCaviar")
    );
    assert_eq!(list.description.as_deref(), Some("New music."));
    assert_eq!(
        (list.first_seen, list.last_seen),
        (Some(date(2020, 10, 20)), Some(date(2021, 5, 9)))
    );
    assert!(imported.complete.is_empty());
    let song = &imported.catalogue.tracks[0];
    assert_eq!(
        (song.id.as_str(), song.artists.as_slice()),
        ("spotify:a1", &["N".to_owned()][..])
    );
    assert_eq!(
        (song.album.as_deref(), song.duration_seconds),
        (Some("LP"), Some(61.5))
    );
    assert!(
        imported
            .catalogue
            .provenance
            .iter()
            .all(|row| row.source == "archive" && !row.may_train)
    );
    assert!(stays(&imported).contains(&(
        "spotify:a2",
        Some("2021-01-02".into()),
        Some("2021-05-09".into())
    )));
    assert_eq!(imported.skipped[0].path, "track 4 of x.json");
}

#[test]
fn a_pretty_file_states_the_list_whole() {
    let imported = read("x.json", PRETTY).unwrap();
    let list = &imported.catalogue.playlists[0];
    assert_eq!(
        (list.name.as_str(), list.followers, list.owner.as_deref()),
        ("Rock (2)", Some(15_909_712), Some("Spotify"))
    );
    assert!(imported.complete.contains("archive:0ET0FLTld1LuRbQaJPFk0e"));
    assert_eq!(
        stays(&imported),
        [
            ("spotify:b1", Some("2025-09-12".into()), None),
            ("spotify:b2", None, None)
        ]
    );
}

#[test]
fn markdown_of_every_age_is_read() {
    let imported = read("RapCaviar.md", OLD_MARKDOWN).unwrap();
    assert_eq!(imported.skipped, []);
    let list = &imported.catalogue.playlists[0];
    assert_eq!(
        (list.id.as_str(), list.name.as_str()),
        ("archive:37i9dQZF1DX0XUsuxWHRQd", "Rap | Caviar")
    );
    assert_eq!(
        (list.first_seen, list.last_seen),
        (Some(date(2019, 7, 12)), Some(date(2019, 9, 6)))
    );
    assert_eq!(
        stays(&imported),
        [
            (
                "spotify:5d",
                Some("2019-08-23".into()),
                Some("2019-09-06".into())
            ),
            ("spotify:6d", Some("2019-07-12".into()), None)
        ]
    );
    let song = &imported.catalogue.tracks[0];
    assert_eq!(
        (song.title.as_str(), song.duration_seconds),
        ("#OWNER | remix (feat. X)", Some(3757.0))
    );
    assert_eq!(song.artists, ["A", "B, the (2)"]);

    let imported = read("x.md", NEW_MARKDOWN).unwrap();
    let (list, song) = (
        &imported.catalogue.playlists[0],
        &imported.catalogue.tracks[0],
    );
    assert_eq!(
        (list.name.as_str(), list.followers),
        ("Rock_list", Some(1_234_567))
    );
    assert_eq!(
        (list.description.as_deref(), list.first_seen),
        (Some("Only *rock*"), Some(date(2021, 12, 15)))
    );
    assert_eq!(
        (song.title.as_str(), song.album.as_deref()),
        ("a_b|c", Some("LP"))
    );
    assert_eq!(song.artists, ["A.", "Bare"]);
    assert_eq!(
        stays(&imported),
        [("spotify:5d", Some("2021-12-15".into()), None)]
    );

    let imported = read("x.md", PRETTY_MARKDOWN).unwrap();
    assert_eq!(
        on(&imported.catalogue, "archive:0ET0FLTld1LuRbQaJPFk0e"),
        ["One"]
    );
    assert!(imported.complete.contains("archive:0ET0FLTld1LuRbQaJPFk0e"));
}

#[test]
fn a_plain_file_is_known_by_its_name() {
    let imported = read("37i9dQZF1DX0XUsuxWHRQd", PLAIN).unwrap();
    assert_eq!(
        on(&imported.catalogue, "archive:37i9dQZF1DX0XUsuxWHRQd"),
        ["One", "Two -- Live"]
    );
    assert_eq!(imported.catalogue.playlists[0].name, "RapCaviar");
    assert_eq!(imported.complete.len(), 1);
}

fn put(root: &Path, path: &str, text: &str) {
    let file = root.join(path);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, text).unwrap();
}

#[test]
fn of_a_clone_each_list_is_read_once_from_what_says_the_most() {
    let clone = tempfile::tempdir().unwrap();
    let root = clone.path();
    let rap = "37i9dQZF1DX0XUsuxWHRQd";
    put(root, "README.md", "# Archive\n");
    put(
        root,
        &format!("playlists/cumulative/{rap}.json"),
        CUMULATIVE,
    );
    put(root, "playlists/cumulative/RapCaviar.md", OLD_MARKDOWN);
    put(root, &format!("playlists/plain/{rap}"), PLAIN);
    put(root, "playlists/pretty/0ET0FLTld1LuRbQaJPFk0e.json", PRETTY);
    put(root, "playlists/pretty/cut.json", "{\"tracks\": [");
    for place in [root.to_owned(), root.join("playlists")] {
        let imported = import(&place).unwrap();
        let lists = &imported.catalogue.playlists;
        let names: Vec<&str> = lists.iter().map(|list| list.name.as_str()).collect();
        assert_eq!(names, ["Rock (2)", "RapCaviar"]);
        assert!(
            lists
                .iter()
                .all(|list| list.last_seen == Some(date(2025, 9, 12)))
        );
        assert_eq!(imported.complete.len(), 1);
        let skipped: Vec<&str> = imported
            .skipped
            .iter()
            .map(|skipped| skipped.path.as_str())
            .collect();
        assert!(
            skipped.len() == 2 && skipped[1].ends_with("cut.json"),
            "{skipped:?}"
        );
    }
    let only = import(&root.join("playlists/cumulative")).unwrap();
    assert_eq!(only.catalogue.playlists.len(), 1);
    assert_eq!(on(&only.catalogue, &format!("archive:{rap}")), ["T", "U"]);
}

#[test]
fn the_recorded_archive_comes_in_whole() {
    let Some(data) = std::env::var_os("PLAYLIST_FIT_DATA") else {
        println!("skipped: PLAYLIST_FIT_DATA is not set");
        return;
    };
    let samples = Path::new(&data).join("playlists/format-samples");
    for name in [
        "archive2021.cumulative.md.sample",
        "archive2021.pretty.md.sample",
        "archive2021.plain.sample",
    ] {
        let text = fs::read_to_string(samples.join(name)).unwrap();
        // The samples are heads of files, cut in the middle of a line.
        let whole_lines = &text[..=text.rfind('\n').unwrap()];
        let imported = read(name.trim_end_matches(".sample"), whole_lines).unwrap();
        assert!(imported.catalogue.tracks.len() >= 3, "{name}");
        assert_eq!(imported.catalogue.playlists[0].name, "RapCaviar", "{name}");
    }
}
