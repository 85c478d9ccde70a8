use serde_json::json;
use wiremock::matchers::{any, path, query_param};
use wiremock::{MockServer, ResponseTemplate};

use super::*;
use crate::stage::{SECRET, Stage, ok};

const ID: &str = "pl.f4d106fed2bd41149aaacabb233eb5eb";

async fn stage() -> (Stage, AppleMusic) {
    let stage = Stage::new().await;
    let apple = AppleMusic::new(stage.settings(), &stage.secrets()).unwrap();
    (stage, apple)
}

fn song(id: usize) -> Value {
    json!({"id": id.to_string(), "type": "songs", "attributes": {
        "name": format!("Song {id}"), "artistName": "Ann feat. Ben", "albumName": "Album",
        "isrc": format!("usrc1234{id:04}"), "durationInMillis": 201_500,
    }})
}

fn list(songs: Vec<Value>, next: Value) -> Value {
    json!({"data": [{"id": ID, "type": "playlists",
        "attributes": {
            "name": "Today’s Hits", "curatorName": "Apple Music Hits", "description": {"standard": "Now"},
            "lastModifiedDate": "2026-11-20T08:00:00Z",
        },
        "relationships": {"tracks": {"data": songs, "next": next}},
    }]})
}

#[tokio::test]
async fn pages_follow_next_as_it_stands() {
    let (stage, apple) = stage().await;
    let head = format!("/v1/catalog/gb/playlists/{ID}");
    let next = |offset: usize| json!(format!("{head}/tracks?offset={offset}"));
    let video = json!({"id": "9", "type": "music-videos", "attributes": {"name": "The Video"}});
    stage
        .on(
            path(head.as_str()),
            ok(&list(vec![song(1), song(2)], next(2))),
        )
        .await;
    stage
        .on(
            query_param("offset", "2"),
            ok(&json!({"data": [video, null], "next": next(4)})),
        )
        .await;
    stage
        .on(query_param("offset", "4"), ok(&json!({"data": [song(3)]})))
        .await;

    let link = format!("https://music.apple.com/gb/playlist/todays-hits/{ID}?app=music");
    let (snapshot, skipped) = apple.playlist(&link).await.unwrap();
    assert_eq!(snapshot.playlist.id, format!("apple-music:gb/{ID}"));
    assert_eq!(snapshot.playlist.market.as_deref(), Some("gb"));
    assert_eq!(snapshot.playlist.owner.as_deref(), Some("Apple Music Hits"));
    assert_eq!(snapshot.playlist.description.as_deref(), Some("Now"));
    let titles: Vec<_> = snapshot
        .entries
        .iter()
        .map(|entry| entry.track.title.as_str())
        .collect();
    assert_eq!(titles, ["Song 1", "Song 2", "Song 3"]);
    let track = &snapshot.entries[0].track;
    assert_eq!(track.aliases, ["apple-music:1".to_owned()].into());
    assert_eq!(track.isrc.as_deref(), Some("USRC12340001"));
    assert_eq!(track.artists, ["Ann", "Ben"]);
    assert_eq!(
        (track.album.as_deref(), track.duration_seconds),
        (Some("Album"), Some(201.5))
    );
    assert_eq!(skipped.len(), 2);
    assert!(
        skipped[0].reason.contains("The Video") && skipped[0].path.contains("item 3"),
        "{skipped:?}"
    );

    for request in stage.server.received_requests().await.unwrap() {
        assert!(request.url.path().starts_with(&head), "{}", request.url);
        assert_eq!(
            request.headers["authorization"],
            format!("Bearer {SECRET}").as_str()
        );
    }
    let catalogue = snapshot.into_catalogue(jiff::Timestamp::UNIX_EPOCH);
    assert!(catalogue.provenance.iter().all(|row| !row.may_train));
}

#[tokio::test]
async fn no_link_leads_to_another_host() {
    let (stage, apple) = stage().await;
    let elsewhere = MockServer::start().await;
    let next = json!(format!(
        "{}/v1/catalog/us/playlists/{ID}/tracks?offset=1",
        elsewhere.uri()
    ));
    stage
        .on(query_param("offset", "1"), ok(&json!({"data": [song(2)]})))
        .await;
    stage.on(any(), ok(&list(vec![song(1)], next))).await;
    let (snapshot, _) = apple.playlist(ID).await.unwrap();
    assert_eq!(snapshot.entries.len(), 2);
    assert_eq!(elsewhere.received_requests().await.unwrap().len(), 0);
}

#[tokio::test]
async fn pages_in_a_circle_end() {
    let (stage, apple) = stage().await;
    let next = json!(format!("/v1/catalog/us/playlists/{ID}/tracks?offset=1"));
    stage
        .on(
            query_param("offset", "1"),
            ok(&json!({"data": [song(2)], "next": next})),
        )
        .await;
    stage.on(any(), ok(&list(vec![song(1)], next))).await;
    let reason = apple.playlist(ID).await.unwrap_err();
    assert!(
        matches!(&reason, CollectError::UnexpectedResponse { reason, .. } if reason.contains("read before")),
        "{reason}"
    );
    assert_eq!(stage.asked().await, 2);
}

#[tokio::test]
async fn a_list_of_videos_alone_is_empty_and_no_riddle() {
    let (stage, apple) = stage().await;
    let video = json!({"id": "9", "type": "music-videos"});
    stage.on(any(), ok(&list(vec![video], Value::Null))).await;
    let (snapshot, skipped) = apple.playlist(ID).await.unwrap();
    assert_eq!((snapshot.entries.len(), skipped.len()), (0, 1));
}

#[tokio::test]
async fn an_expired_token_is_explained() {
    let (stage, apple) = stage().await;
    stage.on(any(), ResponseTemplate::new(401)).await;
    let reason = apple.playlist(ID).await.unwrap_err().to_string();
    assert!(
        reason.contains("six months") && reason.contains("APPLE_MUSIC_TOKEN"),
        "{reason}"
    );
}

#[tokio::test]
async fn lists_are_found_by_words() {
    let (stage, apple) = stage().await;
    let found =
        json!({"results": {"playlists": {"data": [{"id": ID, "attributes": {"name": "Hits"}}]}}});
    stage.on(query_param("term", "hits"), ok(&found)).await;
    stage
        .on(query_param("term", "none"), ok(&json!({"results": {}})))
        .await;
    stage
        .on(query_param("term", "odd"), ok(&json!({"found": {}})))
        .await;
    let lists = apple.search("hits").await.unwrap();
    assert_eq!(
        (lists[0].id.as_str(), lists[0].name.as_str()),
        (format!("apple-music:us/{ID}").as_str(), "Hits")
    );
    assert_eq!(apple.search("none").await.unwrap(), []);
    assert!(matches!(
        apple.search("odd").await.unwrap_err(),
        CollectError::UnexpectedResponse { .. }
    ));
}

#[test]
fn a_list_is_named_by_id_key_or_link() {
    for (named, storefront) in [
        (ID.to_owned(), "us"),
        (format!("de/{ID}"), "de"),
        (format!("apple-music:fr/{ID}"), "fr"),
        (format!("https://music.apple.com/JP/playlist/{ID}"), "jp"),
        (
            format!("https://music.apple.com/us/playlist/de/{ID}/?l=en"),
            "us",
        ),
        (format!("https://music.apple.com/playlist/de/{ID}"), "us"),
    ] {
        assert_eq!(
            playlist_id(&named),
            Some((storefront.to_owned(), ID)),
            "{named}"
        );
    }
    for named in [
        "",
        "pl.",
        "p.abc",
        "https://music.apple.com/us/album/x/123",
        "pl.a/../b",
        "pl.a b",
    ] {
        assert_eq!(playlist_id(named), None, "{named}");
    }
}
