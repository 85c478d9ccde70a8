//! `playlist-fit collect` as a user runs it, against a service on the loopback.

use std::collections::{BTreeSet, HashMap};
use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use catalogue::Catalogue;
use serde_json::{Value, json};
use tempfile::TempDir;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

/// Rows of a page, as the program requests.
const PAGE: usize = 100;

/// Deezer on the loopback: playlists of numbered tracks, each tenth without an ISRC in its row.
#[derive(Clone, Default)]
struct Deezer(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    lists: HashMap<String, Vec<Option<i64>>>,
    /// Number of requests for each URL.
    asked: HashMap<String, usize>,
    /// The response to this URL is delayed without end.
    stalled: Option<String>,
    /// Replaces every response.
    refusal: Option<ResponseTemplate>,
}

impl Deezer {
    fn with<T>(&self, with: impl FnOnce(&mut State) -> T) -> T {
        with(&mut self.0.lock().unwrap())
    }

    fn put(&self, list: &str, tracks: impl IntoIterator<Item = Option<i64>>) {
        let tracks = tracks.into_iter().collect();
        self.with(|state| state.lists.insert(list.to_owned(), tracks));
    }

    fn stall(&self, url: Option<&str>) {
        self.with(|state| state.stalled = url.map(str::to_owned));
    }

    fn asked(&self, url: &str) -> usize {
        self.with(|state| state.asked.get(url).copied().unwrap_or_default())
    }

    async fn serve(&self) -> MockServer {
        let server = MockServer::builder()
            .disable_request_recording()
            .start()
            .await;
        let deezer = self.clone();
        let give = move |request: &Request| {
            let url = request.url[url::Position::BeforePath..].to_owned();
            deezer.with(|state| state.answer(request, url))
        };
        Mock::given(any()).respond_with(give).mount(&server).await;
        server
    }
}

impl State {
    fn answer(&mut self, request: &Request, url: String) -> ResponseTemplate {
        *self.asked.entry(url.clone()).or_default() += 1;
        if let Some(refusal) = &self.refusal {
            return refusal.clone();
        }
        let path: Vec<&str> = request.url.path_segments().unwrap().collect();
        let index = request.url.query_pairs().find(|(name, _)| name == "index");
        let index = index.map_or(0, |(_, index)| index.parse().unwrap());
        let body = match path[..] {
            ["playlist", list] => self.header(list),
            ["playlist", list, "tracks"] => self.page(list, index),
            ["track", id] => row(id.parse().unwrap(), true),
            ["search", "playlist"] => {
                json!({"data": [{"id": 5, "title": "Lo-fi", "user": {"name": "Ann"}}]})
            }
            _ => no_data(),
        };
        let answer = ResponseTemplate::new(200).set_body_json(body);
        if self.stalled.as_ref() == Some(&url) {
            answer.set_delay(Duration::from_secs(3600))
        } else {
            answer
        }
    }

    fn header(&self, list: &str) -> Value {
        let Some(tracks) = self.lists.get(list) else {
            return no_data();
        };
        json!({"id": list.parse::<u64>().unwrap(), "title": format!("List {list}"), "checksum": checksum(tracks)})
    }

    fn page(&self, list: &str, index: usize) -> Value {
        let tracks = &self.lists[list];
        let end = tracks.len().min(index + PAGE);
        let rows = tracks[index..end].iter();
        let rows: Vec<_> = rows.map(|id| id.map(|id| row(id, id % 10 != 0))).collect();
        let mut page = json!({"data": rows, "checksum": checksum(tracks), "total": tracks.len()});
        if end < tracks.len() {
            page["next"] = json!(format!(
                "https://api.deezer.com/playlist/{list}/tracks?limit={PAGE}&index={end}"
            ));
        }
        page
    }
}

fn checksum(tracks: &[Option<i64>]) -> String {
    format!("{} {:?}", tracks.len(), tracks.last())
}

fn row(id: i64, with_isrc: bool) -> Value {
    let mut row = json!({"id": id, "title": format!("Song {id}"), "duration": 200, "time_add": 1_700_000_000,
        "artist": {"name": format!("Artist {}", id % 500)}, "album": {"title": "Album"}});
    if with_isrc {
        row["isrc"] = json!(format!("FRXXX{id:07}"));
    }
    row
}

fn no_data() -> Value {
    json!({"error": {"type": "DataException", "message": "no data", "code": 800}})
}

fn command(folder: &TempDir, server: &MockServer, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_playlist-fit"));
    command
        .current_dir(folder.path())
        .args(["collect", "deezer"])
        .args(arguments)
        .env("XDG_CACHE_HOME", folder.path().join("cache"))
        .env("XDG_CONFIG_HOME", folder.path().join("config"))
        .env("PLAYLIST_FIT_DEEZER_API", server.uri())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Returns exit code, stdout and stderr.
fn run(folder: &TempDir, server: &MockServer, arguments: &[&str]) -> (i32, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = command(folder, server, arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap_or(-1), text(stdout), text(stderr))
}

fn catalogue(folder: &TempDir) -> Catalogue {
    store::read(&folder.path().join("catalogue")).unwrap()
}

/// A long playlist is complete, even if the program is killed twice.
#[tokio::test]
async fn a_long_list_survives_kills_without_a_loss_and_without_asking_twice() {
    let deezer = Deezer::default();
    deezer.put("1", (1..=10_000).map(Some));
    let server = deezer.serve().await;
    let folder = TempDir::new().unwrap();
    let page = format!("/playlist/1/tracks?limit={PAGE}&index=6000");
    let track = "/track/5000";
    for stalled in [page.as_str(), track] {
        deezer.stall(Some(stalled));
        let mut child = command(&folder, &server, &["1"]).spawn().unwrap();
        let patience = Instant::now() + Duration::from_secs(120);
        while deezer.asked(stalled) == 0 && Instant::now() < patience {
            assert!(
                child.try_wait().unwrap().is_none(),
                "it ended before {stalled}"
            );
            std::thread::sleep(Duration::from_millis(10));
        }
        assert_eq!(deezer.asked(stalled), 1, "it never came to {stalled}");
        child.kill().unwrap();
        child.wait().unwrap();
    }
    deezer.stall(None);
    let (code, answer, remarks) = run(&folder, &server, &["1", "--json"]);
    assert_eq!(code, 0, "{remarks}");
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(answer["schema_version"], 2);
    assert_eq!(answer["lists"][0]["on_it_now"], 10_000);
    assert_eq!(answer["lists"][0]["new"], 10_000);

    let catalogue = catalogue(&folder);
    let isrcs: BTreeSet<_> = catalogue
        .tracks
        .iter()
        .filter_map(|track| track.isrc.as_ref())
        .collect();
    assert_eq!((isrcs.len(), catalogue.tracks.len()), (10_000, 10_000));
    assert_eq!(catalogue.placements.len(), 10_000);
    assert!(
        catalogue
            .provenance
            .iter()
            .all(|row| row.source == "deezer" && !row.may_train)
    );

    let asked = deezer.with(|state| state.asked.clone());
    assert_eq!(asked.len(), 1 + 100 + 1_000);
    for (url, count) in asked {
        let expected = match url.as_str() {
            "/playlist/1" => 3,
            url if url == page || url == track => 2,
            _ => 1,
        };
        assert_eq!(count, expected, "{url}");
    }
}

#[tokio::test]
async fn lists_are_collected_again_without_naming_them() {
    let deezer = Deezer::default();
    deezer.put("1", [Some(1), Some(2)]);
    deezer.put("2", [Some(2), Some(10)]);
    let server = deezer.serve().await;
    let folder = TempDir::new().unwrap();
    let link = "https://www.deezer.com/de/playlist/2?utm_source=deezer";
    let (code, answer, remarks) = run(&folder, &server, &["deezer:1", link]);
    assert_eq!(code, 0, "{remarks}");
    assert!(
        answer.contains("List 1         2      2        0        0"),
        "{answer}"
    );
    assert!(
        answer.contains("catalogue now has 2 playlists and 3 tracks"),
        "{answer}"
    );
    deezer.put("2", [Some(2), Some(10), Some(3)]);
    let (code, answer, remarks) = run(&folder, &server, &["--json"]);
    assert_eq!(code, 0, "{remarks}");
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let new: Vec<_> = answer["lists"]
        .as_array()
        .unwrap()
        .iter()
        .map(|list| &list["new"])
        .collect();
    assert_eq!(new, [0, 1]);
    assert_eq!(answer["catalogue"]["tracks"], 4);
    // One goes, and comes back with the day on which it was first added: it was never away.
    for (tracks, gone) in [(&[2, 3][..], [0, 1]), (&[2, 3, 10], [0, 0])] {
        deezer.put("2", tracks.iter().map(|&id| Some(id)));
        let (code, answer, remarks) = run(&folder, &server, &["--json"]);
        assert_eq!(code, 0, "{remarks}");
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let lists = answer["lists"].as_array().unwrap().iter();
        assert_eq!(lists.map(|list| &list["gone"]).collect::<Vec<_>>(), gone);
        let placements = catalogue(&folder).placements;
        assert_eq!(placements.len(), 5, "nothing is lost, nothing is doubled");
        let removed = placements.iter().filter(|stay| stay.removed.is_some());
        assert_eq!(removed.count(), gone[1]);
    }
    let seen = catalogue(&folder).playlists;
    assert!(
        seen.iter()
            .all(|list| list.first_seen.is_some() && list.last_seen.is_some())
    );
}

#[tokio::test]
async fn what_is_left_out_is_named_and_the_rest_is_collected() {
    let deezer = Deezer::default();
    deezer.put("1", [Some(1), None]);
    let server = deezer.serve().await;
    let folder = TempDir::new().unwrap();
    let (code, answer, remarks) = run(&folder, &server, &["404", "1"]);
    assert_eq!(code, 3, "{remarks}");
    assert!(answer.contains("List 1"), "{answer}");
    assert!(remarks.contains("skipped item 2 of List 1"), "{remarks}");
    assert!(
        remarks.contains("not collected: 404: deezer: "),
        "{remarks}"
    );
    let (code, answer, remarks) = run(&folder, &server, &["404"]);
    assert_eq!((code, answer.as_str()), (1, ""), "{remarks}");
    assert!(remarks.contains("does not exist"), "{remarks}");
}

#[tokio::test]
async fn a_service_that_asks_for_a_long_pause_is_left_alone() {
    let deezer = Deezer::default();
    let later = ResponseTemplate::new(429).insert_header("Retry-After", "79200");
    deezer.with(|state| state.refusal = Some(later));
    let server = deezer.serve().await;
    let folder = TempDir::new().unwrap();
    for _ in 0..2 {
        let (code, _, remarks) = run(&folder, &server, &["1", "2"]);
        assert_eq!(code, 1, "{remarks}");
        assert!(
            remarks.contains("rate-limits requests until") && remarks.contains("not tried: 2"),
            "{remarks}"
        );
    }
    assert_eq!(
        (deezer.asked("/playlist/1"), deezer.asked("/playlist/2")),
        (1, 0)
    );
}

#[tokio::test]
async fn offline_nobody_is_asked() {
    let deezer = Deezer::default();
    deezer.put("1", [Some(1), Some(10)]);
    let server = deezer.serve().await;
    let folder = TempDir::new().unwrap();
    assert_eq!(run(&folder, &server, &["1"]).0, 0);
    let before = deezer.with(|state| state.asked.clone());
    fs::remove_dir_all(folder.path().join("catalogue")).unwrap();
    let (code, _, remarks) = run(&folder, &server, &["1", "2", "--offline"]);
    assert_eq!(code, 3, "{remarks}");
    assert!(
        remarks.contains("/playlist/2 was never fetched"),
        "{remarks}"
    );
    assert_eq!(catalogue(&folder).tracks.len(), 2);
    assert_eq!(deezer.with(|state| state.asked.clone()), before);
}

#[tokio::test]
async fn a_search_shows_lists_and_collects_nothing() {
    let server = Deezer::default().serve().await;
    let folder = TempDir::new().unwrap();
    let (code, answer, remarks) = run(&folder, &server, &["--search", "lo fi"]);
    assert_eq!(code, 0, "{remarks}");
    assert!(answer.contains("deezer:5  Lo-fi  Ann"), "{answer}");
    let (_, answer, _) = run(&folder, &server, &["--search", "lo fi", "--json"]);
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(
        (&answer["schema_version"], &answer["playlists"][0]["owner"]),
        (&json!(1), &json!("Ann"))
    );
    assert!(!folder.path().join("catalogue").exists());
}

#[tokio::test]
async fn mistakes_say_what_to_do() {
    let server = Deezer::default().serve().await;
    let folder = TempDir::new().unwrap();
    for (arguments, says) in [
        (&[][..], "collect deezer LINK"),
        (&["--own"], "deezer offers no playlists of your own"),
        (&["chill"], "`chill` is not a playlist"),
    ] {
        let (code, _, remarks) = run(&folder, &server, arguments);
        assert_eq!(code, 1, "{remarks}");
        assert!(remarks.contains(says), "{remarks}");
    }
    let mut command = command(&folder, &server, &["1"]);
    let output = command
        .env("PLAYLIST_FIT_DEEZER_API", "localhost")
        .output()
        .unwrap();
    let remarks = String::from_utf8(output.stderr).unwrap();
    assert!(
        remarks.contains("PLAYLIST_FIT_DEEZER_API: not a web address"),
        "{remarks}"
    );
}

#[tokio::test]
async fn of_two_collections_into_one_folder_the_second_waits_its_turn() {
    let deezer = Deezer::default();
    deezer.put("1", [Some(1)]);
    let server = deezer.serve().await;
    let folder = TempDir::new().unwrap();
    assert_eq!(run(&folder, &server, &["1"]).0, 0);
    let lock = folder.path().join("catalogue/.writing");
    let process = fs::read_to_string(&lock).unwrap();
    let held = File::open(Path::new(&lock)).unwrap();
    held.lock().unwrap();
    let (code, _, remarks) = run(&folder, &server, &["1"]);
    assert_eq!(code, 1, "{remarks}");
    assert!(
        remarks.contains(&format!("process {process}")) && remarks.contains("wait"),
        "{remarks}"
    );
    drop(held);
    assert_eq!(run(&folder, &server, &["1"]).0, 0);
}

/// The bytes of all files below a folder.
fn bytes_below(folder: &Path) -> Vec<u8> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                bytes_below(&path)
            } else {
                fs::read(&path).unwrap()
            }
        })
        .collect()
}

#[tokio::test]
async fn a_key_is_sent_and_shows_nowhere_else() {
    const KEY: &str = "k3y0fth3app";
    let track = json!({"id": "168", "name": "Song", "artist_name": "Ann", "duration": 183,
        "license_ccurl": "http://creativecommons.org/licenses/by/3.0/", "audiodownload_allowed": true,
        "audio": format!("https://storage.invalid/?trackid=168&client_id={KEY}")});
    let good = json!({"headers": {"status": "success", "code": 0, "next": format!("https://x.invalid/?client_id={KEY}")},
        "results": [{"id": "9", "name": "Calm", "tracks": [track]}]});
    let refused = json!({"headers": {"status": "failed", "code": 5,
        "error_message": format!("Your credential {KEY} is not authorized.")}, "results": []});
    let folder = TempDir::new().unwrap();
    for (body, code) in [(good, 0), (refused, 1)] {
        let server = MockServer::start().await;
        let answer = ResponseTemplate::new(200).set_body_json(body);
        Mock::given(any()).respond_with(answer).mount(&server).await;
        let output = Command::new(env!("CARGO_BIN_EXE_playlist-fit"))
            .current_dir(folder.path())
            .args(["collect", "jamendo", "9"])
            .env("XDG_CACHE_HOME", folder.path().join("cache"))
            .env("XDG_CONFIG_HOME", folder.path().join("config"))
            .env("PLAYLIST_FIT_JAMENDO_API", server.uri())
            .env("JAMENDO_CLIENT_ID", KEY)
            .env("PLAYLIST_FIT_LOG", "trace")
            .output()
            .unwrap();
        let remarks = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{remarks}");
        let asked = server.received_requests().await.unwrap();
        assert!(asked[0].url.query().unwrap().contains(KEY));
        let written = [output.stdout, output.stderr, bytes_below(folder.path())].concat();
        assert!(written.len() > 1_000);
        let shows = written
            .windows(KEY.len())
            .any(|bytes| bytes == KEY.as_bytes());
        assert!(!shows, "the key is on the disk or in the log");
    }
}
