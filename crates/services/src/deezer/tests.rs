//! Deezer against a recorded server on the loopback.

use std::collections::HashMap;
use std::fs;

use jiff::civil::date;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use tempfile::TempDir;
use url::Url;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::*;
use crate::stage::FAST_LIMITS;

/// What the server answers, by path and query.
type Recorded = HashMap<String, ResponseTemplate>;

struct Place {
    cache: TempDir,
    server: MockServer,
}

impl Place {
    async fn with(recorded: Recorded) -> Place {
        let server = MockServer::start().await;
        let give = move |request: &Request| {
            let url = request.url[url::Position::BeforePath..].to_owned();
            let failure =
                json!({"error": {"type": "DataException", "message": "no data", "code": 800}});
            let unknown = ResponseTemplate::new(200).set_body_json(failure);
            recorded.get(&url).cloned().unwrap_or(unknown)
        };
        Mock::given(any()).respond_with(give).mount(&server).await;
        Place {
            cache: tempfile::tempdir().unwrap(),
            server,
        }
    }

    fn deezer(&self, offline: bool) -> Deezer {
        let api = Url::parse(&self.server.uri()).unwrap();
        let settings = HttpSettings {
            cache: self.cache.path().to_owned(),
            offline,
            api: Some(api),
            limits: FAST_LIMITS,
        };
        let secrets = Secrets {
            file: self.cache.path().join("none.toml"),
        };
        Deezer::new(settings, &secrets).unwrap()
    }

    async fn list(&self) -> Result<(PlaylistSnapshot, Vec<SkippedItem>), CollectError> {
        self.deezer(false).playlist("1").await
    }

    async fn error(&self) -> String {
        self.list().await.unwrap_err().to_string()
    }

    async fn asked(&self) -> Vec<String> {
        let requests = self.server.received_requests().await.unwrap();
        let url = |request: &Request| request.url[url::Position::BeforePath..].to_owned();
        requests.iter().map(url).collect()
    }
}

const HEADER: &str = "/playlist/1";
const FIRST: &str = "/playlist/1/tracks?index=0&limit=100";
const SECOND: &str = "/playlist/1/tracks?limit=100&index=100";

fn good(body: Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

fn header() -> Value {
    json!({"id": 1, "title": "Chill Hits", "description": "", "public": true, "nb_tracks": 3, "fans": 1234,
        "checksum": "c1", "creator": {"id": 2, "name": "Deezer Editors"}, "type": "playlist", "tracks": {"data": []}})
}

fn row(id: i64) -> Value {
    json!({"id": id, "readable": true, "title": format!("Song {id}"), "duration": 224, "time_add": 1_700_000_000 + id,
        "preview": "https://cdnt-preview.dzcdn.net/x.mp3?hdnea=exp=1~hmac=0", "artist": {"id": 27, "name": "Daft Punk"},
        "album": {"id": 3, "title": "Discovery"}, "type": "track"})
}

fn track(id: i64, isrc: &str) -> Value {
    let mut track = row(id);
    track["isrc"] = json!(isrc);
    track["contributors"] = json!([{"name": "Daft Punk"}, {"name": "Todd Edwards"}]);
    track
}

fn page(rows: Value, next: Option<&str>) -> Value {
    let mut page = json!({"data": rows, "checksum": "c1", "total": 3});
    if let Some(next) = next {
        page["next"] = json!(format!("https://api.deezer.com{next}"));
    }
    page
}

fn recorded(answers: &[(&str, Value)]) -> Recorded {
    let header = ("/playlist/1", header());
    let answers = [header].into_iter().chain(answers.iter().cloned());
    answers
        .map(|(url, body)| (url.to_owned(), good(body)))
        .collect()
}

#[tokio::test]
async fn a_list_over_several_pages_comes_whole_with_isrcs_asked_for_once() {
    let place = Place::with(recorded(&[
        (
            FIRST,
            page(json!([row(7), track(8, "USRC17607839")]), Some(SECOND)),
        ),
        (SECOND, page(json!([row(9), row(7)]), None)),
        ("/track/7", track(7, "gb-duw-00-00059")),
    ]))
    .await;
    let (snapshot, skipped) = place.list().await.unwrap();
    assert_eq!(skipped, []);
    let playlist = &snapshot.playlist;
    assert_eq!(
        (playlist.id.as_str(), playlist.name.as_str()),
        ("deezer:1", "Chill Hits")
    );
    assert_eq!(
        (playlist.owner.as_deref(), playlist.followers),
        (Some("Deezer Editors"), Some(1234))
    );
    assert_eq!(playlist.description, None);
    let isrcs: Vec<_> = snapshot
        .entries
        .iter()
        .map(|entry| entry.track.isrc.as_deref())
        .collect();
    // 9 is not found by its id any more: known without an ISRC.
    assert_eq!(
        isrcs,
        [
            Some("GBDUW0000059"),
            Some("USRC17607839"),
            None,
            Some("GBDUW0000059")
        ]
    );
    let first = &snapshot.entries[0];
    assert_eq!(first.added, Some(date(2023, 11, 14)));
    assert_eq!(first.track.artists, ["Daft Punk", "Todd Edwards"]);
    assert_eq!(first.track.album.as_deref(), Some("Discovery"));
    assert_eq!(first.track.duration_seconds, Some(224.0));
    assert!(first.track.aliases.contains("deezer:7"));
    assert!(!format!("{snapshot:?}").contains("preview"), "{snapshot:?}");
    assert_eq!(
        place.asked().await,
        [HEADER, FIRST, SECOND, "/track/7", "/track/9"]
    );
    // The next collection looks at the list again, and at what could not be found.
    assert_eq!(place.list().await.unwrap().0.entries, snapshot.entries);
    assert_eq!(
        place.asked().await[5..],
        [HEADER, FIRST, SECOND, "/track/9"]
    );
}

#[tokio::test]
async fn offline_the_look_is_as_old_as_the_answers() {
    let place = Place::with(recorded(&[(
        FIRST,
        page(json!([track(8, "USRC17607839")]), None),
    )]))
    .await;
    let (online, _) = place.list().await.unwrap();
    let asked = place.asked().await.len();
    let (offline, _) = place.deezer(true).playlist("1").await.unwrap();
    assert_eq!(offline, online);
    let today = TimeZone::UTC.to_datetime(jiff::Timestamp::now()).date();
    assert_eq!(offline.playlist.last_seen, Some(today));
    assert_eq!(place.asked().await.len(), asked);
    let error = place.deezer(true).playlist("2").await.unwrap_err();
    assert!(matches!(error, CollectError::Offline { .. }), "{error}");
    let day_before = |file: &std::path::Path| {
        let text = fs::read_to_string(file).unwrap();
        fs::write(
            file,
            text.replace(
                &format!("\"fetched\":\"{today}"),
                "\"fetched\":\"2020-02-02",
            ),
        )
        .unwrap();
    };
    let folders = fs::read_dir(place.cache.path().join("deezer/answers")).unwrap();
    for folder in folders {
        fs::read_dir(folder.unwrap().path())
            .unwrap()
            .for_each(|file| day_before(&file.unwrap().path()));
    }
    let (old, _) = place.deezer(true).playlist("1").await.unwrap();
    assert_eq!(old.playlist.last_seen, Some(date(2020, 2, 2)));
}

#[tokio::test]
async fn an_empty_list_is_a_list() {
    let place = Place::with(recorded(&[(FIRST, page(json!([]), None))])).await;
    let (snapshot, skipped) = place.list().await.unwrap();
    assert!(snapshot.entries.is_empty() && skipped.is_empty());
}

#[tokio::test]
async fn what_is_no_track_is_named_and_left_out() {
    let mut nameless = row(3);
    nameless["id"] = Value::Null;
    let rows = json!([null, nameless, row(-5), track(8, "USRC17607839"), {"id": 6}]);
    let place = Place::with(recorded(&[(FIRST, page(rows, None))])).await;
    let (snapshot, skipped) = place.list().await.unwrap();
    assert_eq!(snapshot.entries.len(), 1);
    let named: Vec<_> = skipped.iter().map(|skip| skip.path.as_str()).collect();
    let items = [1, 2, 3, 5].map(|item| format!("item {item} of Chill Hits"));
    assert_eq!(named, items);
    assert!(skipped[2].reason.contains("uploaded"), "{skipped:?}");
}

#[tokio::test]
async fn an_answer_of_another_shape_ends_the_list_and_is_not_taken_from_the_disk_later() {
    let shapes = [
        json!({"items": []}),
        json!([]),
        json!("data"),
        json!({"data": [{"id": {"value": 7}, "title": "Song"}]}),
    ];
    for shape in shapes {
        let place = Place::with(recorded(&[(FIRST, shape.clone())])).await;
        let error = place.error().await;
        assert!(
            error.contains("/playlist/1/tracks") && error.contains("unexpected format"),
            "{error}"
        );
        place.error().await;
        assert_eq!(
            place.asked().await,
            [HEADER, FIRST, HEADER, FIRST],
            "{shape}"
        );
    }
    let html = ResponseTemplate::new(200).set_body_raw("<html>", "text/html");
    let place = Place::with(HashMap::from([(HEADER.to_owned(), html)])).await;
    let error = place.error().await;
    assert!(error.contains("HTML, not JSON"), "{error}");
}

#[tokio::test]
async fn refusals_are_told_apart() {
    let failing = |code: i64| {
        good(json!({"error": {"type": "Exception", "message": "Wrong parameter", "code": code}}))
    };
    for (answer, says) in [
        (ResponseTemplate::new(401), "is not public"),
        (ResponseTemplate::new(403), "is not public"),
        (ResponseTemplate::new(404), "does not exist"),
        (ResponseTemplate::new(410), "HTTP 410"),
        (failing(200), "is not public"),
        (failing(300), "is not public"),
        (failing(800), "does not exist"),
        (failing(500), "Wrong parameter, code 500"),
    ] {
        let place = Place::with(HashMap::from([(HEADER.to_owned(), answer)])).await;
        let error = place.error().await;
        assert!(
            error.starts_with("deezer: ") && error.contains(says),
            "{error}"
        );
        assert_eq!(place.asked().await.len(), 1);
    }
}

#[tokio::test]
async fn a_spent_quota_is_waited_for_and_then_respected() {
    let spent =
        json!({"error": {"type": "Exception", "message": "Quota limit exceeded", "code": 4}});
    let place = Place::with(HashMap::from([(HEADER.to_owned(), good(spent))])).await;
    let error = place.list().await.unwrap_err();
    assert!(matches!(error, CollectError::RateLimited { .. }), "{error}");
    assert_eq!(place.asked().await.len(), 4);
    place.error().await;
    assert_eq!(place.asked().await.len(), 4);
}

#[tokio::test]
async fn pages_that_go_round_in_circles_are_refused() {
    let place = Place::with(recorded(&[
        (FIRST, page(json!([row(7)]), Some(SECOND))),
        (SECOND, page(json!([row(7)]), Some(SECOND))),
    ]))
    .await;
    let error = place.error().await;
    assert!(error.contains("read before"), "{error}");
    assert_eq!(place.asked().await.len(), 3);
}

#[tokio::test]
async fn a_list_that_changes_while_it_is_read_is_not_believed() {
    let mut changed = page(json!([row(9)]), None);
    changed["checksum"] = json!("c2");
    let place = Place::with(recorded(&[
        (FIRST, page(json!([row(7)]), Some(SECOND))),
        (SECOND, changed),
    ]))
    .await;
    let error = place.error().await;
    assert!(error.contains("changed while it was read"), "{error}");
}

#[tokio::test]
async fn a_search_names_lists_to_choose_from() {
    let found = json!({"data": [{"id": 5, "title": "Lo-fi", "nb_tracks": 50, "user": {"name": "Ann"}}, null], "total": 2});
    let place = Place::with(recorded(&[("/search/playlist?q=lo+fi+%26", found)])).await;
    let found = place.deezer(false).search("lo fi &").await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].id.as_str(), found[0].owner.as_deref()),
        ("deezer:5", Some("Ann"))
    );
    let own = place
        .deezer(false)
        .own_playlists()
        .await
        .unwrap_err()
        .to_string();
    assert!(
        own.contains("deezer offers no playlists of your own"),
        "{own}"
    );
}

#[test]
fn a_list_is_named_by_its_number_or_its_link() {
    for named in [
        "908622995",
        " deezer:908622995 ",
        "https://www.deezer.com/de/playlist/908622995?utm_source=deezer",
        "deezer.com/playlist/908622995/",
    ] {
        assert_eq!(key(named).unwrap(), "908622995", "{named}");
    }
    for named in [
        "",
        "chill",
        "https://link.deezer.com/s/abc",
        "https://www.deezer.com/album/",
        "-1",
    ] {
        let error = key(named).unwrap_err().to_string();
        assert!(error.contains("is not a playlist"), "{error}");
    }
}
