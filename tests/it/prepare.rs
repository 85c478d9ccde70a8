//! `prepare` as a user runs it: tracks without audio, the user's folders, answers in `pending.csv`, and a command.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use assert_cmd::Command;
use catalogue::Track;
use serde_json::{Value, json};
use tempfile::TempDir;
use wiremock::matchers::{path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::stage::run;

/// A folder whose catalogue holds these artists and titles, without audio.
fn catalogue_of(tracks: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let rows: String = tracks
        .iter()
        .map(|(artist, title)| format!("{},{},mine\n", quoted(artist), quoted(title)))
        .collect();
    fs::write(
        folder.path().join("lists.csv"),
        format!("artist,title,playlist\n{rows}"),
    )
    .unwrap();
    let (code, _, remarks) = run(&folder, &["import", "lists.csv"]);
    assert_eq!(code, 0, "{remarks}");
    folder
}

/// Two seconds of a tone; another `hertz` is another recording.
fn write_song(path: &Path, hertz: f64) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 8_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    for n in 0..16_000 {
        let angle = f64::from(n) / 8_000.0 * hertz * std::f64::consts::TAU;
        writer
            .write_sample((angle.sin() * 10_000.0) as i16)
            .unwrap();
    }
    writer.finalize().unwrap();
}

fn song(folder: &TempDir, path: &str, hertz: f64) -> PathBuf {
    let path = folder.path().join(path);
    write_song(&path, hertz);
    path
}

fn tracks(folder: &TempDir) -> Vec<Track> {
    store::read(&folder.path().join("catalogue"))
        .unwrap()
        .tracks
}

fn track(folder: &TempDir, title: &str) -> Track {
    tracks(folder)
        .into_iter()
        .find(|track| track.title == title)
        .unwrap()
}

/// Writes an answer under `accept` in every row that holds `what`.
fn answer_pending(folder: &TempDir, what: &str, answer: &str) {
    let path = folder.path().join("catalogue/pending.csv");
    let text = fs::read_to_string(&path).unwrap();
    let rows = text.lines().map(|line| {
        if line.contains(what) && line.starts_with(',') {
            format!("{answer}{line}\n")
        } else {
            format!("{line}\n")
        }
    });
    let rows: String = rows.collect();
    assert!(rows.contains(answer), "{rows}");
    fs::write(path, rows).unwrap();
}

#[test]
fn folders_are_searched_and_what_is_found_becomes_clips() {
    let folder = catalogue_of(&[
        ("Sigur Rós", "Hoppípolla"),
        ("New Order", "Blue Monday"),
        ("New Order", "Blue Monday (Remix)"),
        ("Adele", "Hello"),
        ("Nobody", "Gone"),
    ]);
    let plain = song(&folder, "music/New Order - Blue Monday.wav", 300.0);
    song(
        &folder,
        "music/deep/sigur ros/Takk/04 hoppipolla.wav",
        310.0,
    );
    song(&folder, "music/New Order - Blue Monday (Live).wav", 320.0);
    song(&folder, "music/Lionel Richie - Hello.wav", 330.0);
    fs::write(folder.path().join("music/broken.mp3"), "no audio").unwrap();
    let (code, answer, remarks) = run(&folder, &["prepare", "--audio", "music"]);
    assert_eq!(code, 3, "{remarks}");
    assert!(
        answer.contains("2 clips prepared at 32000 Hz, 0 were there already, 0 failed"),
        "{answer}"
    );
    assert!(
        answer.contains("file name") && answer.contains("Gone") && answer.contains("--audio"),
        "{answer}"
    );
    assert!(remarks.contains("broken.mp3"), "{remarks}");
    let found = track(&folder, "Blue Monday");
    assert_eq!(
        found
            .audio
            .as_deref()
            .map(|path| path.canonicalize().unwrap()),
        Some(plain.canonicalize().unwrap())
    );
    assert!(
        found.audio_hash.is_some() && found.duration_seconds == Some(2.0),
        "{found:?}"
    );
    assert!(track(&folder, "Hoppípolla").audio.is_some());
    for other in ["Blue Monday (Remix)", "Hello", "Gone"] {
        assert!(track(&folder, other).audio.is_none(), "{other}");
    }
    // What was found is on its lists still, under its new id.
    let catalogue = store::read(&folder.path().join("catalogue")).unwrap();
    assert!(catalogue.placements.iter().any(|row| row.track == found.id));
    let (code, answer, _) = run(&folder, &["prepare", "--audio", "music"]);
    assert!(
        code == 3 && answer.contains("0 clips prepared at 32000 Hz, 2 were there already"),
        "{answer}"
    );
}

#[test]
fn what_is_not_sure_is_put_to_the_user_and_the_answers_hold() {
    let folder = catalogue_of(&[
        ("Adele", "Hello"),
        ("Queen", "Innuendo"),
        ("Oasis", "Wonderwall"),
    ]);
    song(&folder, "music/Hello.wav", 300.0);
    song(&folder, "music/Queen - Innuendo (2011 Remaster).wav", 310.0);
    song(&folder, "music/Oasis - Wonderwall - Live.wav", 320.0);
    let (code, answer, _) = run(&folder, &["prepare", "--audio", "music"]);
    assert_eq!(code, 3);
    assert!(
        answer.contains("pending") && answer.contains("pending.csv") && answer.contains("remaster"),
        "{answer}"
    );
    assert!(tracks(&folder).iter().all(|track| track.audio.is_none()));

    answer_pending(&folder, "Hello.wav", "yes");
    answer_pending(&folder, "Innuendo", "no");
    answer_pending(&folder, "Wonderwall", "perhaps");
    let (code, answer, _) = run(&folder, &["prepare", "--audio", "music"]);
    assert!(
        code == 3 && answer.contains("accepted by you") && answer.contains("1 clips prepared"),
        "{answer}"
    );
    assert!(
        answer.contains("perhaps") && answer.contains("neither yes nor no"),
        "{answer}"
    );
    assert!(track(&folder, "Hello").audio.is_some());
    let rows = fs::read_to_string(folder.path().join("catalogue/pending.csv")).unwrap();
    assert!(
        rows.contains("no,") && !rows.contains("Hello.wav"),
        "{rows}"
    );
    // A no is remembered: the file is not offered again.
    let (_, answer, _) = run(&folder, &["prepare", "--audio", "music", "--json"]);
    let document: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(document["schema_version"], 2);
    assert_eq!(document["not_found"][0]["title"], "Innuendo");
    assert_eq!(document["pending"], Value::Array(Vec::new()));
    assert_eq!(document["clips"]["there"], 1);
}

#[test]
fn two_answers_for_one_track_are_a_slip_that_is_named() {
    let folder = catalogue_of(&[("Adele", "Hello")]);
    song(&folder, "music/a/Hello.wav", 300.0);
    song(&folder, "music/b/Hello.wav", 310.0);
    run(&folder, &["prepare", "--audio", "music"]);
    answer_pending(&folder, "Hello", "yes");
    let (code, answer, _) = run(&folder, &["prepare"]);
    assert!(
        code == 3 && answer.contains("two files have a yes"),
        "{answer}"
    );
}

#[test]
fn of_very_many_tracks_without_audio_ten_are_named() {
    let titles: Vec<String> = (0..25).map(|n| format!("Song number {n}")).collect();
    let rows: Vec<(&str, &str)> = titles.iter().map(|title| ("A", title.as_str())).collect();
    let (code, answer, _) = run(&catalogue_of(&rows), &["prepare"]);
    assert_eq!(code, 3);
    assert!(
        answer.contains("25 tracks have no audio") && answer.contains("the first 10"),
        "{answer}"
    );
    assert_eq!(
        answer
            .lines()
            .filter(|line| line.contains("Song number"))
            .count(),
        10
    );
}

/// Copies the song that is named as the title, and says so.
const SCRIPT: &str = r#"
printf '%s\n' "$1" >> asked
case "$1" in
  Bad*) echo "no such song" >&2; exit 4 ;;
  Page*) echo '<html>not found</html>' > "$2" ;;
  Empty*) : > "$2" ;;
  *) cp "songs/$(printf %s "$1" | tr -c 'A-Za-z0-9' _).wav" "$2.wav" ;;
esac
"#;

fn with_script(tracks: &[(&str, &str)]) -> TempDir {
    let folder = catalogue_of(tracks);
    fs::write(folder.path().join("fetch.sh"), SCRIPT).unwrap();
    for (n, (_, title)) in tracks.iter().enumerate() {
        let name: String = title
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
            .collect();
        song(
            &folder,
            &format!("songs/{name}.wav"),
            300.0 + 10.0 * n as f64,
        );
    }
    folder
}

const FETCH: &str = "sh fetch.sh -- {title} {out}";

#[test]
fn a_command_fetches_and_one_failure_does_not_stop_the_batch() {
    let dangerous = "$(touch evil) `touch evil` \"; touch evil; ' {out}";
    let folder = with_script(&[
        ("A", "Hello"),
        ("A", dangerous),
        ("A", "Bad luck"),
        ("A", "Page"),
        ("A", "Empty"),
        ("A", "-rf /"),
    ]);
    let fetch = FETCH.replace("-- ", "");
    let (code, answer, remarks) = run(&folder, &["prepare", "--fetch-command", &fetch]);
    assert_eq!(code, 3, "{remarks}");
    assert!(answer.contains("2 clips prepared"), "{answer}");
    for says in ["no such song", "no audio", "empty", "takes for an option"] {
        assert!(answer.contains(says), "{says}: {answer}");
    }
    assert!(!folder.path().join("evil").exists());
    let asked = fs::read_to_string(folder.path().join("asked")).unwrap();
    assert!(asked.contains(dangerous), "{asked}");
    let hello = track(&folder, "Hello");
    let name = format!("catalogue/audio/{}.wav", hello.audio_hash.unwrap());
    assert!(folder.path().join(&name).is_file() && hello.audio.unwrap().ends_with(&name));
    // No other files remain, and nothing is fetched twice.
    assert_eq!(
        fs::read_dir(folder.path().join("catalogue/audio"))
            .unwrap()
            .count(),
        2
    );
    run(&folder, &["prepare", "--fetch-command", &fetch]);
    let asked = fs::read_to_string(folder.path().join("asked")).unwrap();
    assert_eq!(asked.lines().filter(|line| *line == "Hello").count(), 1);
}

#[test]
fn the_same_audio_for_two_songs_is_asked_about() {
    let folder = with_script(&[("A", "First song"), ("B", "Second thing")]);
    let one = "cp songs/First_song.wav {out}";
    let (code, answer, _) = run(&folder, &["prepare", "--fetch-command", one]);
    assert!(
        code == 3 && answer.contains("1 clips prepared") && answer.contains("already"),
        "{answer}"
    );
    // What waits for an answer is not fetched again.
    answer_pending(&folder, "catalogue/audio", "no");
    let (_, answer, _) = run(&folder, &["prepare", "--fetch-command", one]);
    assert!(
        !answer.contains("already;") && answer.contains("not found"),
        "{answer}"
    );
}

#[test]
fn a_template_that_cannot_work_is_refused_before_anything_is_done() {
    let folder = with_script(&[("A", "Hello")]);
    for (template, says) in [
        ("fetch {title}", "{out}"),
        ("fetch '{out}", "not closed"),
        ("x {key} {out}", "{key}"),
    ] {
        let (code, answer, remarks) = run(&folder, &["prepare", "--fetch-command", template]);
        assert_eq!((code, answer.as_str()), (1, ""), "{template}");
        assert!(remarks.contains(says), "{remarks}");
    }
    let (code, answer, _) = run(
        &folder,
        &["prepare", "--fetch-command", "no-such-program {out}"],
    );
    assert!(
        code == 3 && answer.contains("cannot be started"),
        "{answer}"
    );
    let (code, _, remarks) = run(&folder, &["prepare", "--audio", "nowhere"]);
    assert!(code == 1 && remarks.contains("nowhere"), "{remarks}");
}

/// Starts a fetch that writes half a file and does not end; answers once it has begun.
fn begun(folder: &TempDir) -> std::process::Child {
    let slow = r#"sh -c 'head -c 999 songs/Hello.wav > "$1"; echo $$ > begun; sleep 3; touch lived-on' sh {out}"#;
    let child = std::process::Command::new(assert_cmd::cargo::cargo_bin("playlist-fit"))
        .args(["prepare", "--fetch-command", slow])
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while fs::read_to_string(folder.path().join("begun"))
        .unwrap_or_default()
        .is_empty()
    {
        sleep(Duration::from_millis(10));
    }
    child
}

#[test]
fn ctrl_c_ends_the_command_too() {
    let folder = with_script(&[("A", "Hello")]);
    let mut child = begun(&folder);
    let interrupt = ["-INT", &child.id().to_string()];
    assert!(
        std::process::Command::new("kill")
            .args(interrupt)
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(child.wait().unwrap().code(), Some(130));
    sleep(Duration::from_secs(4));
    assert!(!folder.path().join("lived-on").exists());
}

#[test]
fn a_killed_run_leaves_nothing_half_and_the_next_goes_on() {
    let folder = with_script(&[("A", "Hello")]);
    let mut child = begun(&folder);
    child.kill().unwrap();
    child.wait().unwrap();
    let names = fs::read_dir(folder.path().join("catalogue/audio")).unwrap();
    let names: Vec<String> = names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(
        names.iter().all(|name| name.starts_with(".part-")),
        "{names:?}"
    );
    assert!(track(&folder, "Hello").audio.is_none());
    let (code, answer, remarks) = run(
        &folder,
        &["prepare", "--fetch-command", &FETCH.replace("-- ", "")],
    );
    assert_eq!(code, 0, "{answer}{remarks}");
    assert!(answer.contains("1 clips prepared"), "{answer}");
}

/// A recorded Jamendo: a list of three tracks, of which the artist of the third allows no download and the file of the
/// second is a page of HTML.
#[tokio::test]
async fn what_jamendo_and_the_artist_allow_is_downloaded() {
    let track = |id: &str, title: &str, allowed: bool| {
        json!({"id": id, "name": title, "artist_name": "Ann", "duration": 2, "audiodownload_allowed": allowed,
            "license_ccurl": "http://creativecommons.org/licenses/by/3.0/"})
    };
    let tracks = [
        track("1", "Song", true),
        track("2", "Page", true),
        track("3", "Kept", false),
    ];
    let list = json!({"headers": {"status": "success", "code": 0},
        "results": [{"id": "9", "name": "Calm", "tracks": tracks}]});
    let folder = TempDir::new().unwrap();
    let recording = fs::read(song(&folder, "recorded.wav", 440.0)).unwrap();
    let server = MockServer::start().await;
    let give = async |at: &str, id: Option<&str>, answer: ResponseTemplate| {
        let mock = Mock::given(path(at));
        let mock = match id {
            Some(id) => mock.and(query_param("id", id)),
            None => mock,
        };
        mock.respond_with(answer).mount(&server).await;
    };
    let ok = ResponseTemplate::new(200);
    give(
        "/v3.0/playlists/tracks/",
        None,
        ok.clone().set_body_json(list),
    )
    .await;
    let song = ok.clone().set_body_raw(recording, "audio/mpeg");
    give("/v3.0/tracks/file/", Some("1"), song).await;
    let page = ok.set_body_raw("<html>Sorry</html>", "text/html");
    give("/v3.0/tracks/file/", Some("2"), page).await;
    let run = |arguments: &[&str]| {
        let mut command = Command::cargo_bin("playlist-fit").unwrap();
        let output = command
            .current_dir(folder.path())
            .args(arguments)
            .env("XDG_CACHE_HOME", folder.path().join("cache"))
            .env("XDG_CONFIG_HOME", folder.path().join("config"))
            .env("JAMENDO_CLIENT_ID", "k3y0fth3app")
            .env("PLAYLIST_FIT_JAMENDO_API", server.uri())
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (
            output.status.code(),
            text(&output.stdout),
            text(&output.stderr),
        )
    };
    let (code, _, remarks) = run(&["collect", "jamendo", "9"]);
    assert_eq!(code, Some(0), "{remarks}");
    let (code, answer, remarks) = run(&["prepare", "--download"]);
    assert_eq!(code, Some(3), "{answer} {remarks}");
    assert!(answer.contains("1 clips prepared"), "{answer}");
    assert!(
        answer.contains("Page") && answer.contains("Kept"),
        "{answer}"
    );
    let found = self::track(&folder, "Song").audio.unwrap();
    assert!(
        found.starts_with(folder.path().join("catalogue/audio")),
        "{found:?}"
    );
    assert!(self::track(&folder, "Page").audio.is_none());
    let asked = server.received_requests().await.unwrap();
    assert!(
        asked
            .iter()
            .all(|request| !request.url.query().unwrap().contains("id=3&"))
    );
}
