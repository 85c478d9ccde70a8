//! Faults that only Chartmetric has; see [`crate::faults`] for those of every service.

use super::*;

/// A playlist whose current tracks have this response.
async fn with_current(answer: ResponseTemplate) -> Recorded {
    let recorded = Recorded::new().await;
    recorded.token().await;
    recorded.head().await;
    recorded
        .answers(&format!("playlist/{LIST}/current/tracks"), answer)
        .await;
    recorded
}

/// A playlist that is valid after `few` responses of this kind.
async fn recovers(few: u64, answer: ResponseTemplate) -> Recorded {
    let recorded = Recorded::new().await;
    recorded.token().await;
    recorded.head().await;
    let tracks = format!("/api/playlist/{LIST}/current/tracks");
    recorded.at_first(few, &tracks, answer).await;
    recorded.rows("current", vec![row(1)], 0).await;
    recorded.rows("past", Vec::new(), 0).await;
    recorded
}

#[tokio::test]
async fn errors_name_the_reason_and_the_next_step() {
    for (status, says) in [
        (401, ["401", REFRESH_TOKEN]),
        (403, ["plan", "archive"]),
        (404, ["no such playlist", "app.chartmetric.com"]),
        (418, ["418", "later"]),
    ] {
        let answer = ResponseTemplate::new(status).set_body_string("the-hourly-token");
        let error = with_current(answer).await.fails().await;
        assert!(matches!(error, CollectError::Refused { .. }), "{error:?}");
        let text = error.to_string();
        assert!(says.iter().all(|says| text.contains(says)), "{text}");
    }
}

#[tokio::test]
async fn errors_of_the_token_service_are_explained() {
    for (answer, says) in [
        (
            ResponseTemplate::new(401).set_body_string("the-refresh-token"),
            "not accepted (401)",
        ),
        (ResponseTemplate::new(400), "not accepted (400)"),
        (ResponseTemplate::new(503), "503"),
        (
            ok(&json!({"tokens": "the-hourly-token"})),
            "it has no token",
        ),
        (
            ResponseTemplate::new(200).set_body_string("<html>the-hourly-token"),
            "it has no token",
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
    let chartmetric = Chartmetric::new(recorded.settings(), &recorded.no_secrets()).unwrap();
    let error = chartmetric.playlist(LIST).await.unwrap_err().to_string();
    assert!(error.contains(REFRESH_TOKEN), "{error}");
}

#[tokio::test]
async fn a_response_of_another_format_is_an_error_and_is_not_cached() {
    for broken in [
        ResponseTemplate::new(200).set_body_raw("<html>Sorry</html>", "text/html"),
        ok(&json!({})),
        ok(&json!({"obj": null})),
        ok(&json!({"obj": {"tracks": []}})),
        ok(&json!({"obj": [7]})),
        ok(&json!({"obj": [{"name": 7}]})),
    ] {
        let recorded = recovers(1, broken).await;
        let error = recorded.fails().await;
        assert!(
            matches!(error, CollectError::UnexpectedResponse { .. }),
            "{error}"
        );
        assert!(error.to_string().contains("/current/tracks"), "{error}");
        assert_eq!(recorded.list().await.unwrap().0.entries.len(), 1);
    }
}

#[tokio::test]
async fn a_page_that_repeats_is_an_error() {
    let recorded = with_current(ok(&json!({"obj": [row(1)]}))).await;
    let error = recorded.fails().await.to_string();
    assert!(error.contains("again and again"), "{error}");
}
