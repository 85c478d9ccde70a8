use jiff::civil::date;
use serde_json::json;
use wiremock::ResponseTemplate;
use wiremock::matchers::{any, header, path, query_param};

use super::*;
use crate::stage::{SECRET, Stage, assert_silent, ok};

const LIST: &str = "11111111-2222-3333-4444-555555555555";
const SONG: &str = "aaaaaaaa-2222-3333-4444-555555555555";

async fn stage() -> (Stage, ListenBrainz) {
    let stage = Stage::new().await;
    let listenbrainz = ListenBrainz::new(stage.settings(), &stage.secrets()).unwrap();
    (stage, listenbrainz)
}

fn head(number: usize) -> Value {
    let link = format!("https://listenbrainz.org/playlist/{number:08}-2222-3333-4444-555555555555");
    json!({"playlist": {"identifier": link, "title": format!("List {number}"), "creator": "rob", "track": []}})
}

fn heads(from: usize, to: usize, total: usize) -> ResponseTemplate {
    let lists: Vec<Value> = (from..to).map(head).collect();
    ok(&json!({"count": lists.len(), "offset": from, "playlist_count": total, "playlists": lists}))
}

#[tokio::test]
async fn a_list_is_read_as_jspf() {
    let (stage, listenbrainz) = stage().await;
    let link = format!("https://musicbrainz.org/recording/{SONG}");
    let extension = json!({"added_by": "rob", "added_at": "2026-05-01T10:00:00+00:00"});
    let song = |identifier: Value, extension: Value| {
        json!({
            "identifier": identifier, "title": "Song", "creator": "Ann feat. Ben", "album": "Album",
            "duration": 201_500, "extension": {TRACK_EXTENSION: extension},
        })
    };
    let body = json!({"playlist": {
        "identifier": format!("https://listenbrainz.org/playlist/{LIST}"), "title": "Quiet", "creator": "rob",
        "annotation": "for the evening",
        "track": [song(json!([link]), extension.clone()), song(json!(link), json!([extension])), {"title": "Bare"}],
    }});
    stage
        .on(path(format!("/1/playlist/{LIST}")), ok(&body))
        .await;
    for named in [
        LIST.to_uppercase(),
        format!("listenbrainz:{LIST}"),
        format!("https://listenbrainz.org/playlist/{LIST}/?a=1"),
    ] {
        let (snapshot, skipped) = listenbrainz.playlist(&named).await.unwrap();
        assert_eq!(skipped, []);
        assert_eq!(snapshot.playlist.id, format!("listenbrainz:{LIST}"));
        assert_eq!(snapshot.playlist.name, "Quiet");
        assert_eq!(
            snapshot.playlist.description.as_deref(),
            Some("for the evening")
        );
        let [one, other, bare] = &snapshot.entries[..] else {
            panic!("{snapshot:?}");
        };
        assert_eq!(one, other);
        assert_eq!(one.track.aliases, [format!("musicbrainz:{SONG}")].into());
        assert_eq!(one.track.artists, ["Ann", "Ben"]);
        assert_eq!(one.track.duration_seconds, Some(201.5));
        assert_eq!(one.added, Some(date(2026, 5, 1)));
        assert_eq!((bare.track.title.as_str(), bare.added), ("Bare", None));
    }
}

#[tokio::test]
async fn the_token_goes_along_where_there_is_one() {
    let (stage, with) = stage().await;
    let nowhere = Secrets {
        file: stage.folder.path().join("nowhere.toml"),
    };
    let without = ListenBrainz::new(stage.settings(), &nowhere).unwrap();
    let list = |title: &str| ok(&json!({"playlist": {"title": title, "track": []}}));
    let authorization = format!("Token {SECRET}");
    stage
        .on(
            header("authorization", authorization.as_str()),
            list("mine"),
        )
        .await;
    stage.on(any(), list("Public")).await;
    assert_eq!(
        without.playlist(LIST).await.unwrap().0.playlist.name,
        "Public"
    );
    assert_eq!(with.playlist(LIST).await.unwrap().0.playlist.name, "mine");
    let reason = without.own_playlists().await.unwrap_err().to_string();
    assert!(reason.contains("LISTENBRAINZ_TOKEN"), "{reason}");
}

#[tokio::test]
async fn lists_of_ones_own_come_page_by_page() {
    let (stage, listenbrainz) = stage().await;
    let valid = json!({"code": 200, "valid": true, "user_name": "rob/../x"});
    stage.on(path("/1/validate-token"), ok(&valid)).await;
    stage
        .on(query_param("offset", "0"), heads(0, 100, 101))
        .await;
    stage
        .on(query_param("offset", "100"), heads(100, 101, 101))
        .await;
    let own = listenbrainz.own_playlists().await.unwrap();
    assert_eq!(own.len(), 101);
    assert_eq!(own[100], "00000100-2222-3333-4444-555555555555");
    let asked = stage.server.received_requests().await.unwrap();
    assert_eq!(asked[1].url.path(), "/1/user/rob%2F..%2Fx/playlists");
}

#[tokio::test]
async fn a_token_that_is_not_valid_says_so() {
    let (stage, listenbrainz) = stage().await;
    stage
        .on(
            any(),
            ok(&json!({"code": 200, "message": "Token invalid.", "valid": false})),
        )
        .await;
    let reason = listenbrainz.own_playlists().await.unwrap_err().to_string();
    assert!(
        reason.contains("not valid") && reason.contains("listenbrainz.org/settings"),
        "{reason}"
    );
}

#[tokio::test]
async fn lists_are_found_by_words_and_by_user() {
    let (stage, listenbrainz) = stage().await;
    stage
        .on(query_param("query", "night drive"), heads(0, 2, 2))
        .await;
    stage
        .on(path("/1/user/rob/playlists"), heads(5, 6, 1))
        .await;
    let names = |lists: Vec<Playlist>| lists.into_iter().map(|list| list.name).collect::<Vec<_>>();
    assert_eq!(
        names(listenbrainz.search("night drive").await.unwrap()),
        ["List 0", "List 1"]
    );
    assert_eq!(
        names(listenbrainz.search("user:rob").await.unwrap()),
        ["List 5"]
    );
    for (named, says) in [
        ("user:rob", "--search user:rob"),
        ("night drive", "is not a playlist"),
    ] {
        let reason = listenbrainz.playlist(named).await.unwrap_err().to_string();
        assert!(reason.contains(says), "{reason}");
    }
    let reason = listenbrainz.search("ab").await.unwrap_err().to_string();
    assert!(reason.contains("three letters"), "{reason}");
}

#[tokio::test]
async fn pages_that_repeat_themselves_end() {
    let (stage, listenbrainz) = stage().await;
    stage.on(any(), heads(0, 100, 1_000_000)).await;
    let reason = listenbrainz.search("user:rob").await.unwrap_err();
    assert!(
        matches!(reason, CollectError::UnexpectedResponse { .. }),
        "{reason}"
    );
    assert_eq!(stage.asked().await, 2);
}

#[tokio::test]
async fn the_end_of_the_window_is_waited_for() {
    let (stage, listenbrainz) = stage().await;
    let over =
        |seconds: &str| ResponseTemplate::new(429).insert_header("X-RateLimit-Reset-In", seconds);
    wiremock::Mock::given(any())
        .respond_with(over("1"))
        .up_to_n_times(1)
        .mount(&stage.server)
        .await;
    stage
        .on(
            path(format!("/1/playlist/{LIST}")),
            ok(&json!({"playlist": {"track": []}})),
        )
        .await;
    stage.on(any(), over("80000")).await;
    assert_eq!(listenbrainz.playlist(LIST).await.unwrap().0.entries, []);
    let reason = listenbrainz.search("night drive").await.unwrap_err();
    assert!(
        matches!(reason, CollectError::RateLimited { .. }),
        "{reason}"
    );
    assert_silent(&format!("{reason:?}"), &stage.folder.path().join("cache"));
}
