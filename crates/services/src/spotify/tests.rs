//! Spotify recorded: one server on the loopback plays both the API and the accounts service.

mod faults;
mod login;

use std::ops::Deref;

use jiff::civil::date;
use serde_json::{Value, json};
use wiremock::matchers::{body_string_contains, method, path, query_param};
use wiremock::{Mock, Request, ResponseTemplate};

use super::*;
use crate::stage::{Stage, number_in_query, ok};

const KEY: &str = "3cEYpjA9oz9GiPac4AsH4n";
const SECRETS: [(&str, &str); 2] = [
    ("SPOTIFY_CLIENT_ID", "the-client-id"),
    ("SPOTIFY_REFRESH_TOKEN", "the-first-refresh-token"),
];
/// What must not occur in a message or in the cache.
const HIDDEN: [&str; 5] = [
    "the-first-refresh-token",
    "the-next-refresh-token",
    "the-access-token",
    "the-client-secret",
    "the-code",
];

/// Spotify on the loopback: one server for the API and the accounts service.
struct Recorded(Stage);

impl Deref for Recorded {
    type Target = Stage;

    fn deref(&self) -> &Stage {
        &self.0
    }
}

impl Recorded {
    /// With a stored login that works.
    async fn new() -> Self {
        let recorded = Self::without_login().await;
        for (name, value) in SECRETS {
            recorded.keep(name, value);
        }
        recorded.token("grant_type=refresh_token").await;
        recorded
    }

    async fn without_login() -> Self {
        Self(Stage::new().await)
    }

    fn secrets(&self) -> Secrets {
        Secrets {
            file: self.folder.path().join("secrets.toml"),
        }
    }

    fn keep(&self, name: &str, value: &str) {
        self.secrets()
            .store(name, &value.to_owned().into())
            .unwrap();
    }

    fn spotify(&self) -> Spotify {
        Spotify::new(self.settings(), &self.secrets()).unwrap()
    }

    /// Answers token requests that contain `asked`.
    async fn token(&self, asked: &str) {
        let token = json!({
            "access_token": "the-access-token", "token_type": "Bearer", "expires_in": 3600,
            "refresh_token": "the-next-refresh-token", "scope": "playlist-read-private",
        });
        Mock::given(method("POST"))
            .and(path("/api/token"))
            .and(body_string_contains(asked))
            .respond_with(ok(&token))
            .mount(&self.server)
            .await;
    }

    async fn answers(&self, at: &str, answer: ResponseTemplate) {
        let mock = Mock::given(method("GET")).and(path(format!("/v1/{at}")));
        mock.respond_with(answer).mount(&self.server).await;
    }

    async fn header(&self) {
        let header = json!({
            "name": "Night Drive", "description": "", "owner": {"id": "u1", "display_name": "Ada"},
            "followers": {"total": 12}, "snapshot_id": "v1",
        });
        self.answers(&format!("playlists/{KEY}"), ok(&header)).await;
    }

    /// The playlist with these items, cut into pages as they are requested.
    async fn items(&self, items: Vec<Value>) {
        let page = move |request: &Request| {
            let (limit, offset) = (
                number_in_query(request, "limit"),
                number_in_query(request, "offset"),
            );
            let part: Vec<&Value> = items.iter().skip(offset).take(limit).collect();
            let next = (offset + limit < items.len()).then_some("https://api.spotify.com/v1/next");
            ok(
                &json!({"items": part, "total": items.len(), "limit": limit, "offset": offset, "next": next}),
            )
        };
        let at = path(format!("/v1/playlists/{KEY}/items"));
        Mock::given(method("GET"))
            .and(at)
            .respond_with(page)
            .mount(&self.server)
            .await;
    }

    async fn list(&self) -> Result<(PlaylistSnapshot, Vec<SkippedItem>), CollectError> {
        self.spotify().playlist(KEY).await
    }

    /// The error, which hides all secrets.
    async fn fails(&self) -> CollectError {
        let error = self.list().await.unwrap_err();
        self.hides(&error);
        error
    }

    fn hides(&self, error: &CollectError) {
        self.assert_hides(&HIDDEN, error);
    }
}

fn track(number: usize) -> Value {
    json!({"added_at": "2026-05-01T10:00:00Z", "is_local": false, "item": {
        "type": "track", "id": format!("track{number}"), "name": format!("Song {number}"), "duration_ms": 201_000,
        "external_ids": {"isrc": format!("USUM726{number:05}")},
        "artists": [{"name": "Artist"}, {"name": ""}, null], "album": {"name": "Album"}}})
}

#[tokio::test]
async fn a_list_of_several_pages_comes_whole() {
    let recorded = Recorded::new().await;
    recorded.header().await;
    recorded.items((0..120).map(track).collect()).await;
    let (snapshot, skipped) = recorded.list().await.unwrap();
    assert_eq!(skipped, []);
    let playlist = &snapshot.playlist;
    assert_eq!(playlist.id, format!("spotify:{KEY}"));
    assert_eq!(
        (playlist.source.as_str(), playlist.name.as_str()),
        ("spotify", "Night Drive")
    );
    assert_eq!(
        (playlist.owner.as_deref(), playlist.followers),
        (Some("Ada"), Some(12))
    );
    assert_eq!(playlist.description, None);
    let titles: Vec<String> = snapshot
        .entries
        .iter()
        .map(|entry| entry.track.title.clone())
        .collect();
    assert_eq!(
        titles,
        (0..120)
            .map(|number| format!("Song {number}"))
            .collect::<Vec<_>>()
    );
    let entry = &snapshot.entries[119];
    assert_eq!(entry.added, Some(date(2026, 5, 1)));
    assert_eq!(entry.track.aliases, ["spotify:track119".to_owned()].into());
    assert_eq!(entry.track.artists, ["Artist"]);
    assert_eq!(entry.track.album.as_deref(), Some("Album"));
    assert_eq!(entry.track.isrc.as_deref(), Some("USUM72600119"));
    assert_eq!(entry.track.duration_seconds, Some(201.0));
    let pages = recorded.paths().await;
    assert_eq!(
        pages.iter().filter(|path| path.ends_with("/items")).count(),
        3
    );
}

#[tokio::test]
async fn an_empty_list_is_a_list() {
    let recorded = Recorded::new().await;
    recorded.header().await;
    recorded.items(Vec::new()).await;
    let (snapshot, skipped) = recorded.list().await.unwrap();
    assert_eq!((snapshot.entries.len(), skipped.len()), (0, 0));
}

#[tokio::test]
async fn items_that_are_not_tracks_are_skipped_by_name() {
    let recorded = Recorded::new().await;
    recorded.header().await;
    let episode = json!({"item": {"type": "episode", "id": "e1", "name": "Talk 7"}});
    let local =
        json!({"is_local": true, "item": {"type": "track", "id": null, "name": "Home Demo"}});
    let items = vec![Value::Null, track(1), json!({"item": null}), episode, local];
    recorded.items(items).await;
    let (snapshot, skipped) = recorded.list().await.unwrap();
    assert_eq!(snapshot.entries.len(), 1);
    let told: Vec<String> = skipped
        .iter()
        .map(|skip| format!("{}: {}", skip.path, skip.reason))
        .collect();
    let says = [
        "nothing",
        "nothing",
        "`Talk 7`",
        "`Home Demo` is a local file",
    ];
    let places = [1, 3, 4, 5];
    assert_eq!(told.len(), says.len());
    for ((told, says), place) in told.iter().zip(says).zip(places) {
        assert!(
            told.starts_with(&format!("item {place} of Night Drive")) && told.contains(says),
            "{told}"
        );
    }
}

#[tokio::test]
async fn few_fields_are_required() {
    let recorded = Recorded::new().await;
    recorded
        .answers(
            &format!("playlists/{KEY}"),
            ResponseTemplate::new(200).set_body_json(json!({})),
        )
        .await;
    let undated = json!({"added_at": "1970-01-01T00:00:00Z", "item": {"id": "t1", "name": "Old"}});
    let no_isrc =
        json!({"item": {"id": "t2", "name": "New", "external_ids": {"isrc": "nonsense"}}});
    recorded.items(vec![undated, no_isrc]).await;
    let (snapshot, skipped) = recorded.list().await.unwrap();
    assert_eq!(skipped, []);
    assert_eq!(snapshot.playlist.name, KEY);
    for entry in &snapshot.entries {
        assert_eq!((entry.added, &entry.track.isrc), (None, &None));
    }
}

#[tokio::test]
async fn answers_from_before_february_2026_are_understood() {
    let recorded = Recorded::new().await;
    recorded.header().await;
    let mut item = track(1);
    item["track"] = item["item"].take();
    let page = json!({"tracks": {"items": [item], "total": 1}});
    recorded
        .answers(
            &format!("playlists/{KEY}/items"),
            ResponseTemplate::new(404),
        )
        .await;
    recorded
        .answers(
            &format!("playlists/{KEY}/tracks"),
            ResponseTemplate::new(200).set_body_json(page),
        )
        .await;
    let (snapshot, _) = recorded.list().await.unwrap();
    assert_eq!(snapshot.entries[0].track.title, "Song 1");
}

#[tokio::test]
async fn lists_that_may_be_read_are_the_users_own() {
    let recorded = Recorded::new().await;
    recorded
        .answers(
            "me",
            ResponseTemplate::new(200).set_body_json(json!({"id": "ada"})),
        )
        .await;
    let list = |id: &str, owner: &str, together: bool| json!({"id": id, "owner": {"id": owner}, "collaborative": together});
    let first = json!({"total": 52, "items": [list("mine", "ada", false), null, list("theirs", "bob", false)]});
    let second = json!({"total": 52, "items": [list("ours", "bob", true)]});
    for (offset, page) in [("0", first), ("50", second)] {
        Mock::given(path("/v1/me/playlists"))
            .and(query_param("offset", offset))
            .respond_with(ResponseTemplate::new(200).set_body_json(page))
            .mount(&recorded.server)
            .await;
    }
    assert_eq!(
        recorded.spotify().own_playlists().await.unwrap(),
        ["mine", "ours"]
    );
}

#[tokio::test]
async fn offline_it_reads_what_was_fetched_and_asks_nobody() {
    let recorded = Recorded::new().await;
    recorded.header().await;
    recorded.items((0..60).map(track).collect()).await;
    let before = recorded.list().await.unwrap();
    let asked = recorded.paths().await.len();
    let spotify = Spotify::new(recorded.offline(), &recorded.no_secrets()).unwrap();
    assert_eq!(spotify.playlist(KEY).await.unwrap(), before);
    assert!(matches!(
        spotify.own_playlists().await,
        Err(CollectError::Offline { .. })
    ));
    assert!(matches!(
        spotify.login(0, |_| {}).await,
        Err(CollectError::Offline { .. })
    ));
    assert_eq!(recorded.paths().await.len(), asked);
}

#[tokio::test]
async fn there_is_no_search() {
    let recorded = Recorded::new().await;
    let error = recorded
        .spotify()
        .search("night")
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("link or id"), "{error}");
}

#[test]
fn a_list_is_named_by_id_uri_or_link() {
    for named in [
        KEY.to_owned(),
        format!("  spotify:playlist:{KEY}\n"),
        format!("spotify:user:ada:playlist:{KEY}"),
        format!("spotify:{KEY}"),
        format!("https://open.spotify.com/playlist/{KEY}"),
        format!("https://open.spotify.com/intl-de/playlist/{KEY}/?si=0a1b&pt=x"),
        format!("open.spotify.com/user/ada/playlist/{KEY}#top"),
    ] {
        assert_eq!(playlist_id(&named).unwrap().id(), KEY, "{named}");
    }
    for named in [
        "",
        " ",
        "spotify:playlist:",
        "spotify:",
        "https://open.spotify.com/playlist/",
        "spotify:track:7ouMYWpwJ422jRcDASZB7P",
        "https://open.spotify.com/track/7ouMYWpwJ422jRcDASZB7P",
        "Today's Top Hits",
        "../../me",
        "ü",
    ] {
        let error = playlist_id(named).unwrap_err().to_string();
        assert!(
            error.contains("is not a playlist") && error.contains("Share"),
            "{error}"
        );
    }
}
