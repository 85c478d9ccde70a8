//! Audio that Jamendo lets everybody download, one track at a time.

use std::cell::OnceCell;
use std::path::Path;
use std::time::Duration;

use etcetera::BaseStrategy as _;
use secrecy::SecretString;
use tokio::runtime::{self, Runtime};
use url::Url;

use crate::audio::resolve::{MOST_BYTES, Offers, Unfetched, jamendo_download};
use crate::playlists::sources::CollectError;
use crate::playlists::sources::http::{Client, Get, Manners, Settings, by_status};
use crate::playlists::sources::secrets::Secrets;
use crate::playlists::{Provenance, Track};

const NAME: &str = "jamendo";
const API: &str = "https://api.jamendo.com/";

/// Opened with the first track that is offered, so that nobody needs a key for nothing.
#[derive(Default)]
pub(super) struct JamendoDownloads {
    way: OnceCell<Result<Way, String>>,
}

impl Offers for JamendoDownloads {
    fn fetch(&self, track: &Track, provenance: &[&Provenance], to: &Path) -> Result<(), Unfetched> {
        let id = jamendo_download(track, provenance).ok_or(Unfetched::NotOffered)?;
        let way = self
            .way
            .get_or_init(|| Way::of_user().map_err(|why| format!("{why:#}")));
        way.as_ref()
            .map_err(|why| Unfetched::GiveUp(why.clone()))?
            .download(id, to)
    }
}

/// How Jamendo is asked.
struct Way {
    runtime: Runtime,
    client: Client,
    client_id: SecretString,
    file: Url,
}

impl Way {
    fn of_user() -> anyhow::Result<Way> {
        let cache = etcetera::choose_base_strategy()?
            .cache_dir()
            .join("playlist-fit");
        let how = "register an app at devportal.jamendo.com and take its client id";
        let client_id = Secrets::of_user()?.need(NAME, "JAMENDO_CLIENT_ID", how)?;
        Way::new(
            Settings {
                cache,
                offline: false,
                api: None,
            },
            client_id,
        )
    }

    fn new(settings: Settings, client_id: SecretString) -> anyhow::Result<Way> {
        let manners = Manners {
            source_name: NAME,
            requests: 10,
            per: Duration::from_secs(1),
            verdict: by_status,
        };
        let api = settings.api.clone().map_or_else(|| Url::parse(API), Ok)?;
        Ok(Way {
            runtime: runtime::Builder::new_current_thread()
                .enable_all()
                .build()?,
            client: Client::new(manners, settings)?,
            client_id,
            file: api.join("v3.0/tracks/file/")?,
        })
    }

    fn download(&self, id: &str, to: &Path) -> Result<(), Unfetched> {
        let query = [("id", id), ("action", "download"), ("audioformat", "mp32")];
        let mut url = self.file.clone();
        url.query_pairs_mut().extend_pairs(query);
        let get = Get {
            secret_query: vec![("client_id", self.client_id.clone())],
            ..Get::from(url)
        };
        let to = to.with_extension("mp3");
        self.runtime
            .block_on(self.client.download(&get, &to, MOST_BYTES))
            .map_err(|why| match why {
                CollectError::Refused { .. }
                | CollectError::Shape { .. }
                | CollectError::NotOffered { .. } => Unfetched::Failed(why.to_string()),
                _ => Unfetched::GiveUp(why.to_string()),
            })
    }
}

#[cfg(test)]
mod tests {
    use wiremock::matchers::{method, path, query_param};
    use wiremock::{Mock, MockServer, ResponseTemplate};

    use super::*;

    #[test]
    fn a_track_comes_whole_and_a_refusal_concerns_it_alone() {
        let folder = tempfile::tempdir().unwrap();
        let serving = Runtime::new().unwrap();
        let server = serving.block_on(MockServer::start());
        let file = |id: &'static str, answer: ResponseTemplate| {
            Mock::given(method("GET"))
                .and(path("/v3.0/tracks/file/"))
                .and(query_param("id", id))
                .and(query_param("client_id", "key"))
                .respond_with(answer)
        };
        serving.block_on(
            file("168", ResponseTemplate::new(200).set_body_bytes(*b"mp3")).mount(&server),
        );
        serving.block_on(file("169", ResponseTemplate::new(404)).mount(&server));
        let api = Some(server.uri().parse().unwrap());
        let settings = Settings {
            cache: folder.path().join("cache"),
            offline: false,
            api,
        };
        let way = Way::new(settings, "key".to_owned().into()).unwrap();
        let to = folder.path().join("audio");
        way.download("168", &to).unwrap();
        assert_eq!(std::fs::read(to.with_extension("mp3")).unwrap(), b"mp3");
        match way.download("169", &folder.path().join("other")) {
            Err(Unfetched::Failed(why)) => {
                assert!(why.contains("jamendo") && !why.contains("key="), "{why}")
            }
            other => panic!("{other:?}"),
        }
    }
}
