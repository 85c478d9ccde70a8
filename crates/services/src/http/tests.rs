//! The client against servers on the loopback; `kept` tests the files on the disk.

mod kept;

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use secrecy::SecretString;
use tempfile::TempDir;
use wiremock::matchers::{any, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::*;

const SECRET: &str = "very/secret+token";

/// Settings of a client without noticeable pauses.
struct Place {
    folder: TempDir,
    api: Url,
    offline: bool,
    limits: Limits,
}

fn place(api: &str) -> Place {
    Place {
        folder: tempfile::tempdir().unwrap(),
        api: Url::parse(api).unwrap(),
        offline: false,
        limits: Limits {
            first_pause: Duration::from_millis(1),
            ..Limits::default()
        },
    }
}

impl Place {
    fn client(&self) -> Client {
        let policy = ServicePolicy {
            source_name: "test",
            requests: 10,
            per: Duration::from_secs(1),
            decision: by_status,
        };
        let settings = HttpSettings {
            cache: self.folder.path().to_owned(),
            offline: self.offline,
            api: Some(self.api.clone()),
            limits: self.limits,
        };
        Client::new(policy, settings).unwrap()
    }

    fn page(&self, path: &str) -> GetRequest {
        self.api.join(path).unwrap().into()
    }

    fn secret_page(&self, path: &str) -> GetRequest {
        GetRequest {
            secret_headers: vec![("x-api-key", SECRET.into())],
            secret_query: vec![("client_id", SECRET.into())],
            ..self.page(path)
        }
    }

    async fn text(&self, client: &Client, path: &str) -> Result<String, CollectError> {
        let answer = client.get(&self.page(path)).await?;
        Ok(String::from_utf8(answer.body).unwrap())
    }
}

/// A server that sends `answers` in turn and repeats the last one.
async fn server(answers: Vec<ResponseTemplate>) -> MockServer {
    let server = MockServer::start().await;
    let next = AtomicUsize::new(0);
    let give = move |_: &Request| {
        let number = next.fetch_add(1, Ordering::SeqCst);
        answers[number.min(answers.len() - 1)].clone()
    };
    Mock::given(any()).respond_with(give).mount(&server).await;
    server
}

async fn asked(server: &MockServer) -> usize {
    server.received_requests().await.unwrap().len()
}

fn good(body: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(body, "application/json")
}

fn status(status: u16) -> ResponseTemplate {
    ResponseTemplate::new(status)
}

/// A server that writes the given bytes, one text a connection, and closes it.
fn raw_server(answers: Vec<&'static str>) -> String {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", socket.local_addr().unwrap());
    std::thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = socket.accept().unwrap();
            let mut request = Vec::new();
            let mut piece = [0; 1024];
            while !request.windows(4).any(|end| end == b"\r\n\r\n") {
                let length = stream.read(&mut piece).unwrap();
                assert!(
                    length > 0,
                    "the connection was closed before the end of the request"
                );
                request.extend_from_slice(&piece[..length]);
            }
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    address
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| {
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

#[track_caller]
fn holds_no_secret(text: &str) {
    assert!(
        !text.contains("very") && !text.contains("secret+token"),
        "{text}"
    );
}

#[tokio::test]
async fn a_short_pause_is_waited_for() {
    let server = server(vec![
        status(429).insert_header("Retry-After", "1"),
        good("data"),
    ])
    .await;
    let place = place(&server.uri());
    assert_eq!(place.text(&place.client(), "a").await.unwrap(), "data");
    assert_eq!(asked(&server).await, 2);
}

#[tokio::test]
async fn a_pause_of_22_hours_is_respected_by_the_next_run_without_asking() {
    let server = server(vec![
        status(429).insert_header("Retry-After", "79200"),
        good("data"),
    ])
    .await;
    let place = place(&server.uri());
    let client = place.client();
    let CollectError::RateLimited { until, .. } = place.text(&client, "a").await.unwrap_err()
    else {
        panic!("no pause");
    };
    let hours = until.duration_since(Timestamp::now()).as_hours();
    assert!((21..=22).contains(&hours), "{hours}");
    for client in [client, place.client()] {
        let error = place.text(&client, "b").await.unwrap_err();
        assert!(error.to_string().contains(&until.to_string()), "{error}");
    }
    assert_eq!(asked(&server).await, 1);
    let file = place.folder.path().join("test/cool-down.json");
    fs::write(file, r#"{"until":"2020-01-01T00:00:00Z"}"#).unwrap();
    assert_eq!(place.text(&place.client(), "a").await.unwrap(), "data");
}

#[tokio::test]
async fn a_service_that_never_stops_asking_for_a_pause_gets_one() {
    let server = server(vec![status(429)]).await;
    let place = place(&server.uri());
    let error = place.text(&place.client(), "a").await.unwrap_err();
    assert!(matches!(error, CollectError::RateLimited { .. }), "{error}");
    assert_eq!(asked(&server).await, 4);
}

#[tokio::test]
async fn trouble_at_the_service_is_tried_again_and_not_for_ever() {
    let recovers = server(vec![status(500), status(502), status(503), good("data")]).await;
    let place_of_it = place(&recovers.uri());
    let data = place_of_it.text(&place_of_it.client(), "a").await;
    assert_eq!(data.unwrap(), "data");
    let never = server(vec![status(500)]).await;
    let place = place(&never.uri());
    let error = place
        .text(&place.client(), "a")
        .await
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("HTTP 500") && error.contains("run the same command again"),
        "{error}"
    );
    assert_eq!(asked(&never).await, 4);
}

#[tokio::test]
async fn a_last_word_is_handed_on_and_not_kept() {
    let server = server(vec![status(404).set_body_string("gone"), good("data")]).await;
    let place = place(&server.uri());
    let client = place.client();
    let answer = client.get(&place.page("a")).await.unwrap();
    assert_eq!((answer.status, answer.body), (404, b"gone".to_vec()));
    assert_eq!(place.text(&client, "a").await.unwrap(), "data");
}

#[tokio::test]
async fn half_a_body_is_asked_for_again() {
    let place = place(&raw_server(vec![
        "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"half\":",
        "",
        "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}",
    ]));
    assert_eq!(place.text(&place.client(), "a").await.unwrap(), "{}");
}

#[tokio::test]
async fn an_answer_that_does_not_come_in_time_is_asked_for_again() {
    let server = server(vec![
        good("late").set_delay(Duration::from_secs(60)),
        good("data"),
    ])
    .await;
    let mut place = place(&server.uri());
    place.limits.read = Duration::from_millis(500);
    assert_eq!(place.text(&place.client(), "a").await.unwrap(), "data");
}

#[tokio::test]
async fn nobody_there_is_said_without_the_secrets() {
    let place = place("http://127.0.0.1:1");
    let get = place.secret_page("a");
    let error = place.client().get(&get).await.unwrap_err();
    assert!(matches!(error, CollectError::Unreachable { .. }), "{error}");
    holds_no_secret(&format!("{error} {error:?} {get:?}"));
}

#[tokio::test]
async fn html_in_place_of_json_is_a_shape_that_is_not_understood() {
    let page = status(200).set_body_raw("<html>Sign in to the Wi-Fi", "text/html");
    let server = server(vec![page]).await;
    let place = place(&server.uri());
    let get = place.page("a");
    let answer = place.client().get(&get).await.unwrap();
    let read = answer.json::<serde_json::Value>();
    let error = read.unwrap_err();
    assert!(error.contains("the response is HTML, not JSON"), "{error}");
}

#[tokio::test]
async fn an_answer_without_end_is_refused() {
    let server = server(vec![good(&"x".repeat(1001))]).await;
    let mut place = place(&server.uri());
    place.limits.body = 1000;
    let error = place
        .text(&place.client(), "a")
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("longer than 1000 bytes"), "{error}");
    assert_eq!(asked(&server).await, 1);
}

#[tokio::test]
async fn secrets_follow_within_the_service_and_not_to_another_host() {
    let (own, other) = (MockServer::start().await, server(vec![good("data")]).await);
    let to = |place: String| status(302).insert_header("Location", place);
    let away = format!("{}/file?client_id=very%2Fsecret%2Btoken&x=1", other.uri());
    for (from, to) in [("/first", to("/second".into())), ("/second", to(away))] {
        Mock::given(path(from)).respond_with(to).mount(&own).await;
    }
    let place = place(&own.uri());
    let answer = place
        .client()
        .get(&place.secret_page("first"))
        .await
        .unwrap();
    assert_eq!(answer.body, b"data");
    for request in own.received_requests().await.unwrap() {
        assert_eq!(request.headers["x-api-key"], SECRET);
        assert!(request.url.query_pairs().any(|pair| pair.1 == SECRET));
    }
    for request in other.received_requests().await.unwrap() {
        assert_eq!(request.url.query(), Some("x=1"));
        holds_no_secret(&format!("{request:?}"));
    }
}

#[tokio::test]
async fn an_answer_that_leads_in_circles_is_refused() {
    let server = server(vec![status(301).insert_header("Location", "/a")]).await;
    let place = place(&server.uri());
    let error = place
        .text(&place.client(), "a")
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("redirects without end"), "{error}");
}

#[tokio::test]
async fn a_token_is_asked_for_once_and_never_kept() {
    let server = server(vec![status(503), good(r#"{"token":"1"}"#)]).await;
    let mut place = place(&server.uri());
    let post = |body| TokenRequest {
        url: place.api.join("token").unwrap(),
        secret_headers: vec![("authorization", SecretString::from(SECRET))],
        body,
    };
    let form = post(TokenRequestBody::Form(vec![("refresh", "a b".into())]));
    let json = post(TokenRequestBody::Json(r#"{"refresh":1}"#.into()));
    let offline = post(TokenRequestBody::Json("{}".into()));
    let client = place.client();
    assert_eq!(client.post(form).await.unwrap().status, 503);
    assert_eq!(client.post(json).await.unwrap().body, br#"{"token":"1"}"#);
    let bodies = server.received_requests().await.unwrap();
    let bodies: Vec<_> = bodies.into_iter().map(|request| request.body).collect();
    assert_eq!(
        bodies,
        [b"refresh=a+b".to_vec(), br#"{"refresh":1}"#.to_vec()]
    );
    assert_eq!(files(place.folder.path()), Vec::<PathBuf>::new());
    place.offline = true;
    assert!(place.client().post(offline).await.is_err());
    assert_eq!(asked(&server).await, 2);
}

#[tokio::test]
async fn a_password_in_the_address_of_a_proxy_is_refused() {
    let place = place("http://me:hush@127.0.0.1:1/");
    let policy = ServicePolicy {
        source_name: "test",
        requests: 1,
        per: Duration::from_secs(1),
        decision: by_status,
    };
    let settings = HttpSettings {
        cache: place.folder.path().to_owned(),
        offline: false,
        api: Some(place.api),
        limits: place.limits,
    };
    let error = Client::new(policy, settings).err().unwrap().to_string();
    assert!(
        error.contains("password") && !error.contains("hush"),
        "{error}"
    );
}
