//! Faults that only Spotify has; see [`crate::faults`] for those of every service.

use super::*;
use crate::http::Limits;
use crate::stage::FAST_LIMITS;

async fn with_items(answer: ResponseTemplate) -> Recorded {
    let recorded = Recorded::new().await;
    recorded.header().await;
    recorded
        .answers(&format!("playlists/{KEY}/items"), answer)
        .await;
    recorded
}

fn error(status: u16, message: &str) -> ResponseTemplate {
    let body = json!({"error": {"status": status, "message": message}});
    ResponseTemplate::new(status).set_body_json(body)
}

#[tokio::test]
async fn refusals_say_why_and_what_to_do() {
    let premium = "Active premium subscription required for the owner of the app.";
    let quota = json!({"error": {"status": 429, "message": "Too many requests", "reason": "QUOTA_EXCEEDED"}});
    let quota = ResponseTemplate::new(429)
        .set_body_json(quota)
        .insert_header("Retry-After", "60");
    for (answer, says) in [
        (error(401, "The access token expired"), ["401", "--login"]),
        (
            error(403, "Forbidden"),
            ["since March 2026", "playlist-fit import"],
        ),
        (
            ResponseTemplate::new(403),
            ["since March 2026", "Chartmetric"],
        ),
        (error(403, premium), ["Premium", "SPOTIFY_CLIENT_ID"]),
        (
            error(403, "Insufficient client scope"),
            ["too little", "--login"],
        ),
        (
            error(403, "the-access-token is not registered"),
            ["does not know this user", "dashboard"],
        ),
        (
            error(404, "Resource not found"),
            ["since November 2024", "Exportify"],
        ),
        (error(418, "the-access-token"), ["418", "later"]),
        (quota, ["quota", "tomorrow"]),
    ] {
        let recorded = with_items(answer).await;
        let error = recorded.fails().await;
        assert!(matches!(error, CollectError::Refused { .. }), "{error:?}");
        let text = error.to_string();
        assert!(says.iter().all(|says| text.contains(says)), "{text}");
    }
}

#[tokio::test]
async fn spotifys_own_lists_are_refused_at_the_door() {
    let recorded = Recorded::new().await;
    recorded
        .answers(
            &format!("playlists/{KEY}"),
            error(404, "Resource not found"),
        )
        .await;
    let text = recorded.fails().await.to_string();
    assert!(
        text.contains("Spotify's own") && text.contains("archive"),
        "{text}"
    );
}

#[tokio::test]
async fn a_shape_that_is_not_understood_is_no_list_and_is_not_kept() {
    let json = |body: Value| ResponseTemplate::new(200).set_body_json(body);
    let html = || ResponseTemplate::new(200).set_body_raw("<html>Sorry</html>", "text/html");
    for broken in [
        html(),
        json(json!([])),
        json(json!({})),
        json(json!({"items": "none", "total": 1})),
        json(json!({"items": [7], "total": 1})),
        json(json!({"items": []})),
        json(json!({"items": [], "total": 3})),
        json(json!({"items": [track(1)], "total": -1})),
        json(json!({"items": [track(1)], "total": 1_000_000_000})),
    ] {
        let recorded = Recorded::new().await;
        recorded.header().await;
        Mock::given(path(format!("/v1/playlists/{KEY}/items")))
            .respond_with(broken)
            .up_to_n_times(1)
            .mount(&recorded.server)
            .await;
        recorded.items(vec![track(1)]).await;
        let error = recorded.fails().await;
        assert!(
            matches!(error, CollectError::UnexpectedResponse { .. }),
            "{error}"
        );
        assert!(error.to_string().contains("/items?"), "{error}");
        assert_eq!(recorded.list().await.unwrap().0.entries.len(), 1);
    }
}

#[tokio::test]
async fn an_endless_next_ends() {
    let page = |total: usize| {
        let next = "https://api.spotify.com/v1/again";
        json!({"items": [track(1)], "total": total, "next": next})
    };
    let recorded = with_items(ResponseTemplate::new(200).set_body_json(page(1))).await;
    assert_eq!(recorded.list().await.unwrap().0.entries.len(), 1);
    // Pages of one item each, where fifty were asked for, are not the whole.
    let recorded = with_items(ResponseTemplate::new(200).set_body_json(page(101))).await;
    let error = recorded.fails().await.to_string();
    assert!(error.contains("3 of 101"), "{error}");
}

#[tokio::test]
async fn nobody_there_is_said() {
    let recorded = Recorded::new().await;
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let settings = HttpSettings {
        api: Some(format!("http://{free}").parse().unwrap()),
        ..recorded.settings()
    };
    let spotify = Spotify::new(settings, &recorded.secrets()).unwrap();
    let error = spotify.playlist(KEY).await.unwrap_err();
    recorded.hides(&error);
    assert!(matches!(error, CollectError::Unreachable { .. }), "{error}");
}

#[tokio::test]
async fn a_list_that_broke_off_goes_on_where_it_stopped() {
    let recorded = Recorded::new().await;
    recorded.header().await;
    let at = format!("/v1/playlists/{KEY}/items");
    let full = json!({"total": 51, "items": (0..50).map(track).collect::<Vec<_>>()});
    Mock::given(path(&at))
        .and(query_param("offset", "0"))
        .respond_with(ResponseTemplate::new(200).set_body_json(full))
        .expect(1)
        .mount(&recorded.server)
        .await;
    let last = |answer: ResponseTemplate, times: u64| {
        let mock = Mock::given(path(&at)).and(query_param("offset", "50"));
        mock.respond_with(answer).up_to_n_times(times)
    };
    let silent = ResponseTemplate::new(200).set_delay(Duration::from_secs(600));
    last(silent, 1).mount(&recorded.server).await;
    let rest = json!({"total": 51, "items": [track(50)]});
    let rest = ResponseTemplate::new(200).set_body_json(rest);
    last(rest, 1).mount(&recorded.server).await;
    let settings = HttpSettings {
        limits: Limits {
            read: Duration::from_millis(500),
            tries: 1,
            ..FAST_LIMITS
        },
        ..recorded.settings()
    };
    let spotify = Spotify::new(settings, &recorded.secrets()).unwrap();
    spotify.playlist(KEY).await.unwrap_err();
    drop(spotify);
    assert_eq!(recorded.list().await.unwrap().0.entries.len(), 51);
}
