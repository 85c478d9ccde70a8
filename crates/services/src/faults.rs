//! Everything that can go wrong between a client and a service, tested with every service that answers in JSON pages.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use wiremock::matchers::any;
use wiremock::{Mock, Request, ResponseTemplate};

use super::apple_music::AppleMusic;
use super::chartmetric::Chartmetric;
use super::http::{HttpSettings, Limits};
use super::jamendo::Jamendo;
use super::listenbrainz::ListenBrainz;
use super::secrets::Secrets;
use super::spotify::Spotify;
use super::stage::{FAST_LIMITS, SECRET, Stage, assert_silent, ok, secrets, settings};
use super::{CollectError, Source};
use catalogue::PlaylistSnapshot;
use catalogue::SkippedItem;

type Collected = Result<(PlaylistSnapshot, Vec<SkippedItem>), CollectError>;

/// A service whose response with the items of a playlist can be replaced.
struct Subject<S> {
    make: fn(HttpSettings, &Secrets) -> Result<S, CollectError>,
    named: &'static str,
    /// The correct response with these items.
    body: fn(Value) -> Value,
    track: Value,
    /// The responses to all requests but the one for the items, by path and query.
    others: fn(&str) -> Option<Value>,
    /// How a playlist ends of which one item, or every item, has an unknown format.
    one_invalid: &'static str,
    all_invalid: &'static str,
}

impl<S> Subject<S> {
    async fn stage(&self) -> Stage {
        let stage = Stage::new().await;
        let others = self.others;
        let is_other = move |request: &Request| others(target(request)).is_some();
        Mock::given(is_other)
            .respond_with(move |request: &Request| ok(&others(target(request)).unwrap()))
            .mount(&stage.server)
            .await;
        stage
    }

    fn source(&self, stage: &Stage) -> S {
        (self.make)(stage.settings(), &stage.secrets()).unwrap()
    }

    /// Number of requests for the items.
    async fn asked(&self, stage: &Stage) -> usize {
        let requests = stage.server.received_requests().await.unwrap();
        let requests = requests.iter();
        requests
            .filter(|request| (self.others)(target(request)).is_none())
            .count()
    }
}

fn target(request: &Request) -> &str {
    &request.url[url::Position::BeforePath..]
}

fn jamendo() -> Subject<Jamendo> {
    Subject {
        others: |_| None,
        one_invalid: "1 on it, 1 skipped",
        all_invalid: "unexpected format",
        make: Jamendo::new,
        named: "500605176",
        body: |tracks| {
            let next = format!(
                "https://api.jamendo.com/v3.0/playlists/tracks?client_id={SECRET}&offset=200"
            );
            json!({
                "headers": {"status": "success", "code": 0, "error_message": "", "next": next},
                "results": [{"id": "500605176", "name": "Quiet", "user_name": "ann", "tracks": tracks}],
            })
        },
        track: json!({
            "id": "168", "name": "Song", "duration": 183, "artist_name": "TriFace",
            "license_ccurl": "http://creativecommons.org/licenses/by-sa/3.0/", "audiodownload_allowed": true,
        }),
    }
}

fn listenbrainz() -> Subject<ListenBrainz> {
    Subject {
        others: |_| None,
        one_invalid: "1 on it, 1 skipped",
        all_invalid: "unexpected format",
        make: ListenBrainz::new,
        named: "https://listenbrainz.org/playlist/11111111-2222-3333-4444-555555555555",
        body: |tracks| json!({"playlist": {"creator": "rob", "title": "Quiet", "track": tracks}}),
        track: json!({
            "identifier": ["https://musicbrainz.org/recording/aaaaaaaa-2222-3333-4444-555555555555"],
            "creator": "Artist", "title": "Song",
        }),
    }
}

fn apple_music() -> Subject<AppleMusic> {
    Subject {
        others: |_| None,
        one_invalid: "1 on it, 1 skipped",
        all_invalid: "unexpected format",
        make: AppleMusic::new,
        named: "pl.f4d106fed2bd41149aaacabb233eb5eb",
        body: |tracks| {
            json!({"data": [{
                "id": "pl.f4d106fed2bd41149aaacabb233eb5eb", "type": "playlists",
                "attributes": {"name": "Quiet"}, "relationships": {"tracks": {"data": tracks}},
            }]})
        },
        track: json!({"id": "1", "type": "songs", "attributes": {"name": "Song", "artistName": "Artist"}}),
    }
}

fn chartmetric() -> Subject<Chartmetric> {
    Subject {
        others: |target| {
            if target == "/api/token" {
                return Some(json!({"token": format!("{SECRET}-access")}));
            }
            if !target.contains("/tracks") {
                return Some(json!({"obj": {"name": "Quiet"}}));
            }
            let is_first = target.contains("/current/") && target.ends_with("offset=0");
            (!is_first).then(|| json!({"obj": []}))
        },
        // Its rows have no type, so a row without a title may be anything.
        one_invalid: "unexpected format",
        all_invalid: "0 on it, 2 skipped",
        make: Chartmetric::new,
        named: "spotify/12345",
        body: |tracks| json!({"obj": tracks}),
        track: json!({"name": "Song", "cm_track": 1, "artist_names": ["Artist"]}),
    }
}

fn spotify() -> Subject<Spotify> {
    Subject {
        others: |target| {
            if target == "/api/token" {
                let token = format!("{SECRET}-access");
                return Some(
                    json!({"access_token": token, "token_type": "Bearer", "expires_in": 3600}),
                );
            }
            let is_header = !target.contains("/items") && !target.contains("/tracks");
            is_header.then(|| json!({"name": "Quiet", "snapshot_id": "v1"}))
        },
        one_invalid: "1 on it, 1 skipped",
        // Every field of an item is optional in its documentation.
        all_invalid: "0 on it, 2 skipped",
        make: Spotify::new,
        named: "3cEYpjA9oz9GiPac4AsH4n",
        body: |tracks| json!({"items": tracks, "total": tracks.as_array().map_or(0, Vec::len)}),
        track: json!({"item": {"type": "track", "id": "t1", "name": "Song"}}),
    }
}

/// Responses in their order, of which the last is repeated, and the expected end.
struct Fault {
    answers: Vec<ResponseTemplate>,
    ends: &'static str,
}

fn faults<S>(subject: &Subject<S>) -> Vec<Fault> {
    let status = |status: u16| {
        let body = json!({"code": status, "error": format!("{SECRET} is not welcome")});
        ResponseTemplate::new(status).set_body_json(body)
    };
    let later = |seconds: &str| status(429).insert_header("retry-after", seconds);
    let tracks = |tracks: Value| ok(&(subject.body)(tracks));
    let good = || tracks(json!([subject.track]));
    let fault = |answers, ends| Fault { answers, ends };
    vec![
        fault(vec![good()], "1 on it, 0 skipped"),
        fault(vec![tracks(json!([]))], "0 on it, 0 skipped"),
        fault(
            vec![tracks(json!([null, subject.track, null]))],
            "1 on it, 2 skipped",
        ),
        fault(
            vec![tracks(json!([subject.track, {"name": 1}]))],
            subject.one_invalid,
        ),
        fault(
            vec![tracks(json!([{"song": "Song"}, {"song": "Song"}]))],
            subject.all_invalid,
        ),
        fault(
            vec![tracks(json!({"first": subject.track}))],
            "unexpected format",
        ),
        fault(vec![tracks(Value::Null)], "unexpected format"),
        fault(vec![ok(&json!({"surprise": [1]}))], "unexpected format"),
        fault(vec![ok(&json!(["surprise"]))], "unexpected format"),
        fault(vec![ok(&json!(null))], "unexpected format"),
        fault(vec![status(400)], "refused (400)"),
        fault(vec![status(401)], "refused (401)"),
        fault(vec![status(403)], "refused (403)"),
        fault(vec![status(404)], "refused (404)"),
        fault(vec![later("0"), good()], "1 on it, 0 skipped"),
        fault(vec![later("1"), good()], "1 on it, 0 skipped"),
        fault(vec![later("79892")], "a pause of 22 hours"),
        fault(vec![status(500), good()], "1 on it, 0 skipped"),
        fault(vec![status(503), status(502), good()], "1 on it, 0 skipped"),
        fault(vec![html("<html>Back soon</html>")], "unexpected format"),
        // JSON with a wrong content type is accepted.
        fault(
            vec![html(&(subject.body)(json!([subject.track])).to_string())],
            "1 on it, 0 skipped",
        ),
    ]
}

fn html(body: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(body, "text/html")
}

fn end(collected: &Collected) -> String {
    match collected {
        Ok((snapshot, skipped)) => {
            format!(
                "{} on it, {} skipped",
                snapshot.entries.len(),
                skipped.len()
            )
        }
        Err(CollectError::Refused { what, .. }) => {
            let status = what
                .split_once('(')
                .and_then(|(_, rest)| rest.split_once(')'));
            format!("refused ({})", status.map_or("", |(status, _)| status))
        }
        Err(CollectError::UnexpectedResponse { .. }) => "unexpected format".to_owned(),
        Err(CollectError::RateLimited { until, .. }) => {
            let hours = until.duration_since(Timestamp::now()).as_hours();
            format!("a pause of {hours} hours")
        }
        Err(CollectError::Unreachable { .. }) => "unreachable".to_owned(),
        Err(other) => other.to_string(),
    }
}

async fn survives_every_fault<S: Source>(subject: Subject<S>) {
    for (number, fault) in faults(&subject).into_iter().enumerate() {
        let stage = subject.stage().await;
        let last = fault.answers.len() - 1;
        for (index, answer) in fault.answers.into_iter().enumerate() {
            let mock = Mock::given(any()).respond_with(answer);
            let times = if index < last { 1 } else { u64::MAX };
            mock.up_to_n_times(times).mount(&stage.server).await;
        }
        let source = subject.source(&stage);
        let collected = source.playlist(subject.named).await;
        assert_eq!(
            end(&collected),
            fault.ends,
            "{} fault {number}: {collected:?}",
            S::NAME
        );
        assert!(
            subject.asked(&stage).await > last,
            "{} fault {number}",
            S::NAME
        );
        if let Err(reason) = &collected {
            assert_silent(
                &format!("{reason} {reason:?}"),
                stage.folder.path().join("cache").as_path(),
            );
            assert!(reason.to_string().starts_with(S::NAME), "{reason}");
        }
        assert_silent("", stage.folder.path().join("cache").as_path());
    }
}

/// A server whose response with the items is cut in half the first `times` times.
async fn truncates(times: usize, whole: String, others: fn(&str) -> Option<Value>) -> String {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/", socket.local_addr().unwrap());
    tokio::spawn(async move {
        let mut truncated = 0;
        while let Ok((mut stream, _)) = socket.accept().await {
            let mut request = [0; 4096];
            let length = stream.read(&mut request).await.unwrap_or(0);
            let request = String::from_utf8_lossy(&request[..length]);
            let other = others(request.split(' ').nth(1).unwrap_or_default());
            let is_whole = other.is_some() || truncated >= times;
            let body = other.map_or_else(|| whole.clone(), |other| other.to_string());
            let sent = if is_whole {
                &body
            } else {
                truncated += 1;
                &body[..body.len() / 2]
            };
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n";
            let head = format!("{head}content-length: {}\r\n\r\n", body.len());
            stream.write_all(head.as_bytes()).await.unwrap();
            stream.write_all(sent.as_bytes()).await.unwrap();
        }
    });
    address
}

async fn retries_a_truncated_body<S: Source>(subject: Subject<S>) {
    let whole = (subject.body)(json!([subject.track])).to_string();
    for (times, ends) in [(1, "1 on it, 0 skipped"), (usize::MAX, "unreachable")] {
        let folder = tempfile::tempdir().unwrap();
        let address = truncates(times, whole.clone(), subject.others).await;
        let settings = settings(folder.path(), &address);
        let source = (subject.make)(settings, &secrets(folder.path())).unwrap();
        let collected = source.playlist(subject.named).await;
        assert_eq!(end(&collected), ends, "{}: {collected:?}", S::NAME);
        assert_silent(
            &format!("{:?}", collected.err()),
            &folder.path().join("cache"),
        );
    }
}

async fn gives_up_without_a_response<S: Source>(subject: Subject<S>) {
    let stage = subject.stage().await;
    let slow = ok(&(subject.body)(json!([subject.track]))).set_delay(Duration::from_secs(60));
    stage.on(any(), slow).await;
    let settings = HttpSettings {
        limits: Limits {
            read: Duration::from_millis(500),
            tries: 2,
            ..FAST_LIMITS
        },
        ..stage.settings()
    };
    let source = (subject.make)(settings, &stage.secrets()).unwrap();
    let collected = source.playlist(subject.named).await;
    assert_eq!(end(&collected), "unreachable", "{collected:?}");
    assert_silent(
        &format!("{:?}", collected.err()),
        &stage.folder.path().join("cache"),
    );
}

/// A service that asks for a long pause gets no request before its end, not even by a later run.
async fn respects_a_pause<S: Source>(subject: Subject<S>) {
    let stage = subject.stage().await;
    let later = ResponseTemplate::new(429).insert_header("retry-after", "79892");
    stage.on(any(), later).await;
    for _ in 0..2 {
        let source = subject.source(&stage);
        let collected = source.playlist(subject.named).await;
        assert_eq!(end(&collected), "a pause of 22 hours", "{collected:?}");
    }
    assert_eq!(subject.asked(&stage).await, 1);
}

/// What was fetched once can be read without a network and without a secret.
async fn works_offline<S: Source>(subject: Subject<S>) {
    let stage = subject.stage().await;
    stage
        .on(any(), ok(&(subject.body)(json!([subject.track]))))
        .await;
    let source = subject.source(&stage);
    let (fetched, _) = source.playlist(subject.named).await.unwrap();
    let asked = stage.asked().await;
    let source = (subject.make)(stage.offline(), &stage.no_secrets()).unwrap();
    let (cached, _) = source.playlist(subject.named).await.unwrap();
    assert_eq!(cached, fetched);
    let reason = source.search("something else").await.unwrap_err();
    assert!(
        matches!(
            reason,
            CollectError::Offline { .. } | CollectError::NotOffered { .. }
        ),
        "{reason}"
    );
    assert_eq!(stage.asked().await, asked);
}

/// An access token that expires during a collection is replaced once.
async fn renews_its_token<S: Source>(subject: Subject<S>) {
    let stage = subject.stage().await;
    let expired = Mock::given(any()).respond_with(ResponseTemplate::new(401));
    expired.up_to_n_times(1).mount(&stage.server).await;
    stage
        .on(any(), ok(&(subject.body)(json!([subject.track]))))
        .await;
    let collected = subject.source(&stage).playlist(subject.named).await;
    assert_eq!(end(&collected), "1 on it, 0 skipped", "{collected:?}");
    let paths = stage.paths().await;
    let tokens = paths.iter().filter(|path| *path == "/api/token");
    assert_eq!(tokens.count(), 2);
}

#[tokio::test]
async fn chartmetric_renews_its_token() {
    renews_its_token(chartmetric()).await;
}

#[tokio::test]
async fn spotify_renews_its_token() {
    renews_its_token(spotify()).await;
}

macro_rules! tried_on_each {
    ($($test:ident),*) => {
        mod jamendo_tried { $(#[tokio::test] async fn $test() { super::$test(super::jamendo()).await; })* }
        mod listenbrainz_tried { $(#[tokio::test] async fn $test() { super::$test(super::listenbrainz()).await; })* }
        mod apple_music_tried { $(#[tokio::test] async fn $test() { super::$test(super::apple_music()).await; })* }
        mod chartmetric_tried { $(#[tokio::test] async fn $test() { super::$test(super::chartmetric()).await; })* }
        mod spotify_tried { $(#[tokio::test] async fn $test() { super::$test(super::spotify()).await; })* }
    };
}

tried_on_each!(
    survives_every_fault,
    retries_a_truncated_body,
    gives_up_without_a_response,
    respects_a_pause,
    works_offline
);

#[tokio::test]
async fn a_required_secret_that_is_not_set_is_named() {
    let stage = Stage::new().await;
    let (settings, nowhere) = (|| stage.settings(), stage.no_secrets());
    let jamendo = Jamendo::new(settings(), &nowhere).err().unwrap();
    let apple = AppleMusic::new(settings(), &nowhere).err().unwrap();
    for (error, parts) in [
        (jamendo, ["JAMENDO_CLIENT_ID", "devportal"]),
        (apple, ["APPLE_MUSIC_TOKEN", "MusicKit"]),
    ] {
        let error = error.to_string();
        assert!(parts.iter().all(|part| error.contains(part)), "{error}");
    }
    assert!(ListenBrainz::new(settings(), &nowhere).is_ok());
}
