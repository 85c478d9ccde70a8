use jiff::Timestamp;
use serde_json::json;
use wiremock::ResponseTemplate;
use wiremock::matchers::{any, path, query_param};

use super::*;
use crate::stage::{SECRET, Stage, assert_silent, ok};

fn envelope(results: Value) -> Value {
    json!({"headers": {"status": "success", "code": 0, "error_message": "", "warnings": ""}, "results": results})
}

fn failed(code: i64) -> ResponseTemplate {
    let message = format!("Your credential {SECRET} is not authorized.");
    ok(
        &json!({"headers": {"status": "failed", "code": code, "error_message": message}, "results": []}),
    )
}

fn rows(from: usize, to: usize) -> Vec<Value> {
    let row = |id: usize| json!({"id": id.to_string(), "name": format!("Song {id}"), "artist_name": "Ann"});
    (from..to).map(row).collect()
}

fn list_of(tracks: Vec<Value>) -> ResponseTemplate {
    ok(&envelope(
        json!([{"id": "9", "name": "Calm", "user_name": "ann", "tracks": tracks}]),
    ))
}

async fn stage() -> (Stage, Jamendo) {
    let stage = Stage::new().await;
    let jamendo = Jamendo::new(stage.settings(), &stage.secrets()).unwrap();
    (stage, jamendo)
}

fn track(allowed: &str) -> Track {
    Track {
        id: "jamendo:168".into(),
        title: "Song".into(),
        notes: [("audiodownload_allowed".to_owned(), allowed.to_owned())].into(),
        ..Track::default()
    }
}

#[tokio::test]
async fn all_pages_come_with_the_licence_of_each_track() {
    let (stage, jamendo) = stage().await;
    let page = |offset: &'static str| query_param("offset", offset);
    stage.on(page("0"), list_of(rows(0, 200))).await;
    stage.on(page("200"), list_of(rows(200, 202))).await;
    let right = |id: usize| {
        let licence = if id == 0 { "by-nc/3.0" } else { "by/3.0" };
        let licence = format!("http://creativecommons.org/licenses/{licence}/");
        json!({"id": id.to_string(), "license_ccurl": licence, "audiodownload_allowed": id != 1})
    };
    // Of the last track nothing is known.
    let rights: Vec<Value> = (0..201).map(right).collect();
    stage
        .on(path("/v3.0/tracks/"), ok(&envelope(json!(rights))))
        .await;

    let (snapshot, skipped) = jamendo.playlist("jamendo:9").await.unwrap();
    assert_eq!(skipped, []);
    assert_eq!(
        (
            snapshot.playlist.id.as_str(),
            snapshot.playlist.name.as_str()
        ),
        ("jamendo:9", "Calm")
    );
    assert_eq!(snapshot.entries.len(), 202);
    let allowed = |place: usize| {
        snapshot.entries[place]
            .track
            .notes
            .get("audiodownload_allowed")
            .map(String::as_str)
    };
    assert_eq!(
        [allowed(0), allowed(1), allowed(201)],
        [Some("true"), Some("false"), None]
    );

    let requests = stage.server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 4, "two pages, and two lots of rights");
    for request in &requests {
        let query: HashMap<_, _> = request.url.query_pairs().into_owned().collect();
        assert_eq!(query["client_id"], SECRET);
        let kinds = query.get("track_type").or(query.get("type"));
        assert_eq!(kinds.map(String::as_str), Some("single albumtrack"));
    }

    let catalogue = snapshot.into_catalogue(jiff::Timestamp::UNIX_EPOCH);
    let may_train = |id: &str| {
        let row = catalogue
            .provenance
            .iter()
            .find(|row| row.track == format!("jamendo:{id}"));
        row.unwrap().may_train
    };
    assert!(may_train("1"));
    assert!(!may_train("0"), "non-commercial");
    assert!(!may_train("201"), "no licence is stated");
}

#[tokio::test]
async fn what_the_rows_say_is_not_asked_again() {
    let (stage, jamendo) = stage().await;
    let row = json!({
        "id": 168, "name": "Song", "artist_name": "TriFace", "album_name": "Premiers Jets", "duration": "183",
        "license_ccurl": "http://creativecommons.org/licenses/by-sa/2.0/fr/", "audiodownload_allowed": true,
    });
    stage.on(any(), list_of(vec![row])).await;
    let (snapshot, _) = jamendo
        .playlist("https://www.jamendo.com/playlist/9/calm?x=1")
        .await
        .unwrap();
    assert_eq!(stage.asked().await, 1);
    let entry = &snapshot.entries[0];
    assert_eq!(entry.track.aliases, ["jamendo:168".to_owned()].into());
    assert_eq!(entry.track.artists, ["TriFace"]);
    assert_eq!(entry.track.album.as_deref(), Some("Premiers Jets"));
    assert_eq!(entry.track.duration_seconds, Some(183.0));
    assert_eq!(
        entry.licence,
        "http://creativecommons.org/licenses/by-sa/2.0/fr/"
    );
    let catalogue = snapshot.clone().into_catalogue(Timestamp::UNIX_EPOCH);
    let provenance: Vec<_> = catalogue.provenance.iter().collect();
    let offered = Jamendo::offered(&catalogue.tracks[0], &provenance);
    assert_eq!(offered, Some("168"));
}

#[tokio::test]
async fn a_list_that_is_not_there_says_so() {
    let (stage, jamendo) = stage().await;
    stage.on(any(), ok(&envelope(json!([])))).await;
    for _ in 0..2 {
        let reason = jamendo.playlist("404").await.unwrap_err().to_string();
        assert!(reason.contains("playlist 404 does not exist"), "{reason}");
    }
    assert_eq!(stage.asked().await, 2, "it may be there by now");
    for named in ["calm", "", "https://www.jamendo.com/album/24/premiers-jets"] {
        let reason = jamendo.playlist(named).await.unwrap_err().to_string();
        assert!(reason.contains("is not a playlist"), "{reason}");
    }
    assert_eq!(stage.asked().await, 2);
}

#[tokio::test]
async fn after_a_break_only_the_missing_pages_are_asked_for() {
    let (stage, jamendo) = stage().await;
    stage
        .on(query_param("offset", "0"), list_of(rows(0, 200)))
        .await;
    stage
        .on(path("/v3.0/tracks/"), ok(&envelope(json!([]))))
        .await;
    let broken = wiremock::Mock::given(query_param("offset", "200"))
        .respond_with(ResponseTemplate::new(500));
    broken.up_to_n_times(4).mount(&stage.server).await;
    let reason = jamendo.playlist("9").await.unwrap_err();
    assert!(
        matches!(reason, CollectError::Unreachable { .. }),
        "{reason}"
    );

    stage
        .on(query_param("offset", "200"), list_of(rows(200, 201)))
        .await;
    let later = Jamendo::new(stage.settings(), &stage.secrets()).unwrap();
    let (snapshot, _) = later.playlist("9").await.unwrap();
    assert_eq!(snapshot.entries.len(), 201);
    let requests = stage.server.received_requests().await.unwrap();
    let first_page =
        |request: &&wiremock::Request| request.url.query().unwrap().contains("offset=0");
    assert_eq!(requests.iter().filter(first_page).count(), 1);
}

#[tokio::test]
async fn pages_that_repeat_themselves_end() {
    let (stage, jamendo) = stage().await;
    stage.on(any(), list_of(rows(0, 200))).await;
    let reason = jamendo.playlist("9").await.unwrap_err();
    assert!(
        matches!(reason, CollectError::UnexpectedResponse { .. }),
        "{reason}"
    );
    assert_eq!(stage.asked().await, 2);
}

#[tokio::test]
async fn a_code_in_the_envelope_is_a_refusal() {
    for (code, says) in [
        (5, "JAMENDO_CLIENT_ID"),
        (7, "code 7"),
        (8, "code 8"),
        (11, "suspended"),
        (42, "code 42"),
    ] {
        let (stage, jamendo) = stage().await;
        stage.on(any(), failed(code)).await;
        let reason = jamendo.playlist("9").await.unwrap_err();
        assert!(
            matches!(reason, CollectError::Refused { .. }) && reason.to_string().contains(says),
            "{reason}"
        );
        assert_eq!(stage.asked().await, 1, "code {code} is the last word");
        assert_silent(&format!("{reason:?}"), &stage.folder.path().join("cache"));
    }
}

#[tokio::test]
async fn too_often_is_tried_again() {
    let (stage, jamendo) = stage().await;
    wiremock::Mock::given(any())
        .respond_with(failed(6))
        .up_to_n_times(1)
        .mount(&stage.server)
        .await;
    stage.on(any(), list_of(vec![])).await;
    let (snapshot, _) = jamendo.playlist("9").await.unwrap();
    assert_eq!(snapshot.playlist.name, "Calm");
}

#[tokio::test]
async fn lists_are_found_by_their_name() {
    let (stage, jamendo) = stage().await;
    let found = json!([{"id": "9", "name": "Calm", "user_name": "ann"}, {"name": "no id"}, null]);
    stage
        .on(
            query_param("namesearch", "calm & quiet"),
            ok(&envelope(found)),
        )
        .await;
    let lists = jamendo.search("calm & quiet").await.unwrap();
    assert_eq!(lists.len(), 1);
    assert_eq!(
        (lists[0].id.as_str(), lists[0].owner.as_deref()),
        ("jamendo:9", Some("ann"))
    );
}

#[tokio::test]
async fn a_track_is_downloaded_where_its_artist_allows_it() {
    let (stage, jamendo) = stage().await;
    let storage = Stage::new().await;
    let to = format!("{}/file.mp3", storage.server.uri());
    stage
        .on(
            path("/v3.0/tracks/file/"),
            ResponseTemplate::new(302).insert_header("location", to.as_str()),
        )
        .await;
    storage
        .on(
            any(),
            ResponseTemplate::new(200).set_body_raw("ID3 music", "audio/mpeg"),
        )
        .await;
    let file = stage.folder.path().join("song.mp3");

    jamendo.download("168", &file, 100).await.unwrap();
    assert_eq!(std::fs::read(&file).unwrap(), b"ID3 music");
    let asked = &stage.server.received_requests().await.unwrap()[0];
    assert!(
        asked
            .url
            .query()
            .unwrap()
            .contains("id=168&action=download&audioformat=mp32")
    );
    let at_storage = format!("{:?}", storage.server.received_requests().await.unwrap());
    assert!(!at_storage.contains(SECRET), "{at_storage}");
}

#[test]
fn only_what_artist_and_licence_allow_is_offered() {
    let row = |source: &str, licence: &str| Provenance {
        track: String::new(),
        source: source.into(),
        retrieved: Timestamp::UNIX_EPOCH,
        licence: licence.into(),
        may_train: true,
        quality_flag: None,
    };
    let free = row("jamendo", "http://creativecommons.org/licenses/by-sa/3.0/");
    let good = track("true");
    let no_derivatives = row("jamendo", "CC-BY-NC-ND-3.0");
    assert_eq!(Jamendo::offered(&good, &[&free]), Some("168"));
    assert_eq!(Jamendo::offered(&good, &[&no_derivatives]), Some("168"));
    for other in [
        row("jamendo", ""),
        row("jamendo", "all rights reserved"),
        row("files", "CC0"),
    ] {
        assert_eq!(Jamendo::offered(&good, &[&other]), None);
    }
    assert_eq!(Jamendo::offered(&good, &[]), None);
    let named = |id: &str| Track {
        id: id.into(),
        ..track("true")
    };
    for none in [
        track("false"),
        track(""),
        named("jamendo:1/../2"),
        named("deezer:168"),
    ] {
        assert_eq!(Jamendo::offered(&none, &[&free]), None);
    }
}
