//! Everything that a service can do wrong, at the tracks of a list.

use jiff::ToSpan;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::*;

/// A list whose tracks of now are answered this way.
async fn with_current(answer: ResponseTemplate) -> Recorded {
    let recorded = Recorded::new().await;
    recorded.token().await;
    recorded.head().await;
    recorded
        .answers(&format!("playlist/{LIST}/current/tracks"), answer)
        .await;
    recorded
}

/// A list that is in order after `few` answers of this kind.
async fn mended(few: u64, answer: ResponseTemplate) -> Recorded {
    let recorded = Recorded::new().await;
    recorded.token().await;
    recorded.head().await;
    recorded.at_first(few, answer).await;
    recorded.rows("current", vec![row(1)], 0).await;
    recorded.rows("past", Vec::new(), 0).await;
    recorded
}

#[tokio::test]
async fn refusals_say_why_and_what_to_do() {
    let mut cases = JoinSet::new();
    for (status, says) in [
        (401, ["401", REFRESH_TOKEN]),
        (403, ["plan", "archive"]),
        (404, ["no such list", "app.chartmetric.com"]),
        (418, ["418", "later"]),
    ] {
        cases.spawn(async move {
            let answer = ResponseTemplate::new(status).set_body_string("the-hourly-token");
            let error = with_current(answer).await.fails().await;
            assert!(matches!(error, CollectError::Refused { .. }), "{error:?}");
            let text = error.to_string();
            assert!(says.iter().all(|says| text.contains(says)), "{text}");
        });
    }
    cases.join_all().await;
}

#[tokio::test]
async fn a_token_that_ends_half_way_is_replaced_once() {
    let recorded = mended(1, ResponseTemplate::new(401)).await;
    assert_eq!(recorded.list().await.unwrap().0.entries.len(), 1);
    let tokens = recorded.asked().await;
    assert_eq!(
        tokens.iter().filter(|path| *path == "/api/token").count(),
        2
    );
}

#[tokio::test]
async fn the_token_service_can_fail_in_words() {
    for (answer, says) in [
        (
            ResponseTemplate::new(401).set_body_string("the-refresh-token"),
            "not accepted (401)",
        ),
        (ResponseTemplate::new(400), "not accepted (400)"),
        (ResponseTemplate::new(503), "503"),
        (
            data(json!({"tokens": "the-hourly-token"})),
            "no token in it",
        ),
        (
            ResponseTemplate::new(200).set_body_string("<html>the-hourly-token"),
            "no token in it",
        ),
    ] {
        let recorded = Recorded::new().await;
        Mock::given(path("/api/token"))
            .respond_with(answer)
            .mount(&recorded.server)
            .await;
        let error = recorded.fails().await.to_string();
        assert!(error.contains(says), "{error}");
    }
}

#[tokio::test]
async fn without_a_secret_it_says_where_to_get_one() {
    let recorded = Recorded::new().await;
    let nobody = Secrets {
        file: recorded.folder.path().join("none.toml"),
    };
    let chartmetric = Chartmetric::new(recorded.settings(), &nobody).unwrap();
    let error = chartmetric.list(LIST).await.unwrap_err().to_string();
    assert!(error.contains(REFRESH_TOKEN), "{error}");
}

#[tokio::test]
async fn what_passes_is_asked_again() {
    let in_body = json!({"error": "slow down", "Retry-after": 1});
    let mut cases = JoinSet::new();
    for passing in [
        ResponseTemplate::new(500),
        ResponseTemplate::new(429).insert_header("Retry-After", "0"),
        ResponseTemplate::new(429).insert_header("Retry-After", "1"),
        ResponseTemplate::new(429).set_body_json(in_body),
    ] {
        cases.spawn(async {
            let recorded = mended(1, passing).await;
            assert_eq!(recorded.list().await.unwrap().0.entries.len(), 1);
        });
    }
    cases.join_all().await;
}

#[tokio::test]
async fn a_pause_of_22_hours_is_named_and_kept_wherever_it_stands() {
    let in_body =
        |wait: Value| ResponseTemplate::new(429).set_body_json(json!({"Retry-after": wait}));
    let mut cases = JoinSet::new();
    for long in [
        ResponseTemplate::new(429).insert_header("Retry-After", "79892"),
        in_body(79892.into()),
        in_body("79892".into()),
    ] {
        cases.spawn(async {
            let recorded = with_current(long).await;
            let error = recorded.fails().await;
            let CollectError::RateLimited { until, .. } = &error else {
                panic!("{error}");
            };
            assert!(*until > jiff::Timestamp::now() + 22.hours(), "{error}");
            let api =
                |asked: Vec<String>| asked.iter().filter(|path| *path != "/api/token").count();
            let asked = api(recorded.asked().await);
            assert!(matches!(
                recorded.fails().await,
                CollectError::RateLimited { .. }
            ));
            assert_eq!(api(recorded.asked().await), asked);
        });
    }
    cases.join_all().await;
}

#[tokio::test]
async fn a_shape_that_is_not_understood_is_no_list_and_is_not_kept() {
    let mut cases = JoinSet::new();
    for broken in [
        ResponseTemplate::new(200).set_body_raw("<html>Sorry</html>", "text/html"),
        data(json!({})),
        data(json!({"obj": null})),
        data(json!({"obj": {"tracks": []}})),
        data(json!({"obj": [7]})),
        data(json!({"obj": [{"name": 7}]})),
    ] {
        cases.spawn(async {
            let recorded = mended(1, broken).await;
            let error = recorded.fails().await;
            assert!(
                matches!(error, CollectError::UnexpectedResponse { .. }),
                "{error}"
            );
            assert!(error.to_string().contains("/current/tracks"), "{error}");
            assert_eq!(recorded.list().await.unwrap().0.entries.len(), 1);
        });
    }
    cases.join_all().await;
}

#[tokio::test]
async fn a_page_that_never_ends_is_no_list() {
    let recorded = with_current(data(json!({"obj": [row(1)]}))).await;
    let error = recorded.fails().await.to_string();
    assert!(error.contains("again and again"), "{error}");
}

#[tokio::test]
async fn half_a_body_is_no_list() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let length = stream.read(&mut request).await.unwrap();
            let request = String::from_utf8_lossy(&request[..length]);
            let (body, missing) = match request.split(' ').nth(1).unwrap() {
                "/api/token" => (r#"{"token": "the-hourly-token"}"#, 0),
                target if target.contains("/tracks") => (r#"{"obj": ["#, 500),
                _ => (r#"{"obj": {}}"#, 0),
            };
            let length = body.len() + missing;
            let head =
                format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
            stream.write_all((head + body).as_bytes()).await.unwrap();
        }
    });
    let recorded = Recorded::new().await;
    let settings = HttpSettings {
        api: Some(format!("http://{address}").parse().unwrap()),
        ..recorded.settings()
    };
    let chartmetric = Chartmetric::with_limits(settings, &recorded.secrets(), limits()).unwrap();
    let error = chartmetric.list(LIST).await.unwrap_err();
    assert!(matches!(error, CollectError::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn a_service_that_falls_silent_is_given_up() {
    let silent = ResponseTemplate::new(200).set_delay(Duration::from_secs(600));
    let recorded = with_current(silent).await;
    let hasty = Limits {
        read: Duration::from_millis(500),
        tries: 2,
        ..limits()
    };
    let chartmetric =
        Chartmetric::with_limits(recorded.settings(), &recorded.secrets(), hasty).unwrap();
    let error = chartmetric.list(LIST).await.unwrap_err();
    assert!(matches!(error, CollectError::Unreachable { .. }), "{error}");
}
