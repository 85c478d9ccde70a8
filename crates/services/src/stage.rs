//! Test support: a server on the loopback, an empty cache, and secrets.

use std::fmt::{Debug, Display};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use url::Url;
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::http::{HttpSettings, Limits};
use super::secrets::Secrets;

/// A secret that must not occur in a message or in the cache.
pub(super) const SECRET: &str = "hush-0815-4711";

/// Limits without noticeable pauses.
pub(super) const FAST_LIMITS: Limits = Limits {
    connect: Duration::from_secs(10),
    read: Duration::from_secs(30),
    tries: 4,
    first_pause: Duration::from_millis(1),
    longest_pause: Duration::from_secs(60),
    body: 1 << 20,
};

pub(super) struct Stage {
    pub server: MockServer,
    pub folder: TempDir,
}

impl Stage {
    pub async fn new() -> Self {
        Self {
            server: MockServer::start().await,
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub fn settings(&self) -> HttpSettings {
        settings(self.folder.path(), &self.server.uri())
    }

    /// Settings that send nothing.
    pub fn offline(&self) -> HttpSettings {
        HttpSettings {
            offline: true,
            ..self.settings()
        }
    }

    pub fn secrets(&self) -> Secrets {
        secrets(self.folder.path())
    }

    /// Secrets of which none is set.
    pub fn no_secrets(&self) -> Secrets {
        Secrets {
            file: self.folder.path().join("none.toml"),
        }
    }

    /// Answers requests that match `is`.
    pub async fn on(&self, is: impl wiremock::Match + 'static, answer: ResponseTemplate) {
        Mock::given(is)
            .respond_with(answer)
            .mount(&self.server)
            .await;
    }

    /// Answers the first requests for a path.
    pub async fn at_first(&self, requests: u64, at: &str, answer: ResponseTemplate) {
        Mock::given(path(at))
            .respond_with(answer)
            .up_to_n_times(requests)
            .mount(&self.server)
            .await;
    }

    /// Number of requests that came.
    pub async fn asked(&self) -> usize {
        self.paths().await.len()
    }

    /// Paths of the requests that came, without the query.
    pub async fn paths(&self) -> Vec<String> {
        let requests = self.server.received_requests().await.unwrap();
        let path = |request: &Request| request.url.path().to_owned();
        requests.iter().map(path).collect()
    }

    /// Checks that no text of `hidden` is in the error or in the cache.
    #[track_caller]
    pub fn assert_hides(&self, hidden: &[&str], error: &(impl Display + Debug)) {
        let message = format!("{error} {error:?}");
        for hidden in hidden {
            assert_hidden(hidden, &message, &self.folder.path().join("cache"));
        }
    }
}

pub(super) fn ok(body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

/// The number that a request has in a parameter of its query.
#[track_caller]
pub(super) fn number_in_query(request: &Request, name: &str) -> usize {
    let mut query = request.url.query_pairs();
    let (_, value) = query.find(|(key, _)| key == name).unwrap();
    value.parse().unwrap()
}

/// Checks that the secret is neither in a message nor in the cache.
#[track_caller]
pub(super) fn assert_silent(message: &str, cache: &Path) {
    assert_hidden(SECRET, message, cache);
}

#[track_caller]
fn assert_hidden(secret: &str, message: &str, cache: &Path) {
    assert!(!message.contains(secret), "{message}");
    for file in files(cache) {
        let bytes = fs::read(&file).unwrap();
        let text = file.display().to_string() + &String::from_utf8_lossy(&bytes);
        assert!(!text.contains(secret), "{text}");
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    entries
        .map(|entry| entry.unwrap().path())
        .flat_map(|path| {
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        })
        .collect()
}

pub(super) fn settings(folder: &Path, address: &str) -> HttpSettings {
    HttpSettings {
        cache: folder.join("cache"),
        offline: false,
        api: Some(Url::parse(address).unwrap()),
        limits: FAST_LIMITS,
    }
}

/// Secrets of all services; each is [`SECRET`].
pub(super) fn secrets(folder: &Path) -> Secrets {
    let file = folder.join("secrets.toml");
    let names = [
        "JAMENDO_CLIENT_ID",
        "LISTENBRAINZ_TOKEN",
        "APPLE_MUSIC_TOKEN",
        "CHARTMETRIC_REFRESH_TOKEN",
        "SPOTIFY_CLIENT_ID",
        "SPOTIFY_REFRESH_TOKEN",
    ];
    let lines: String = names
        .map(|name| format!("{name} = \"{SECRET}\"\n"))
        .concat();
    fs::write(&file, lines).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    }
    Secrets { file }
}
