use std::fs;

use super::*;

#[test]
fn what_is_no_list_says_what_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    fs::write(place("song.mp3"), b"").unwrap();
    fs::write(place("page.html"), b"<html></html>").unwrap();
    fs::write(place("other.json"), b"{\"a\": 1}").unwrap();
    fs::write(place("notes.md"), b"# Notes\n").unwrap();
    for (name, says) in [
        ("song.mp3", "is not a playlist in a supported format"),
        ("page.html", "is not a playlist in a supported format"),
        ("other.json", "is not a playlist in a supported format"),
        ("notes.md", "is not a playlist in a supported format"),
        ("gone.csv", "gone.csv"),
    ] {
        let error = fake::import(&place(name)).unwrap_err().to_string();
        assert!(
            error.contains(says) && error.contains("folder of folders"),
            "{error}"
        );
    }
}

#[test]
fn broken_files_say_what_is_wrong_and_where() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    let files: [(&str, &[u8], &str); 10] = [
        ("empty.json", b"", "empty"),
        ("blank.m3u8", b"\xef\xbb\xbf \n", "empty"),
        (
            "cut.json",
            b"{\"tracks\": [{\"name\":\n\"x\"",
            "ends early, at line 2",
        ),
        ("odd.json", b"{\"tracks\": 7}", "invalid JSON"),
        (
            "bytes.json",
            b"{\n\"tracks\": [\xff]}",
            "line 2 is not UTF-8",
        ),
        ("bytes.m3u8", b"a\nb\n\xff.mp3", "line 3 is not UTF-8"),
        (
            "bytes.xspf",
            b"<playlist>\xff</playlist>",
            "line 1 is not UTF-8",
        ),
        ("lists.zip", b"PK\x03\x04\x14\0\xff", "extract it"),
        ("lists.tar.gz", b"\x1f\x8b\x08\0\xff", "extract it"),
        ("deep.json", b"{\"tracks\": [[[[[[", "ends early"),
    ];
    for (name, bytes, says) in files {
        fs::write(place(name), bytes).unwrap();
        let error = fake::import(&place(name)).unwrap_err().to_string();
        assert!(
            error.contains(says) && error.contains(name),
            "{name}: {error}"
        );
    }
    fs::create_dir(place("x.json")).unwrap();
    assert!(
        fake::import(&place("x.json"))
            .unwrap_err()
            .to_string()
            .contains("neither folders with audio")
    );
}

#[test]
fn a_line_of_ten_megabytes_is_read_or_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let long = "x".repeat(10 << 20);
    for (name, text) in [
        ("long.csv", format!("title,playlist\n{long},p\n")),
        ("long.m3u8", format!("#EXTINF:1,{long}\na.mp3\n")),
        (
            "long.json",
            format!("{{\"name\":\"n\",\"tracks\":[{{\"name\":\"{long}\"}}]}}"),
        ),
        (
            "long.xspf",
            format!(
                "<playlist><trackList><track><title>{long}</title></track></trackList></playlist>"
            ),
        ),
    ] {
        let file = folder.path().join(name);
        fs::write(&file, text).unwrap();
        assert_eq!(
            fake::import(&file).unwrap().catalogue.tracks[0].title.len(),
            long.len(),
            "{name}"
        );
    }
    for name in ["long.txt", "long.csv", "long.md"] {
        let file = folder.path().join(name);
        fs::write(&file, &long).unwrap();
        let error = fake::import(&file).unwrap_err().to_string();
        assert!(error.len() < 1_000, "{name}");
    }
}

#[test]
fn a_folder_of_lists_is_read_and_one_bad_file_does_not_stop_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    fs::write(place("one.csv"), "title,artist,playlist\nOne,A,p\n").unwrap();
    fs::write(place("two.m3u8"), "#EXTINF:1,B - Two\nb.mp3\n").unwrap();
    fs::write(place("b.mp3"), "2").unwrap();
    fs::write(place("cut.json"), "{\"tracks\": [").unwrap();
    let imported = fake::import(folder.path()).unwrap();
    assert_eq!(fake::titles(&imported.catalogue), ["One", "Two"]);
    let [skipped] = &imported.skipped[..] else {
        panic!("{:?}", imported.skipped)
    };
    assert!(skipped.path.ends_with("cut.json") && skipped.reason.contains("ends early"));
}

#[test]
fn folders_with_audio_stay_playlists_whatever_lies_beside_them() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("plain")).unwrap();
    fs::write(folder.path().join("plain/a.mp3"), "1").unwrap();
    fs::write(folder.path().join("all.m3u8"), "plain/a.mp3\n").unwrap();
    let imported = fake::import(folder.path()).unwrap();
    let names: Vec<&str> = imported
        .catalogue
        .playlists
        .iter()
        .map(|list| list.name.as_str())
        .collect();
    assert_eq!(names, ["plain"]);
}
