//! `similar` as a user runs it: songs, a history or a path in, a playlist out.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::run;
use crate::schema::assert_valid;

/// Two seconds of noise with a tone and a beat of their own.
fn sound(path: &Path, seed: u64) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 32_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut random = fastrand::Rng::with_seed(seed);
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    let (beat, tone) = (2.0 + seed as f32, 100.0 * 1.3_f32.powi(seed as i32));
    for n in 0..64_000 {
        let turn = n as f32 / 32_000.0 * std::f32::consts::TAU;
        let envelope = 0.5 + 0.5 * (turn * beat).sin();
        let sample = (turn * tone).sin() + random.f32() - 0.5;
        writer
            .write_sample((sample * envelope * 12_000.0) as i16)
            .unwrap();
    }
    writer.finalize().unwrap();
}

/// A folder `music` with songs by artists of two songs each; one of the titles is hostile.
fn music(count: u64) -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::create_dir_all(folder.path().join("music/deep er")).unwrap();
    for seed in 0..count {
        sound(&folder.path().join(name(seed)), seed);
    }
    folder
}

fn name(seed: u64) -> String {
    let title = match seed {
        1 => "<script>alert('x')& #1 50%".into(),
        _ => format!("Sound {seed}"),
    };
    let deep = if seed % 3 == 1 { "deep er/" } else { "" };
    format!("music/{deep}Artist {} - {title}.wav", seed / 2)
}

fn report(folder: &TempDir, arguments: &[&str]) -> Value {
    let arguments = [&["similar"], arguments, &["--json"]].concat();
    let (code, answer, remarks) = run(folder, &arguments);
    assert_eq!(code, 0, "{remarks}");
    let report = serde_json::from_str(&answer).unwrap();
    assert_valid("SimilarReport", &report);
    report
}

fn titles(report: &Value) -> Vec<String> {
    let tracks = report["tracks"].as_array().unwrap().iter();
    tracks
        .map(|track| track["title"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_list_around_a_song_is_written_in_every_form_and_comes_back() {
    let folder = music(8);
    fs::write(folder.path().join("music/broken.mp3"), "no audio").unwrap();
    let song = name(0);
    // The old name of the flag still works.
    let asked = [
        "similar", &song, "--among", "music", "--tracks", "4", "--json",
    ];
    let (code, first, remarks) = run(
        &folder,
        &[&asked[..], &["--out", "lists/like.m3u8"]].concat(),
    );
    assert_eq!(code, 3, "{remarks}");
    assert!(
        remarks.contains("skipped") && remarks.contains("broken.mp3"),
        "{remarks}"
    );
    fs::remove_file(folder.path().join("music/broken.mp3")).unwrap();
    let (_, again, _) = run(&folder, &asked);
    assert_eq!(first, again, "cached outputs give the same playlist");

    let parsed: Value = serde_json::from_str(&first).unwrap();
    assert_eq!(
        (&parsed["schema_version"], &parsed["way"]),
        (&1.into(), &"around".into())
    );
    assert_eq!(parsed["tracks"].as_array().unwrap().len(), 4);
    assert!(!titles(&parsed).contains(&"Sound 0".to_owned()));
    let written = fs::read_to_string(folder.path().join("lists/like.m3u8")).unwrap();
    let places: Vec<&str> = written
        .lines()
        .filter(|line| !line.starts_with('#'))
        .collect();
    assert!(
        places.iter().all(|place| place.starts_with("../music/")),
        "{written}"
    );
    assert!(
        places
            .iter()
            .all(|place| folder.path().join("lists").join(place).is_file())
    );

    for form in ["xspf", "jspf", "csv", "m3u8"] {
        let file = format!("like.{form}");
        let (code, _, remarks) = run(&folder, &[&asked[..], &["--out", &file]].concat());
        assert_eq!(code, 0, "{remarks}");
        let catalogue = format!("from-{form}");
        let (code, _, remarks) = run(&folder, &["import", &file, "--out", &catalogue]);
        assert_eq!(code, 0, "{form}: {remarks}");
        let export = ["export", "--playlists", &catalogue, "--out", "back.m3u8"];
        let (code, _, remarks) = run(&folder, &export);
        assert_eq!(code, 0, "{form}: {remarks}");
        let back = fs::read_to_string(folder.path().join("back.m3u8")).unwrap();
        let count = back
            .lines()
            .filter(|line| line.starts_with("music/"))
            .count();
        assert_eq!(count, 4, "{form}: {back}");
    }
}

#[test]
fn hostile_titles_stay_text_and_the_cap_holds() {
    let folder = music(6);
    let song = name(5);
    let all = ["similar", &song, "--candidates", "music", "--tracks", "50"];
    let one_each = ["--per-artist", "1", "--out", "a.xspf", "--json"];
    let (code, one, remarks) = run(&folder, &[&all[..], &one_each].concat());
    assert_eq!(code, 0, "{remarks}");
    assert!(remarks.contains("of the 50 tracks"), "{remarks}");
    let one: Value = serde_json::from_str(&one).unwrap();
    let artists = one["tracks"].as_array().unwrap().iter();
    let artists: Vec<&str> = artists
        .map(|track| track["artists"][0].as_str().unwrap())
        .collect();
    let distinct: BTreeSet<&&str> = artists.iter().collect();
    assert!(
        artists.len() == distinct.len() && artists.len() > 1,
        "{artists:?}"
    );
    let two = report(&folder, &[&all[1..], &["--out", "b.xspf"]].concat());
    assert!(
        titles(&two)
            .iter()
            .any(|title| title.starts_with("<script>"))
    );
    let page = fs::read_to_string(folder.path().join("b.xspf")).unwrap();
    assert!(
        !page.contains("<script>") && page.contains("&lt;script&gt;"),
        "{page}"
    );
    assert!(page.contains("%231%2050%25.wav"), "{page}");
}

#[test]
fn the_bundle_s_own_tracks_are_chosen_from_where_no_folder_is_named() {
    let folder = music(2);
    let song = name(0);
    let found = report(&folder, &[&song, "--out", "like.jspf"]);
    assert_eq!(found["tracks"].as_array().unwrap().len(), 20);
    let distinct: BTreeSet<String> = titles(&found).into_iter().collect();
    assert_eq!(distinct.len(), 20);
    let (code, _, remarks) = run(&folder, &["similar", &song, "--out", "like.m3u8"]);
    assert!(code == 1 && remarks.contains("--candidates"), "{remarks}");
    assert!(!folder.path().join("like.m3u8").exists());

    let walked = report(&folder, &["--path", &song, &name(1), "--tracks", "6"]);
    assert_eq!(
        (walked["tracks"].as_array().unwrap().len(), &walked["way"]),
        (6, &"path".into())
    );
    assert!(walked["last_step"]["similarity"].is_f64());
}

#[test]
fn a_history_is_followed_in_proportion_and_left_out() {
    let folder = music(1);
    // By the demo bundle's own tracks, as Spotify exports them.
    let bundle = fs::read("fixtures/default-bundle/tracks.json").unwrap();
    let tracks: Vec<Value> = serde_json::from_slice(&bundle).unwrap();
    let played: Vec<&Value> = tracks.iter().step_by(20).collect();
    let stream = |track: &&Value| serde_json::json!({ "artistName": track["artists"][0], "trackName": track["title"], "msPlayed": 60_000 });
    let mut streams: Vec<Value> = played.iter().map(stream).collect();
    streams.push(
        serde_json::json!({ "artistName": "Nobody", "trackName": "<b>", "msPlayed": 60_000 }),
    );
    let file = folder.path().join("StreamingHistory0.json");
    fs::write(&file, serde_json::to_vec(&streams).unwrap()).unwrap();
    let history = ["--history", "StreamingHistory0.json"];
    let (code, _, remarks) = run(&folder, &[&["similar"], &history[..]].concat());
    assert!(code == 0 && remarks.contains("`Nobody - <b>`"), "{remarks}");

    let found = report(&folder, &[&history[..], &["--variety", "0"]].concat());
    let mix = found["mix"].as_array().unwrap();
    let taken: u64 = mix
        .iter()
        .map(|share| share["tracks"].as_u64().unwrap())
        .sum();
    assert_eq!(taken, 20);
    let off = |share: &Value| {
        (share["history"].as_f64().unwrap() * 20.0 - share["tracks"].as_f64().unwrap()).abs()
    };
    assert!(mix.iter().all(|share| off(share) <= 2.0), "{mix:?}");
    let chosen = titles(&found);
    assert!(
        played
            .iter()
            .all(|track| !chosen.contains(&track["title"].as_str().unwrap().to_owned()))
    );
    assert_ne!(
        chosen,
        titles(&report(
            &folder,
            &[&history[..], &["--variety", "1"]].concat()
        ))
    );
    assert_eq!(
        chosen,
        titles(&report(
            &folder,
            &[&history[..], &["--variety", "0"]].concat()
        ))
    );

    fs::write(
        folder.path().join("list.m3u8"),
        format!("#EXTM3U\n{}\n", name(0)),
    )
    .unwrap();
    let by_file = report(&folder, &["--history", "list.m3u8"]);
    assert_eq!(by_file["songs"].as_array().unwrap().len(), 1);
}

#[test]
fn a_signature_says_in_how_much_the_songs_agree() {
    let folder = music(10);
    let list: String = (0..4).map(|seed| format!("{}\n", name(seed))).collect();
    fs::write(folder.path().join("mine.m3u8"), list).unwrap();
    let arguments = [
        "--signature",
        "mine.m3u8",
        "--candidates",
        "music",
        "--tracks",
        "3",
    ];
    let found = report(&folder, &arguments);
    assert_eq!(found["tracks"].as_array().unwrap().len(), 3);
    assert_eq!(found["songs"].as_array().unwrap().len(), 4);
    let signature = &found["signature"];
    assert!((3..=16).contains(&signature["dimensions"].as_u64().unwrap()));
    let near: Vec<f64> = found["tracks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|track| track["in_signature"].as_f64().unwrap())
        .collect();
    assert!(near.is_sorted_by(|left, right| left >= right), "{near:?}");
    assert_eq!(found, report(&folder, &arguments));
}

#[test]
fn what_cannot_be_done_is_said_in_words() {
    let folder = music(2);
    fs::create_dir(folder.path().join("empty")).unwrap();
    fs::write(folder.path().join("text.wav"), "no audio").unwrap();
    fs::write(
        folder.path().join("top.csv"),
        "artist,track\nNobody,Nothing\n",
    )
    .unwrap();
    let song = name(0);
    let cases: [(&[&str], i32, &str); 11] = [
        (&[], 2, "SONG"),
        (&[&song, "--variety", "2"], 2, "from 0 to 1"),
        (&[&song, "--tracks", "0"], 2, "--tracks"),
        (&[&song, "--out", "list.doc"], 1, "m3u8, xspf, jspf"),
        (&[&song, "--candidates", "gone"], 1, "no such folder"),
        (
            &[&song, "--candidates", "empty"],
            1,
            "none of its songs could be analysed",
        ),
        (&["text.wav"], 1, "none of the songs could be analysed"),
        (&["gone.wav"], 1, "gone.wav"),
        (&["--path", &song], 1, "two songs"),
        (&["--signature", &song], 1, "at least 3 songs"),
        (&["--history", "top.csv"], 1, "`Nobody - Nothing`"),
    ];
    for (arguments, expected, words) in cases {
        let (code, answer, remarks) = run(&folder, &[&["similar"], arguments].concat());
        assert_eq!(
            (code, answer.as_str()),
            (expected, ""),
            "{arguments:?}: {remarks}"
        );
        assert!(remarks.contains(words), "{arguments:?}: {remarks}");
    }
}
