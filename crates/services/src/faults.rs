//! Everything that can go wrong between here and a service, tried on each of the services that share [`super::service`].

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use wiremock::matchers::method;
use wiremock::{Mock, ResponseTemplate};

use super::apple_music::AppleMusic;
use super::http::{HttpSettings, Limits};
use super::jamendo::Jamendo;
use super::listenbrainz::ListenBrainz;
use super::secrets::Secrets;
use super::stage::{FAST_LIMITS, SECRET, Stage, assert_silent, ok, secrets, settings};
use super::{CollectError, Source};
use catalogue::PlaylistSnapshot;
use catalogue::SkippedItem;

type Collected = Result<(PlaylistSnapshot, Vec<SkippedItem>), CollectError>;

/// A service as the faults meet it: each body is the whole answer to the first request of `list`.
struct Subject<S> {
    make: fn(HttpSettings, &Secrets, Limits) -> Result<S, CollectError>,
    named: &'static str,
    body: fn(Value) -> Value,
    track: Value,
}

fn jamendo() -> Subject<Jamendo> {
    Subject {
        make: Jamendo::with_limits,
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
        make: ListenBrainz::with_limits,
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
        make: AppleMusic::with_limits,
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

/// What comes one after the other, the last for ever; and in a few words how that must end.
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
            "1 on it, 1 skipped",
        ),
        fault(
            vec![tracks(json!([{"song": "Song"}, {"song": "Song"}]))],
            "a shape",
        ),
        fault(vec![tracks(json!({"first": subject.track}))], "a shape"),
        fault(vec![tracks(Value::Null)], "a shape"),
        fault(vec![ok(&json!({"surprise": [1]}))], "a shape"),
        fault(vec![ok(&json!(["surprise"]))], "a shape"),
        fault(vec![ok(&json!(null))], "a shape"),
        fault(vec![status(400)], "refused (400)"),
        fault(vec![status(401)], "refused (401)"),
        fault(vec![status(403)], "refused (403)"),
        fault(vec![status(404)], "refused (404)"),
        fault(vec![later("0"), good()], "1 on it, 0 skipped"),
        fault(vec![later("1"), good()], "1 on it, 0 skipped"),
        fault(vec![later("79892")], "a cool-down of 22 hours"),
        fault(vec![status(500), good()], "1 on it, 0 skipped"),
        fault(vec![status(503), status(502), good()], "1 on it, 0 skipped"),
        fault(vec![html("<html>Back soon</html>")], "a shape"),
        // A wrong label on the right thing does no harm.
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
        Err(CollectError::UnexpectedResponse { .. }) => "a shape".to_owned(),
        Err(CollectError::RateLimited { until, .. }) => {
            let hours = until.duration_since(Timestamp::now()).as_hours();
            format!("a cool-down of {hours} hours")
        }
        Err(CollectError::Unreachable { .. }) => "unreachable".to_owned(),
        Err(other) => other.to_string(),
    }
}

async fn bears_every_fault<S: Source>(subject: Subject<S>) {
    for (number, fault) in faults(&subject).into_iter().enumerate() {
        let stage = Stage::new().await;
        let last = fault.answers.len() - 1;
        for (place, answer) in fault.answers.into_iter().enumerate() {
            let mock = Mock::given(method("GET")).respond_with(answer);
            let times = if place < last { 1 } else { u64::MAX };
            mock.up_to_n_times(times).mount(&stage.server).await;
        }
        let source = (subject.make)(stage.settings(), &stage.secrets(), FAST_LIMITS).unwrap();
        let collected = source.list(subject.named).await;
        assert_eq!(
            end(&collected),
            fault.ends,
            "{} fault {number}: {collected:?}",
            S::NAME
        );
        assert!(stage.asked().await > last, "{} fault {number}", S::NAME);
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

/// A body that breaks off half-way, as often as told; then a whole one.
async fn breaks_off(times: usize, whole: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        for visit in 0.. {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let sent = if visit < times {
                &whole[..whole.len() / 2]
            } else {
                &whole
            };
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n";
            let head = format!("{head}content-length: {}\r\n\r\n", whole.len());
            stream.write_all(head.as_bytes()).await.unwrap();
            stream.write_all(sent.as_bytes()).await.unwrap();
        }
    });
    address
}

async fn bears_half_a_body<S: Source>(subject: Subject<S>) {
    let whole = (subject.body)(json!([subject.track])).to_string();
    for (times, ends) in [(1, "1 on it, 0 skipped"), (usize::MAX, "unreachable")] {
        let folder = tempfile::tempdir().unwrap();
        let address = breaks_off(times, whole.clone()).await;
        let source = (subject.make)(
            settings(folder.path(), &address),
            &secrets(folder.path()),
            FAST_LIMITS,
        )
        .unwrap();
        let collected = source.list(subject.named).await;
        assert_eq!(end(&collected), ends, "{}: {collected:?}", S::NAME);
        assert_silent(
            &format!("{:?}", collected.err()),
            &folder.path().join("cache"),
        );
    }
}

async fn bears_silence<S: Source>(subject: Subject<S>) {
    let stage = Stage::new().await;
    let slow = ok(&(subject.body)(json!([subject.track]))).set_delay(Duration::from_secs(60));
    stage.on(method("GET"), slow).await;
    let limits = Limits {
        read: Duration::from_millis(100),
        tries: 2,
        ..FAST_LIMITS
    };
    let source = (subject.make)(stage.settings(), &stage.secrets(), limits).unwrap();
    let collected = source.list(subject.named).await;
    assert_eq!(end(&collected), "unreachable", "{collected:?}");
    assert_silent(
        &format!("{:?}", collected.err()),
        &stage.folder.path().join("cache"),
    );
}

/// Nothing there is asked before the time, not even by a later run; and no run at all without the secret it needs.
async fn keeps_still<S: Source>(subject: Subject<S>) {
    let stage = Stage::new().await;
    let later = ResponseTemplate::new(429).insert_header("retry-after", "79892");
    stage.on(method("GET"), later).await;
    for _ in 0..2 {
        let source = (subject.make)(stage.settings(), &stage.secrets(), FAST_LIMITS).unwrap();
        let collected = source.list(subject.named).await;
        assert_eq!(end(&collected), "a cool-down of 22 hours", "{collected:?}");
    }
    assert_eq!(stage.asked().await, 1);
}

/// What was fetched once is there without a network and without a secret.
async fn works_offline<S: Source>(subject: Subject<S>) {
    let stage = Stage::new().await;
    stage
        .on(method("GET"), ok(&(subject.body)(json!([subject.track]))))
        .await;
    let source = (subject.make)(stage.settings(), &stage.secrets(), FAST_LIMITS).unwrap();
    let (fetched, _) = source.list(subject.named).await.unwrap();
    let offline = HttpSettings {
        offline: true,
        ..stage.settings()
    };
    let nowhere = Secrets {
        file: stage.folder.path().join("nowhere.toml"),
    };
    let source = (subject.make)(offline, &nowhere, FAST_LIMITS).unwrap();
    let (kept, _) = source.list(subject.named).await.unwrap();
    assert_eq!(kept, fetched);
    assert_eq!(stage.asked().await, 1);
    let reason = source.search("something else").await.unwrap_err();
    assert!(matches!(reason, CollectError::Offline { .. }), "{reason}");
}

macro_rules! tried_on_each {
    ($($test:ident),*) => {
        mod jamendo_tried { $(#[tokio::test] async fn $test() { super::$test(super::jamendo()).await; })* }
        mod listenbrainz_tried { $(#[tokio::test] async fn $test() { super::$test(super::listenbrainz()).await; })* }
        mod apple_music_tried { $(#[tokio::test] async fn $test() { super::$test(super::apple_music()).await; })* }
    };
}

tried_on_each!(
    bears_every_fault,
    bears_half_a_body,
    bears_silence,
    keeps_still,
    works_offline
);

#[test]
fn a_needed_secret_that_is_nowhere_is_asked_for_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = Secrets {
        file: folder.path().join("nowhere.toml"),
    };
    let settings = || settings(folder.path(), "http://127.0.0.1:9/");
    let jamendo = Jamendo::new(settings(), &nowhere)
        .err()
        .unwrap()
        .to_string();
    assert!(
        jamendo.contains("JAMENDO_CLIENT_ID") && jamendo.contains("devportal"),
        "{jamendo}"
    );
    let apple = AppleMusic::new(settings(), &nowhere)
        .err()
        .unwrap()
        .to_string();
    assert!(
        apple.contains("APPLE_MUSIC_TOKEN") && apple.contains("MusicKit"),
        "{apple}"
    );
    assert!(ListenBrainz::new(settings(), &nowhere).is_ok());
}
