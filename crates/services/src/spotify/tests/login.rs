//! Authentication: a login with the browser, the stored login, the app's own secret.

use std::cell::RefCell;
use std::thread;

use secrecy::ExposeSecret;

use super::*;

/// The longest wait for the login or its page.
const MAX_WAIT: Duration = Duration::from_secs(60);

/// What the login sent the browser to, as the user's browser would know it.
struct Visit {
    redirect: Url,
    state: String,
}

impl Visit {
    fn new(address: &str) -> Self {
        let address = Url::parse(address).unwrap();
        assert_eq!(address.path(), "/authorize");
        let value = |name: &str| {
            let found = address.query_pairs().find(|(key, _)| key == name);
            found
                .unwrap_or_else(|| panic!("no {name} in {address}"))
                .1
                .into_owned()
        };
        assert_eq!(value("client_id"), "the-client-id");
        assert_eq!(value("response_type"), "code");
        assert_eq!(value("code_challenge_method"), "S256");
        assert!(value("code_challenge").len() >= 43);
        assert!(value("scope").contains("playlist-read-private"));
        let redirect = Url::parse(&value("redirect_uri")).unwrap();
        assert_eq!(
            (redirect.host_str(), redirect.path()),
            (Some("127.0.0.1"), "/callback")
        );
        Self {
            redirect,
            state: value("state"),
        }
    }

    fn back(&self, query: &[(&str, &str)]) -> Url {
        let mut url = self.redirect.clone();
        url.query_pairs_mut().extend_pairs(query);
        url
    }
}

/// Logs in with a browser that visits `returns`. Returns the result and the last page of the browser.
async fn log_in(
    recorded: &Recorded,
    returns: impl Fn(&Visit) -> Vec<Url>,
) -> (Result<(), CollectError>, String) {
    let browser = RefCell::new(None);
    let open = |address: &str| {
        let urls = returns(&Visit::new(address));
        let visits = thread::spawn(move || urls.iter().map(visit).collect::<Vec<_>>());
        *browser.borrow_mut() = Some(visits);
    };
    let spotify = recorded.spotify();
    let login = tokio::time::timeout(MAX_WAIT, spotify.login(0, open)).await;
    let ending = login.expect("the login did not end after the browser returned");
    let mut pages = browser.into_inner().unwrap().join().unwrap();
    (ending, pages.pop().unwrap())
}

/// A browser, cut down to a GET.
fn visit(url: &Url) -> String {
    use std::io::{Read, Write};
    let address = format!("127.0.0.1:{}", url.port().unwrap());
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(MAX_WAIT)).unwrap();
    let target = &url[url::Position::BeforePath..];
    let request = format!("GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: fake\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut page = String::new();
    stream.read_to_string(&mut page).unwrap();
    page
}

async fn newcomer() -> Recorded {
    let recorded = Recorded::without_login().await;
    recorded.keep("SPOTIFY_CLIENT_ID", "the-client-id");
    recorded
}

fn kept(recorded: &Recorded) -> Option<String> {
    let kept = recorded.secrets().find("SPOTIFY_REFRESH_TOKEN").unwrap();
    kept.map(|token| token.expose_secret().to_owned())
}

#[tokio::test]
async fn a_login_is_kept_and_used() {
    let recorded = newcomer().await;
    recorded.token("grant_type=authorization_code").await;
    recorded.token("grant_type=refresh_token").await;
    let (ending, page) = log_in(&recorded, |visit| {
        let icon = visit.redirect.join("/favicon.ico").unwrap();
        vec![
            icon,
            visit.back(&[("code", "the-code"), ("state", &visit.state)]),
        ]
    })
    .await;
    ending.unwrap();
    assert!(
        page.starts_with("HTTP/1.1 200") && page.contains("You are logged in"),
        "{page}"
    );
    assert_eq!(kept(&recorded).as_deref(), Some("the-next-refresh-token"));
    let requests = recorded.server.received_requests().await.unwrap();
    let form = String::from_utf8(requests[0].body.clone()).unwrap();
    assert!(
        form.contains("code=the-code") && form.contains("code_verifier="),
        "{form}"
    );
    assert!(
        form.contains("redirect_uri=http%3A%2F%2F127.0.0.1%3A"),
        "{form}"
    );

    recorded.header().await;
    recorded.items(vec![track(1)]).await;
    assert_eq!(recorded.list().await.unwrap().0.entries.len(), 1);
}

#[tokio::test]
async fn logins_that_fail_keep_nothing_and_say_why() {
    type Returns = fn(&Visit) -> Vec<Url>;
    let another: Returns = |visit| vec![visit.back(&[("code", "the-code"), ("state", "another")])];
    let stateless: Returns = |visit| vec![visit.back(&[("code", "the-code")])];
    let declined: Returns =
        |visit| vec![visit.back(&[("error", "access_denied"), ("state", &visit.state)])];
    let spent: Returns = |visit| vec![visit.back(&[("code", "the-code"), ("state", &visit.state)])];
    for (returns, says) in [
        (another, "another login"),
        (stateless, "another login"),
        (declined, "declined"),
        (spent, "invalid_grant"),
    ] {
        let recorded = newcomer().await;
        let refusal = json!({"error": "invalid_grant", "error_description": "the-code is spent"});
        Mock::given(path("/api/token"))
            .respond_with(ResponseTemplate::new(400).set_body_json(refusal))
            .mount(&recorded.server)
            .await;
        let (ending, page) = log_in(&recorded, returns).await;
        let error = ending.unwrap_err();
        recorded.hides(&error);
        assert!(error.to_string().contains(says), "{error}");
        assert!(page.contains(&error.to_string()), "{page}");
        assert_eq!(kept(&recorded), None);
    }
}

#[tokio::test]
async fn a_port_that_is_in_use_is_named() {
    let recorded = newcomer().await;
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = other.local_addr().unwrap().port();
    let error = recorded.spotify().login(port, |_| {}).await.unwrap_err();
    assert!(error.to_string().contains(&port.to_string()), "{error}");
}

#[tokio::test]
async fn a_token_that_replaces_the_kept_one_is_kept() {
    let recorded = Recorded::new().await;
    recorded.header().await;
    recorded.items(vec![track(1)]).await;
    recorded.list().await.unwrap();
    assert_eq!(kept(&recorded).as_deref(), Some("the-next-refresh-token"));
    let tokens = recorded.paths().await;
    assert_eq!(
        tokens.iter().filter(|path| *path == "/api/token").count(),
        1
    );
}

#[tokio::test]
async fn a_kept_login_that_died_says_to_log_in_again() {
    let recorded = Recorded::without_login().await;
    for (name, value) in SECRETS {
        recorded.keep(name, value);
    }
    let refusal = json!({"error": "invalid_grant", "error_description": "the-first-refresh-token"});
    Mock::given(path("/api/token"))
        .respond_with(ResponseTemplate::new(400).set_body_json(refusal))
        .mount(&recorded.server)
        .await;
    let error = recorded.fails().await.to_string();
    assert!(
        error.contains("six months") && error.contains("--login"),
        "{error}"
    );
}

#[tokio::test]
async fn the_accounts_service_can_fail_in_words() {
    let broken = |status: u16, body: Value| ResponseTemplate::new(status).set_body_json(body);
    for (answer, says) in [
        (
            broken(400, json!({"error": "invalid_client"})),
            "SPOTIFY_CLIENT_ID",
        ),
        (broken(503, json!({})), "503"),
        (broken(403, json!({"error": ["the-access-token"]})), "403"),
        (
            broken(200, json!({"access_token": {"x": "the-access-token"}})),
            "it has no token",
        ),
        (
            broken(
                200,
                json!({"access_token": "the-access-token", "expires_in": "the-client-secret"}),
            ),
            "it has no token",
        ),
        (
            ResponseTemplate::new(200).set_body_string("<html>the-access-token"),
            "it has no token",
        ),
    ] {
        let recorded = Recorded::without_login().await;
        for (name, value) in SECRETS {
            recorded.keep(name, value);
        }
        Mock::given(path("/api/token"))
            .respond_with(answer)
            .mount(&recorded.server)
            .await;
        let error = recorded.fails().await.to_string();
        assert!(error.contains(says), "{error}");
    }
}

#[tokio::test]
async fn the_apps_own_secret_is_the_other_way_in() {
    let recorded = newcomer().await;
    recorded.keep("SPOTIFY_CLIENT_SECRET", "the-client-secret");
    recorded.token("grant_type=client_credentials").await;
    recorded.header().await;
    recorded
        .answers(
            &format!("playlists/{KEY}/items"),
            ResponseTemplate::new(403),
        )
        .await;
    let error = recorded.fails().await.to_string();
    assert!(error.contains("belongs to another user"), "{error}");
}

#[tokio::test]
async fn without_any_secret_it_says_what_to_do_first() {
    let recorded = Recorded::without_login().await;
    let error = recorded.fails().await.to_string();
    assert!(error.contains("SPOTIFY_CLIENT_ID"), "{error}");
    assert!(
        error.contains(&format!("127.0.0.1:{LOGIN_PORT}/callback")),
        "{error}"
    );
    recorded.keep("SPOTIFY_CLIENT_ID", "the-client-id");
    let error = recorded.fails().await.to_string();
    assert!(
        error.contains("no login is stored") && error.contains("--login"),
        "{error}"
    );
    assert_eq!(recorded.paths().await, Vec::<String>::new());
}
