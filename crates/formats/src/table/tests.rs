use std::collections::BTreeSet;
use std::fs;

use jiff::civil;
use tempfile::TempDir;

use super::super::fake::{import, on, titles};
use super::super::{ImportContext, Imported};
use super::*;
use catalogue::{AudioFileInfo, Catalogue, FileProbe, Filter, Merged};

fn folder(table: impl AsRef<[u8]>, files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("list.csv"), table).unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn read(table: impl AsRef<[u8]>, files: &[(&str, &str)]) -> Imported {
    import(&folder(table, files).path().join("list.csv")).unwrap()
}

fn refused(table: impl AsRef<[u8]>) -> String {
    import(&folder(table, &[]).path().join("list.csv"))
        .unwrap_err()
        .to_string()
}

fn complaints(imported: &Imported) -> Vec<(&str, &str)> {
    imported
        .skipped
        .iter()
        .map(|skipped| (skipped.path.as_str(), skipped.reason.as_str()))
        .collect()
}

#[test]
fn one_row_a_track_brings_all_that_it_says() {
    let imported = read(
        "path,artist,artist_group,title,playlists,licence,source,quality_flag,added,isrc,album,mood\n\
         a.ogg,A feat. B,group,Song,jazz; blues ,CC-BY-4.0,opengameart,unsure,2026-11-21,us-rc1-76-07839,LP,calm\n",
        &[("a.ogg", "1")],
    );
    assert_eq!(imported.skipped, []);
    let catalogue = &imported.catalogue;
    let track = &catalogue.tracks[0];
    assert_eq!(
        (track.id.as_str(), track.title.as_str()),
        ("isrc:USRC17607839", "Song")
    );
    assert_eq!(
        (track.artists.as_slice(), track.artist_group.as_str()),
        (&["A".into(), "B".into()][..], "group")
    );
    assert_eq!(
        (track.album.as_deref(), track.audio_hash.as_deref()),
        (Some("LP"), Some("1"))
    );
    let notes = [
        ("artist".to_owned(), "A feat. B".to_owned()),
        ("mood".to_owned(), "calm".to_owned()),
    ];
    assert_eq!(track.notes, BTreeMap::from(notes));
    assert_eq!(on(catalogue, "files:blues"), ["Song"]);
    assert_eq!(
        catalogue.placements[0].added,
        Some(civil::date(2026, 11, 21))
    );
    let provenance = &catalogue.provenance[0];
    assert_eq!(
        (provenance.licence.as_str(), provenance.source.as_str()),
        ("CC-BY-4.0", "opengameart")
    );
    assert_eq!(
        (provenance.may_train, provenance.quality_flag.as_deref()),
        (true, Some("unsure"))
    );
}

#[test]
fn the_old_name_of_quality_flag_is_read() {
    let imported = read("title,playlist,doubt\nSong,jazz,unsure\n", &[]);
    let provenance = &imported.catalogue.provenance[0];
    assert_eq!(provenance.quality_flag.as_deref(), Some("unsure"));
    assert!(imported.catalogue.tracks[0].notes.is_empty());
}

#[test]
fn one_row_a_placement_makes_one_track_of_one_path() {
    let imported = read(
        "path,title,artist,playlist,added\n\
         a.ogg,Song,A,jazz,2020-02-02\n\
         a.ogg,,,blues,2020-03-03T10:00:00Z\n\
         a.ogg,,,jazz,2020-01-01\n\
         gone.ogg,Gone,B,jazz,\n\
         gone.ogg,,,blues,\n",
        &[("a.ogg", "1|Tagged|Tagger")],
    );
    assert_eq!(titles(&imported.catalogue), ["Gone", "Song"]);
    assert_eq!(on(&imported.catalogue, "files:blues"), ["Gone", "Song"]);
    assert_eq!(imported.catalogue.placements.len(), 4);
    let jazz =
        |row: &&catalogue::Placement| row.playlist == "files:jazz" && row.track == "content:1";
    let placement = imported.catalogue.placements.iter().find(jazz).unwrap();
    assert_eq!(placement.added, Some(civil::date(2020, 1, 1)));
    let [(row, reason)] = complaints(&imported)[..] else {
        panic!("{:?}", imported.skipped)
    };
    assert_eq!(row, "row 5 of list.csv");
    assert!(
        reason.contains("gone.ogg") && reason.ends_with("imported without its audio"),
        "{reason}"
    );
}

#[test]
fn tags_and_file_names_fill_what_is_empty() {
    let table = "path,playlist\na.ogg,p\nC - D.ogg,p\n";
    let imported = read(
        table,
        &[("a.ogg", "1|Title|Artist; Other"), ("C - D.ogg", "2")],
    );
    let known: Vec<(&str, &[String])> = imported
        .catalogue
        .tracks
        .iter()
        .map(|t| (t.title.as_str(), t.artists.as_slice()))
        .collect();
    assert_eq!(
        known,
        [
            ("Title", &["Artist".into(), "Other".into()][..]),
            ("D", &["C".into()][..])
        ]
    );
}

#[test]
fn separators_byte_order_mark_line_ends_and_case_do_not_matter() {
    for table in [
        "\u{feff}Title,Artist,PLAYLISTS \r\n\"One, \"\"1\"\"\",A,p;q\r\n",
        "title;artist;playlists\n\"One, \"\"1\"\"\";A;\"p;q\"\n",
        "title\tartist\tplaylists\n\"One, \"\"1\"\"\"\tA\tp;q",
    ] {
        let imported = read(table, &[]);
        assert_eq!(
            on(&imported.catalogue, "files:q"),
            ["One, \"1\""],
            "{table}"
        );
        assert_eq!(imported.skipped, []);
    }
}

#[test]
fn wrong_rows_are_named_and_the_rest_comes_in() {
    let imported = read(
        "title,artist,playlists,added,isrc,licence\n\
         ,A,p,,,CC0\n\
         NoList,A,,,,CC0\n\
         BadDate,A,p,21.11.2026,,CC0\n\
         BadIsrc,A,p,,123,CC0\n\
         Strange,A,p,,,ask <me>\n\
         Earth, Wind & Fire,A,p,,,CC0\n\
         Good,A,p,,,CC0\n",
        &[],
    );
    assert_eq!(
        titles(&imported.catalogue),
        ["BadDate", "BadIsrc", "Good", "Strange"]
    );
    let expected = [
        ("row 2 of list.csv", "has neither path nor title"),
        ("row 3 of list.csv", "names no playlist"),
        (
            "row 4 of list.csv",
            "`21.11.2026` is not a date such as 2026-11-21; skipped",
        ),
        ("row 5 of list.csv", "`123` is not an ISRC; skipped"),
        (
            "row 6 of list.csv",
            "licence `ask <me>` is not understood, so it may not be trained on",
        ),
        (
            "row 7 of list.csv",
            "has 7 cells under 6 columns; put \" around a cell that holds the separator",
        ),
    ];
    assert_eq!(complaints(&imported), expected);
}

#[test]
fn a_quotation_mark_that_never_closes_is_told() {
    let imported = read("title,artist,playlist\n\"Weird Al,A,p\nNext,B,p\n", &[]);
    assert_eq!(
        complaints(&imported),
        [(
            "row 2 of list.csv",
            "has 1 cells under 3 columns; a \" is not closed"
        )]
    );
}

#[test]
fn only_a_table_about_licences_can_forbid_training() {
    let may_train = |table: &str| {
        let imported = read(table, &[]);
        imported
            .catalogue
            .provenance
            .iter()
            .map(|row| row.may_train)
            .collect::<Vec<_>>()
    };
    assert_eq!(may_train("title,playlist\nOne,p\n"), [true]);
    assert_eq!(
        may_train("title,playlist,License\nA,p,CC0\nB,p,CC-BY-NC-4.0\nC,p,\n"),
        [true, false, false]
    );
    let imported = read("title,playlist,licence\nC,p,\n", &[]);
    assert_eq!(
        imported.catalogue.provenance[0].quality_flag.as_deref(),
        Some("no licence is stated")
    );
}

#[test]
fn hostile_cells_are_kept_as_they_are() {
    let long = "x".repeat(10_000);
    let title = format!("<script>alert(1)</script> 🎵 \0 {long}");
    let imported = read(
        format!("title,playlist,path\n{title},p,\n,p,nul\0.ogg\n"),
        &[],
    );
    assert!(
        imported
            .catalogue
            .tracks
            .iter()
            .any(|track| track.title == title)
    );
    assert_eq!(imported.catalogue.tracks.len(), 2);
}

#[test]
fn a_path_from_windows_finds_its_file() {
    let imported = read(
        "path,playlist\nclips\\a.ogg,p\nC:\\Music\\b.ogg,p\n",
        &[("clips/a.ogg", "1|A")],
    );
    assert_eq!(
        imported
            .catalogue
            .tracks
            .iter()
            .filter(|track| track.audio_hash.is_some())
            .count(),
        1
    );
    assert_eq!(imported.skipped.len(), 1);
}

#[test]
fn a_table_without_the_needed_columns_names_them() {
    for (table, found) in [
        (&b"name,list\na,b\n"[..], "`name`, `list`"),
        (b"title,artist\na,b\n", "`title`, `artist`"),
        (b"\x00\x01\x02", "`\\0"),
    ] {
        let error = refused(table);
        assert!(
            error.contains(found) && error.contains("`path` or `title`, and `playlists`"),
            "{error}"
        );
    }
    assert!(refused(b"title,playlist\na,b\n\xff\xfe,c\n").contains("line 3 is not UTF-8"));
    assert!(refused(b" \n").contains("empty"));
    let nothing = read("title,playlist\n", &[]);
    assert_eq!(nothing.catalogue, Catalogue::default());
    assert_eq!(complaints(&nothing), [("list.csv", "names no tracks")]);
}

#[test]
fn the_same_rows_twice_and_the_same_import_twice_change_nothing() {
    let row = "One,A,p,2020-01-01\n";
    let once = read(format!("title,artist,playlist,added\n{row}"), &[]);
    let twice = read(format!("title,artist,playlist,added\n{row}{row}"), &[]);
    assert_eq!(once, twice);
    let mut catalogue = once.catalogue.clone();
    assert_eq!(catalogue.merge(twice.catalogue), Merged::default());
}

/// Every path is a file of its own.
struct Paths;

impl FileProbe for Paths {
    fn probe(&self, path: &Path) -> Result<AudioFileInfo, String> {
        let audio_hash = path.display().to_string();
        Ok(AudioFileInfo {
            audio_hash,
            ..AudioFileInfo::default()
        })
    }
}

#[test]
#[ignore = "needs PLAYLIST_FIT_DATA"]
fn the_demo_music_comes_in_whole() {
    let data = std::env::var_os("PLAYLIST_FIT_DATA").expect("PLAYLIST_FIT_DATA names a folder");
    let retrieved = jiff::Timestamp::UNIX_EPOCH;
    let context = ImportContext {
        facts: &Paths,
        retrieved,
        progress: &|_, _| {},
    };
    let manifest = Path::new(&data).join("cc-music/manifest.csv");
    let imported = super::super::import(&manifest, &context).unwrap();
    assert_eq!(imported.skipped, []);
    let catalogue: &Catalogue = &imported.catalogue;
    assert_eq!(
        (catalogue.tracks.len(), catalogue.playlists.len()),
        (376, 15)
    );
    let groups: BTreeSet<_> = catalogue
        .tracks
        .iter()
        .map(|track| track.split_group())
        .collect();
    assert_eq!(groups.len(), 95);

    let licences = vec![
        Licence::Cc0,
        Licence::PublicDomain,
        Licence::CcBy,
        Licence::OgaBy,
        Licence::CcBySa,
    ];
    let trainable = catalogue.trainable(&Filter {
        licences,
        ..Filter::default()
    });
    let classes = |licence: &str| {
        let of =
            |row: &&catalogue::Provenance| row.licence == licence && row.quality_flag.is_none();
        catalogue.provenance.iter().filter(of).count()
    };
    // 278 by the start of the licence's name, and what else is public domain or a choice of CC-BY-SA.
    let read_further = classes("CC-PDDC") + classes("GPL-2.0 OR CC-BY-SA-2.0");
    assert_eq!((trainable.tracks.len(), read_further), (281, 3));
    assert_eq!(trainable.playlists.len(), 15);
}
