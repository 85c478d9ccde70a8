//! Chartmetric recorded on the loopback.

mod faults;

use std::ops::Deref;

use jiff::civil::date;
use serde_json::{Value, json};
use wiremock::matchers::{body_json, header, method, path, query_param};
use wiremock::{Mock, Request, ResponseTemplate};

use super::token_provider::REFRESH_TOKEN;
use super::*;
use crate::stage::{Stage, number_in_query, ok};

const LIST: &str = "spotify/12345";
/// What must not occur in a message or in the cache.
const HIDDEN: [&str; 2] = ["the-refresh-token", "the-hourly-token"];

/// Chartmetric on the loopback, and its refresh token.
struct Recorded(Stage);

impl Deref for Recorded {
    type Target = Stage;

    fn deref(&self) -> &Stage {
        &self.0
    }
}

impl Recorded {
    async fn new() -> Self {
        let stage = Stage::new().await;
        let token = "the-refresh-token".to_owned().into();
        stage.secrets().store(REFRESH_TOKEN, &token).unwrap();
        Self(stage)
    }

    async fn token(&self) {
        Mock::given(method("POST"))
            .and(path("/api/token"))
            .and(body_json(json!({"refreshtoken": "the-refresh-token"})))
            .respond_with(ok(
                &json!({"token": "the-hourly-token", "expires_in": 3600, "scope": "api"}),
            ))
            .mount(&self.server)
            .await;
    }

    async fn head(&self) {
        let head = json!({"obj": {"id": 12345, "name": "Fresh", "followers": 500, "code2": "US"}});
        self.answers(&format!("playlist/{LIST}"), ok(&head)).await;
    }

    async fn answers(&self, at: &str, answer: ResponseTemplate) {
        Mock::given(method("GET"))
            .and(path(format!("/api/{at}")))
            .and(header("authorization", "Bearer the-hourly-token"))
            .respond_with(answer)
            .mount(&self.server)
            .await;
    }

    /// Current or past rows, cut into pages as they are requested, `short` less than requested.
    async fn rows(&self, period: &str, rows: Vec<Value>, short: usize) {
        let page = move |request: &Request| {
            let (limit, offset) = (
                number_in_query(request, "limit"),
                number_in_query(request, "offset"),
            );
            let part = rows.iter().skip(offset).take(limit - short);
            ok(&json!({"obj": part.collect::<Vec<_>>()}))
        };
        Mock::given(method("GET"))
            .and(path(format!("/api/playlist/{LIST}/{period}/tracks")))
            .respond_with(page)
            .mount(&self.server)
            .await;
    }

    fn secrets(&self) -> Secrets {
        Secrets {
            file: self.folder.path().join("secrets.toml"),
        }
    }

    fn chartmetric(&self) -> Chartmetric {
        Chartmetric::new(self.settings(), &self.secrets()).unwrap()
    }

    async fn list(&self) -> Result<(PlaylistSnapshot, Vec<SkippedItem>), CollectError> {
        self.chartmetric().playlist(LIST).await
    }

    /// The error, which hides all secrets.
    async fn fails(&self) -> CollectError {
        let error = self.list().await.unwrap_err();
        self.assert_hides(&HIDDEN, &error);
        error
    }
}

fn row(number: usize) -> Value {
    json!({
        "cm_track": number, "name": format!("Song {number}"), "isrc": format!("USRC1{number:07}"), "position": number,
        "added_at": "2026-10-02T00:00:00.000Z", "removed_at": null, "artist_names": ["Artist One", null, ""],
        "album_names": ["Album"], "spotify_track_ids": [format!("s{number}")],
    })
}

#[tokio::test]
async fn a_list_comes_whole_with_its_history() {
    let recorded = Recorded::new().await;
    recorded.token().await;
    recorded.head().await;
    // A full page is one short, as Chartmetric's can be.
    recorded
        .rows("current", (0..120).map(row).collect(), 1)
        .await;
    let mut left = row(500);
    left["removed_at"] = "2026-10-30".into();
    recorded.rows("past", vec![left], 0).await;
    let (snapshot, skipped) = recorded.list().await.unwrap();
    assert_eq!(skipped, []);
    let playlist = &snapshot.playlist;
    assert_eq!(playlist.id, "chartmetric:spotify/12345");
    assert_eq!(
        (playlist.source.as_str(), playlist.name.as_str()),
        ("chartmetric", "Fresh")
    );
    assert_eq!(
        (playlist.followers, playlist.market.as_deref()),
        (Some(500), Some("US"))
    );
    assert_eq!(snapshot.entries.len(), 121);
    let entry = &snapshot.entries[119];
    assert_eq!(
        (entry.added, entry.removed),
        (Some(date(2026, 10, 2)), None)
    );
    assert_eq!(entry.track.title, "Song 119");
    assert_eq!(entry.track.artists, ["Artist One"]);
    assert_eq!(entry.track.album.as_deref(), Some("Album"));
    assert_eq!(entry.track.isrc.as_deref(), Some("USRC10000119"));
    let ids = ["chartmetric:119".to_owned(), "spotify:s119".to_owned()];
    assert_eq!(entry.track.aliases, ids.into());
    assert_eq!(snapshot.entries[120].removed, Some(date(2026, 10, 30)));
    let tokens = recorded.paths().await;
    assert_eq!(
        tokens.iter().filter(|path| *path == "/api/token").count(),
        1
    );

    let offline = Chartmetric::new(recorded.offline(), &recorded.no_secrets()).unwrap();
    assert_eq!(offline.playlist(LIST).await.unwrap().0, snapshot);
    assert_eq!(recorded.paths().await, tokens);
}

#[tokio::test]
async fn an_empty_playlist_is_accepted_in_every_format() {
    let recorded = Recorded::new().await;
    recorded.token().await;
    recorded.head().await;
    let at = |span: &str| format!("playlist/{LIST}/{span}/tracks");
    recorded
        .answers(&at("current"), ok(&json!({"obj": {"data": []}})))
        .await;
    recorded
        .answers(&at("past"), ok(&json!({"data": []})))
        .await;
    let (snapshot, skipped) = recorded.list().await.unwrap();
    assert_eq!((snapshot.entries.len(), skipped.len()), (0, 0));
}

#[tokio::test]
async fn invalid_rows_are_skipped_by_name() {
    let recorded = Recorded::new().await;
    recorded.token().await;
    recorded.head().await;
    recorded
        .rows(
            "current",
            vec![Value::Null, row(1), json!({"isrc": "USRC17607839"})],
            0,
        )
        .await;
    recorded.rows("past", vec![row(2)], 0).await;
    let (snapshot, skipped) = recorded.list().await.unwrap();
    assert_eq!(snapshot.entries.len(), 1);
    let told: Vec<String> = skipped
        .iter()
        .map(|skip| format!("{}: {}", skip.path, skip.reason))
        .collect();
    assert_eq!(told.len(), 3);
    assert!(
        told[0].starts_with("row 1 of the current tracks of Fresh"),
        "{told:?}"
    );
    assert!(
        told[1].starts_with("row 3 of the current tracks of Fresh"),
        "{told:?}"
    );
    assert!(
        told[2].starts_with("row 1 of the past") && told[2].contains("`Song 2`"),
        "{told:?}"
    );
}

#[tokio::test]
async fn a_search_finds_lists_of_every_platform() {
    let recorded = Recorded::new().await;
    recorded.token().await;
    let by_platform = json!({"obj": {"playlists": {
        "spotify": [{"id": 7, "name": "Night & Day", "followers": 3}, null],
        "deezer": [{"id": "8", "name": "Night"}],
        "elsewhere": [{"id": 9, "name": "Night"}],
    }}});
    let in_rows = json!({"obj": {"playlists": [{"id": 7, "platform": "spotify", "name": "Night & Day"}, {"id": 9}]}});
    let without = json!({"obj": {"artists": []}});
    for (words, body) in [
        ("night & day", by_platform),
        ("rows", in_rows),
        ("without", without),
    ] {
        Mock::given(path("/api/search"))
            .and(query_param("q", words))
            .and(query_param("type", "playlists"))
            .respond_with(ok(&body))
            .mount(&recorded.server)
            .await;
    }
    let chartmetric = recorded.chartmetric();
    let ids = |found: Vec<Playlist>| found.into_iter().map(|list| list.id).collect::<Vec<_>>();
    let mut found = ids(chartmetric.search("night & day").await.unwrap());
    found.sort();
    assert_eq!(found, ["chartmetric:deezer/8", "chartmetric:spotify/7"]);
    assert_eq!(
        ids(chartmetric.search("rows").await.unwrap()),
        ["chartmetric:spotify/7"]
    );
    let error = chartmetric.search("without").await.unwrap_err();
    assert!(
        matches!(error, CollectError::UnexpectedResponse { .. }),
        "{error}"
    );
}

#[test]
fn a_list_is_named_by_platform_and_number_or_link() {
    for (named, name) in [
        ("spotify/12345", "spotify/12345"),
        (" chartmetric:deezer/7 ", "deezer/7"),
        (
            "https://app.chartmetric.com/playlist/applemusic/12345?tab=x",
            "applemusic/12345",
        ),
        (
            "app.chartmetric.com/playlist/spotify/12345/",
            "spotify/12345",
        ),
    ] {
        assert_eq!(Key::parse(named).unwrap().name(), name);
    }
    for named in [
        "",
        "12345",
        "spotify/",
        "/5",
        "elsewhere/5",
        "spotify/../token",
        "spotify/ü",
    ] {
        let error = Key::parse(named).err().unwrap().to_string();
        assert!(
            error.contains("is not a playlist") && error.contains("spotify/12345"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn apple_lists_are_asked_for_with_their_shop() {
    let recorded = Recorded::new().await;
    recorded.token().await;
    for (at, body) in [
        ("playlist/applemusic/7", json!({"obj": {"name": "Apple"}})),
        ("playlist/applemusic/7/current/tracks", json!({"obj": []})),
        ("playlist/applemusic/7/past/tracks", json!({"obj": []})),
    ] {
        Mock::given(path(format!("/api/{at}")))
            .and(query_param("storefront", "us"))
            .respond_with(ok(&body))
            .mount(&recorded.server)
            .await;
    }
    let (snapshot, _) = recorded
        .chartmetric()
        .playlist("applemusic/7")
        .await
        .unwrap();
    assert_eq!(snapshot.playlist.id, "chartmetric:applemusic/7");
}
