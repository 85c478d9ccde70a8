//! The archive against a recorded server on the loopback.

use jiff::civil::date;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use wiremock::matchers::{any, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::http::Limits;
use crate::stage::FAST_LIMITS;

const KEY: &str = "37i9dQZF1DX0XUsuxWHRQd";
const JSON: &str = r#"{"url":"https://open.spotify.com/playlist/37i9dQZF1DX0XUsuxWHRQd","name":"RapCaviar","description":"","date_first_scraped":"2020-10-20",
    "tracks":[{"url":"https://open.spotify.com/track/a1","name":"T","album":{"name":"LP","url":""},"artists":[{"name":"N","url":""}],
    "duration_ms":61500,"date_added":"2020-10-20","date_added_asterisk":true,"date_removed":"2020-12-24"}]}"#;
const MARKDOWN: &str = "pretty\n\n### [RapCaviar](https://open.spotify.com/playlist/37i9dQZF1DX0XUsuxWHRQd)\n\n> x\n\n\
    | Title | Artist(s) | Album | Length | Added | Removed |\n|---|---|---|---|---|---|\n\
    | [T](https://open.spotify.com/track/a1) | [N](u) | [LP](u) | 1:01 | 2020-10-20 | 2020-12-24 |\n";

fn file(extension: &str) -> String {
    format!("/mackorone/spotify-playlist-archive/main/playlists/cumulative/{KEY}.{extension}")
}

/// A client in a hurry, with a cache of its own.
fn archive(address: &str, cache: &TempDir) -> Archive {
    let settings = HttpSettings {
        cache: cache.path().to_owned(),
        offline: false,
        api: Some(Url::parse(address).unwrap()),
        limits: Limits {
            read: Duration::from_millis(300),
            tries: 3,
            ..FAST_LIMITS
        },
    };
    let secrets = Secrets {
        file: cache.path().join("none.toml"),
    };
    Archive::new(settings, &secrets).unwrap()
}

/// The answers one after the other, the last for ever; what is not recorded is not there.
async fn server(answers: Vec<ResponseTemplate>) -> MockServer {
    let server = MockServer::start().await;
    let last = answers.len().saturating_sub(1);
    for (number, answer) in answers.into_iter().enumerate() {
        let mock = Mock::given(path(file("json"))).respond_with(answer);
        let mock = if number < last {
            mock.up_to_n_times(1)
        } else {
            mock
        };
        mock.mount(&server).await;
    }
    let gone = ResponseTemplate::new(404).set_body_string("404: Not Found");
    Mock::given(any())
        .respond_with(gone)
        .with_priority(9)
        .mount(&server)
        .await;
    server
}

async fn answered(
    answers: Vec<ResponseTemplate>,
) -> Result<(PlaylistSnapshot, Vec<SkippedItem>), CollectError> {
    let server = server(answers).await;
    archive(&server.uri(), &tempfile::tempdir().unwrap())
        .playlist(KEY)
        .await
}

fn good() -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_string(JSON)
}

#[tokio::test]
async fn a_key_and_every_link_to_it_bring_the_list_with_its_stays() {
    let server = server(vec![good()]).await;
    let cache = tempfile::tempdir().unwrap();
    for named in [
        KEY.to_owned(),
        format!("https://open.spotify.com/playlist/{KEY}?si=1"),
        format!("spotify:playlist:{KEY}"),
    ] {
        let (snapshot, skipped) = archive(&server.uri(), &cache)
            .playlist(&named)
            .await
            .unwrap();
        assert_eq!(skipped, []);
        assert_eq!(snapshot.playlist.id, format!("archive:{KEY}"));
        assert_eq!(snapshot.playlist.last_seen, Some(date(2020, 12, 24)));
        let entry = &snapshot.entries[0];
        assert_eq!(
            (entry.added, entry.removed),
            (Some(date(2020, 10, 20)), Some(date(2020, 12, 24)))
        );
        assert!(entry.track.aliases.contains("spotify:a1"));
    }
}

#[tokio::test]
async fn an_old_list_is_read_from_its_markdown() {
    let server = MockServer::start().await;
    Mock::given(path(file("json")))
        .respond_with(ResponseTemplate::new(404))
        .mount(&server)
        .await;
    let old = ResponseTemplate::new(200).set_body_string(MARKDOWN);
    Mock::given(path(file("md")))
        .respond_with(old)
        .mount(&server)
        .await;
    let (snapshot, _) = archive(&server.uri(), &tempfile::tempdir().unwrap())
        .playlist(KEY)
        .await
        .unwrap();
    assert_eq!(
        (snapshot.entries.len(), snapshot.playlist.name.as_str()),
        (1, "RapCaviar")
    );
}

#[tokio::test]
async fn what_the_archive_does_not_have_is_explained() {
    let gone = answered(Vec::new()).await.unwrap_err().to_string();
    assert!(
        gone.contains("does not have the playlist 37i9") && gone.contains("check the key"),
        "{gone}"
    );
    let forbidden = answered(vec![ResponseTemplate::new(403)])
        .await
        .unwrap_err()
        .to_string();
    assert!(
        forbidden.contains("HTTP 403") && forbidden.contains("clone"),
        "{forbidden}"
    );
}

#[tokio::test]
async fn what_passes_is_waited_for() {
    let short = ResponseTemplate::new(429).insert_header("retry-after", "0");
    for trouble in [short, ResponseTemplate::new(500)] {
        let (snapshot, _) = answered(vec![trouble, good()]).await.unwrap();
        assert_eq!(snapshot.entries.len(), 1);
    }
}

#[tokio::test]
async fn a_pause_of_hours_is_kept_and_not_slept() {
    let long = ResponseTemplate::new(429).insert_header("retry-after", "79200");
    let server = server(vec![long]).await;
    let cache = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let error = archive(&server.uri(), &cache)
            .playlist(KEY)
            .await
            .unwrap_err();
        assert!(matches!(error, CollectError::RateLimited { .. }), "{error}");
    }
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_changed_shape_is_told_with_its_address() {
    for body in [
        "<html>sign in</html>",
        "{\"tracks\": 7}",
        "{\"songs\": []}",
        "{\"tracks\": [",
        "{\"name\":\"n\",\"tracks\":[]}",
        "[]",
        "",
    ] {
        let page = ResponseTemplate::new(200).set_body_raw(body, "text/html");
        let error = answered(vec![page]).await.unwrap_err();
        assert!(
            matches!(error, CollectError::UnexpectedResponse { .. }),
            "{body}: {error}"
        );
        assert!(error.to_string().contains(&file("json")), "{error}");
    }
    // The type that the server writes beside it does not matter; one odd track does not spoil the list.
    let odd = JSON.replace("\"tracks\":[", "\"tracks\":[{\"name\":7},");
    let odd = ResponseTemplate::new(200).set_body_raw(odd, "image/png");
    let (snapshot, skipped) = answered(vec![odd]).await.unwrap();
    assert_eq!((snapshot.entries.len(), skipped.len()), (1, 1));
    assert_eq!(skipped[0].path, format!("track 1 of {KEY}.json"));
}

#[tokio::test]
async fn silence_and_half_a_body_end_in_words() {
    let slow = answered(vec![good().set_delay(Duration::from_secs(60))])
        .await
        .unwrap_err();
    assert!(matches!(slow, CollectError::Unreachable { .. }), "{slow}");

    let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", socket.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = socket.accept().await {
            let mut asked = [0; 4096];
            let _ = stream.read(&mut asked).await;
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", JSON.len());
            let _ = stream.write_all(head.as_bytes()).await;
            let _ = stream.write_all(&JSON.as_bytes()[..100]).await;
        }
    });
    let half = archive(&address, &tempfile::tempdir().unwrap())
        .playlist(KEY)
        .await
        .unwrap_err();
    assert!(matches!(half, CollectError::Unreachable { .. }), "{half}");
}

#[tokio::test]
async fn a_file_of_a_clone_needs_no_network() {
    let folder = tempfile::tempdir().unwrap();
    let source = archive("http://127.0.0.1:9", &folder);
    let file = folder.path().join(format!("{KEY}.json"));
    std::fs::write(&file, JSON).unwrap();
    let (snapshot, _) = source.playlist(file.to_str().unwrap()).await.unwrap();
    assert_eq!(snapshot.entries.len(), 1);
    std::fs::write(&file, "{\"tracks\": [").unwrap();
    for (named, says) in [
        (file.to_str().unwrap(), KEY),
        (folder.path().to_str().unwrap(), "playlist-fit import"),
        ("no list", "is neither a playlist of Spotify"),
        ("", "is neither a playlist of Spotify"),
        (
            "../../etc/passwd/../passwdpas",
            "is neither a playlist of Spotify",
        ),
    ] {
        let error = source.playlist(named).await.unwrap_err().to_string();
        assert!(error.contains(says), "{named}: {error}");
    }
    let search = source.search("jazz").await.unwrap_err().to_string();
    assert!(search.contains("offers no search"), "{search}");
}
