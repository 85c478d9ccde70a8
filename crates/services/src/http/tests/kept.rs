//! Files on the disk: responses, unfinished playlists, downloads, and no secret.

use wiremock::matchers::header;

use super::*;

/// As `kill -9` does it: nothing is cleaned up.
fn kill(client: Client) {
    std::mem::forget(client);
}

#[tokio::test]
async fn what_did_not_change_is_not_sent_again_and_offline_asks_nobody() {
    let server = MockServer::start().await;
    Mock::given(header("if-none-match", "\"1\""))
        .respond_with(status(304))
        .mount(&server)
        .await;
    Mock::given(path("/a"))
        .respond_with(good("data").insert_header("ETag", "\"1\""))
        .mount(&server)
        .await;
    let mut place = place(&server.uri());
    for _ in 0..3 {
        assert_eq!(place.text(&place.client(), "a").await.unwrap(), "data");
    }
    assert_eq!(asked(&server).await, 3);
    place.offline = true;
    let client = place.client();
    client.begin("list", "1").unwrap();
    assert_eq!(place.text(&client, "a").await.unwrap(), "data");
    let error = place.text(&client, "b").await.unwrap_err().to_string();
    assert!(error.contains("/b was never fetched"), "{error}");
    assert_eq!(asked(&server).await, 3);
}

#[tokio::test]
async fn what_hardly_ever_changes_is_not_asked_for_again_while_it_is_young() {
    let server = server(vec![good("data")]).await;
    let place = place(&server.uri());
    let day = Duration::from_secs(24 * 3600);
    for _ in 0..3 {
        let get = place.page("a");
        place.client().get_within(&get, day).await.unwrap();
    }
    assert_eq!(asked(&server).await, 1);
}

#[tokio::test]
async fn after_a_kill_the_same_version_of_a_list_goes_on_where_it_stopped() {
    let server = server(vec![good("data")]).await;
    let place = place(&server.uri());
    let collect = async |version: &str, pages: &[&str]| {
        let client = place.client();
        let before = asked(&server).await;
        client.begin("list", version).unwrap();
        for page in pages {
            place.text(&client, page).await.unwrap();
        }
        (client, asked(&server).await - before)
    };
    let (client, asked) = collect("1", &["a", "b"]).await;
    assert_eq!(asked, 2);
    kill(client);
    let (client, asked) = collect("1", &["a", "b", "c"]).await;
    assert_eq!(asked, 1);
    kill(client);
    let (client, asked) = collect("2", &["a", "b", "c"]).await;
    assert_eq!(asked, 3, "another version is requested again");
    client.finish("list").unwrap();
    let (client, asked) = collect("2", &["a"]).await;
    assert_eq!(asked, 1, "a finished playlist is requested again");
    // Another playlist in between ends it.
    client.begin("other", "2").unwrap();
    kill(client);
    let (client, asked) = collect("2", &["a"]).await;
    assert_eq!(asked, 1, "a playlist that its source gave up starts again");
    drop(client);
    let (_, asked) = collect("2", &["a"]).await;
    assert_eq!(asked, 1, "so does the last one that it gave up");
}

#[tokio::test]
async fn after_the_network_broke_a_list_goes_on_where_it_stopped() {
    let mut answers = vec![good("data"), good("data")];
    answers.extend(vec![status(500); 4]);
    answers.push(good("data"));
    let server = server(answers).await;
    let place = place(&server.uri());
    let client = place.client();
    client.begin("list", "1").unwrap();
    place.text(&client, "a").await.unwrap();
    place.text(&client, "b").await.unwrap();
    place.text(&client, "c").await.unwrap_err();
    drop(client);
    let client = place.client();
    client.begin("list", "1").unwrap();
    for page in ["a", "b", "c"] {
        place.text(&client, page).await.unwrap();
    }
    assert_eq!(asked(&server).await, 7);
}

#[tokio::test]
async fn no_file_holds_a_secret_even_where_the_service_repeats_it() {
    let link = format!(r#"{{"next":"https://a.example/?client_id={SECRET}"}}"#);
    let repeats = good(&link).insert_header("Set-Cookie", format!("token={SECRET}"));
    let server = server(vec![
        repeats,
        status(429).insert_header("Retry-After", "999"),
    ])
    .await;
    let place = place(&server.uri());
    let client = place.client();
    client.begin("list", "1").unwrap();
    let answer = client.get(&place.secret_page("a")).await.unwrap();
    holds_no_secret(&String::from_utf8(answer.body).unwrap());
    let error = client.get(&place.secret_page("b")).await.unwrap_err();
    holds_no_secret(&format!("{error} {error:?}"));
    let files = files(place.folder.path());
    assert_eq!(
        files.len(),
        3,
        "an answer, an unfinished list, a pause: {files:?}"
    );
    for file in files {
        holds_no_secret(&String::from_utf8(fs::read(file).unwrap()).unwrap());
    }
}

#[tokio::test]
async fn a_download_is_there_whole_or_not_at_all() {
    let place_of_it = place(&raw_server(vec![
        "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nall of it",
    ]));
    let to = place_of_it.folder.path().join("music/a.mp3");
    let get = place_of_it.page("a");
    place_of_it.client().download(&get, &to, 9).await.unwrap();
    assert_eq!(fs::read(&to).unwrap(), b"all of it");
    let server = server(vec![good("ten bytes."), status(404)]).await;
    let place = place(&server.uri());
    let to = place.folder.path().join("music/b.mp3");
    for says in ["longer than 9 bytes", "HTTP 404"] {
        let downloaded = place.client().download(&place.page("b"), &to, 9).await;
        let error = downloaded.unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
    assert_eq!(files(place.folder.path()), Vec::<PathBuf>::new());
}
