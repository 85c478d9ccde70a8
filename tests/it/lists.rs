//! Lists in and out, as a user runs it: files and folders, the catalogue, exit codes and both streams.

use std::fs;

use tempfile::TempDir;

use crate::stage::run;

fn put(folder: &TempDir, path: &str, bytes: impl AsRef<[u8]>) {
    let file = folder.path().join(path);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, bytes).unwrap();
}

/// Half a second of a tone that differs by `pitch`.
fn song(pitch: f32) -> Vec<u8> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 8_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut bytes = std::io::Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut bytes, spec).unwrap();
    for n in 0..4_000 {
        writer
            .write_sample(((n as f32 * pitch).sin() * 9_000.0) as i16)
            .unwrap();
    }
    writer.finalize().unwrap();
    bytes.into_inner()
}

/// Two files of one playlist, one track without audio, and a playlist of the archive.
fn catalogue() -> TempDir {
    let folder = TempDir::new().unwrap();
    put(&folder, "music/a #1.wav", song(0.1));
    put(&folder, "music/deep/b.wav", song(0.2));
    put(
        &folder,
        "list.csv",
        "path,title,artist,playlist,isrc,licence,source,doubt,mood,added,removed\n\
         music/a #1.wav,One,\"A, the <first>\",Late / Night,,CC0,opengameart,,calm,2020-01-02,\n\
         music/deep/b.wav,Two,B,Late / Night,,,files,,,2020-01-03,\n\
         ,Three,C; D,Late / Night,USRC17607839,CC-BY-NC-4.0,files,unsure,,,\n\
         ,Gone,E,Late / Night,,CC0,files,,,2020-01-01,2020-02-01\n",
    );
    put(
        &folder,
        "rap.json",
        r#"{"url":"https://open.spotify.com/playlist/37i9dQZF1DX0XUsuxWHRQd","name":"RapCaviar","description":"","date_first_scraped":"2020-10-20",
            "tracks":[{"url":"https://open.spotify.com/track/a1","name":"T","album":{"name":"LP","url":""},"artists":[{"name":"N","url":""}],
            "duration_ms":61500,"date_added":"2020-10-20","date_added_asterisk":true,"date_removed":null}]}"#,
    );
    let (code, _, remarks) = run(folder.path(), &["import", "list.csv", "rap.json"]);
    assert_eq!(code, 0, "{remarks}");
    folder
}

#[test]
fn a_player_gets_the_tracks_that_have_audio_and_the_rest_is_named() {
    let folder = catalogue();
    let (code, answer, remarks) = run(
        folder.path(),
        &["export", "late / night", "--out", "lists/night.m3u8"],
    );
    assert_eq!(code, 3, "{remarks}");
    assert!(answer.contains("lists/night.m3u8"), "{answer}");
    assert!(
        remarks.contains("C; D - Three") && !remarks.contains("Gone"),
        "{remarks}"
    );
    let list = fs::read_to_string(folder.path().join("lists/night.m3u8")).unwrap();
    assert!(list.contains("#PLAYLIST:Late / Night\n"), "{list}");
    assert!(
        list.contains("\n../music/a #1.wav\n") && list.contains("\n../music/deep/b.wav\n"),
        "{list}"
    );

    let (code, answer, remarks) = run(
        folder.path(),
        &["import", "lists/night.m3u8", "--out", "again"],
    );
    assert_eq!((code, remarks.as_str()), (0, ""));
    assert!(answer.contains("2 new"), "{answer}");
}

#[test]
fn all_lists_become_one_file_each_and_come_back() {
    let folder = catalogue();
    for format in ["xspf", "jspf", "csv", "tsv", "json"] {
        let out = format!("out-{format}");
        let (code, _, remarks) = run(
            folder.path(),
            &["export", "--format", format, "--out", &out],
        );
        assert_eq!(code, 0, "{format}: {remarks}");
        for name in ["Late _ Night", "RapCaviar"] {
            assert!(
                folder
                    .path()
                    .join(&out)
                    .join(format!("{name}.{format}"))
                    .is_file(),
                "{format}: {name}"
            );
        }
        // What went out comes back in as the same lists and the same tracks.
        let (_, answer, remarks) = run(folder.path(), &["import", &out]);
        let row = answer.lines().nth(1).unwrap();
        assert!(
            row.contains("0 new") && !row.contains("1 new"),
            "{format}: {answer}\n{remarks}"
        );
    }
}

#[test]
fn lists_of_a_service_do_not_become_trainable_on_the_way() {
    let folder = catalogue();
    for format in ["xspf", "jspf", "csv", "json"] {
        let file = format!("rap.{format}");
        run(folder.path(), &["export", "RapCaviar", "--out", &file]);
        let into = format!("from-{format}");
        let (code, _, remarks) = run(folder.path(), &["import", &file, "--out", &into]);
        assert_eq!(code, 0, "{remarks}");
        let catalogue = store::read(&folder.path().join(&into)).unwrap();
        assert_eq!(
            catalogue.playlists[0].id, "archive:37i9dQZF1DX0XUsuxWHRQd",
            "{format}"
        );
        assert!(
            catalogue.provenance.iter().all(|row| !row.may_train),
            "{format}"
        );
    }
}

#[test]
fn mistakes_are_errors_with_a_next_step() {
    let folder = catalogue();
    put(&folder, "empty.json", "");
    put(&folder, "cut.xspf", "<playlist><title>x");
    put(&folder, "none.m3u8", "#EXTM3U\n");
    fs::create_dir_all(folder.path().join("clone/playlists/cumulative")).unwrap();
    put(&folder, "clone/playlists/cumulative/a.json", "");
    fs::create_dir(folder.path().join("x.json")).unwrap();
    for (arguments, code, says) in [
        (&["export", "nigth", "--out", "x.csv"][..], 1, "near it:"),
        (
            &["export", "--out", "all.csv"],
            1,
            "name one list, or a folder",
        ),
        (&["export", "--out", "folder"], 1, "--format"),
        (&["import", "clone"], 3, "a.json: the file is empty"),
        (
            &["export", "--out", "folder", "--format", "mp3"],
            2,
            "one of m3u8",
        ),
        (
            &["export", "RapCaviar", "--out", "rap.m3u8"],
            3,
            "none of its 1 tracks has audio",
        ),
        (
            &["export", "RapCaviar", "--out", "list.csv/rap.csv"],
            1,
            "choose another --out",
        ),
        (
            &["export", "--playlists", "nowhere", "--out", "x.csv"],
            1,
            "nowhere",
        ),
        (
            &["import", "empty.json"],
            1,
            "empty.json: the file is empty",
        ),
        (&["import", "cut.xspf"], 1, "ends inside"),
        (&["import", "x.json"], 1, "x.json"),
        (&["import", "none.m3u8"], 3, "holds no tracks"),
    ] {
        let (found, _, remarks) = run(folder.path(), arguments);
        assert_eq!(found, code, "{arguments:?}: {remarks}");
        assert!(
            remarks.contains(says) && !remarks.contains("panicked"),
            "{arguments:?}: {remarks}"
        );
    }
    assert!(!folder.path().join("rap.m3u8").exists());
}
