//! Where the tests of services play: a recorded server, an empty cache, a secret.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use url::Url;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::http::{HttpSettings, Limits};
use super::secrets::Secrets;

/// What must never be seen again.
pub(super) const SECRET: &str = "hush-0815-4711";

/// A client in a hurry.
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

    pub fn secrets(&self) -> Secrets {
        secrets(self.folder.path())
    }

    /// Answers requests that `is` holds for with `answer`.
    pub async fn on(&self, is: impl wiremock::Match + 'static, answer: ResponseTemplate) {
        Mock::given(is)
            .respond_with(answer)
            .mount(&self.server)
            .await;
    }

    /// How many requests came.
    pub async fn asked(&self) -> usize {
        self.server.received_requests().await.unwrap().len()
    }
}

pub(super) fn ok(body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

/// The secret neither in what is told nor in what is kept.
#[track_caller]
pub(super) fn assert_silent(told: &str, cache: &Path) {
    assert!(!told.contains(SECRET), "{told}");
    for file in files(cache) {
        let bytes = fs::read(&file).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(SECRET), "{}: {text}", file.display());
        assert!(
            !file.to_string_lossy().contains(SECRET),
            "{}",
            file.display()
        );
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
    }
}

pub(super) fn secrets(folder: &Path) -> Secrets {
    let file = folder.join("secrets.toml");
    let names = [
        "JAMENDO_CLIENT_ID",
        "LISTENBRAINZ_TOKEN",
        "APPLE_MUSIC_TOKEN",
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
