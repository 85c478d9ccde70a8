//! One polite way to a service: its rate, its pauses, retries, a cache on the disk, and secrets that stay secret.

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::SecretString;
use url::Url;

use super::CollectError;

/// A service's manners.
#[derive(Clone, Debug)]
pub struct Manners {
    /// The source's name, for messages and for the names of its files.
    pub source_name: &'static str,
    /// At most `requests` in any `per`.
    pub requests: u32,
    pub per: Duration,
    /// Reads an answer that came whole with any status. Most services: [`by_status`]. Where errors hide inside HTTP 200
    /// (Deezer, Jamendo) the service's own.
    pub verdict: fn(&Answer) -> Verdict,
}

/// What an answer means for the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Data, to be cached.
    Good,
    /// Ask again after a while, at least as long as the service says.
    Later(Option<Duration>),
    /// The service's last word: handed to the caller as it is, not cached.
    Final,
}

/// The verdict by HTTP's own words: 2xx good, 408, 429 and 5xx later (`Retry-After` in seconds or as a date), all else
/// final.
#[must_use]
pub fn by_status(_answer: &Answer) -> Verdict {
    todo!()
}

/// One GET. Secrets travel beside the URL, so that the URL can stand in a message and in a cache.
#[derive(Clone, Debug)]
pub struct Get {
    pub url: Url,
    /// Headers such as `Authorization`.
    pub secret_headers: Vec<(&'static str, SecretString)>,
    /// Query parameters such as `client_id`.
    pub secret_query: Vec<(&'static str, SecretString)>,
}

impl From<Url> for Get {
    fn from(url: Url) -> Get {
        Get {
            url,
            secret_headers: Vec::new(),
            secret_query: Vec::new(),
        }
    }
}

/// What came back, from the network or from the cache.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    /// Lower-case names.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON.
    ///
    /// # Errors
    /// Why it is none, in a few words.
    pub fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T, String> {
        serde_json::from_slice(&self.body).map_err(|why| why.to_string())
    }
}

/// Where and how a client works.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Answers and pauses are kept here, one folder a source.
    pub cache: PathBuf,
    pub offline: bool,
    /// In place of the service's own address: a proxy, or a recorded server.
    pub api: Option<Url>,
}

/// The way to one service.
pub struct Client {
    _manners: Manners,
    _settings: Settings,
}

impl Client {
    /// # Errors
    /// Where the cache cannot be made.
    pub fn new(manners: Manners, settings: Settings) -> Result<Client, CollectError> {
        Ok(Client {
            _manners: manners,
            _settings: settings,
        })
    }

    /// Asks, with retries, and hands out a good answer or the service's last word. A good answer is kept on the disk:
    /// asked again with its ETag by a later collection, taken as it is by the same one going on after a break (see
    /// [`Client::begin`]), and by `offline` always.
    ///
    /// # Errors
    /// [`CollectError::CoolDown`], [`CollectError::Unreachable`], [`CollectError::Offline`], [`CollectError::Disk`].
    pub async fn get(&self, _get: &Get) -> Result<Answer, CollectError> {
        todo!()
    }

    /// Sends a form or JSON once, for tokens: no retry, no cache.
    ///
    /// # Errors
    /// [`CollectError::Unreachable`]; refused statuses are answers.
    pub async fn post(&self, _post: Post) -> Result<Answer, CollectError> {
        todo!()
    }

    /// Begins to collect one list, or goes on with it: pages fetched since an unfinished `begin` of the same `list` and
    /// the same `version` (the service's snapshot id, checksum or total) are not asked for again.
    ///
    /// # Errors
    /// [`CollectError::Disk`].
    pub fn begin(&self, _list: &str, _version: &str) -> Result<(), CollectError> {
        todo!()
    }

    /// The list is whole: its pages are asked for anew next time.
    ///
    /// # Errors
    /// [`CollectError::Disk`].
    pub fn finish(&self, _list: &str) -> Result<(), CollectError> {
        todo!()
    }

    /// The answer's body straight into a file that appears whole or not at all, no longer than `limit` bytes.
    ///
    /// # Errors
    /// As [`Client::get`]; [`CollectError::Refused`] where it is longer.
    pub async fn download(
        &self,
        _get: &Get,
        _to: &std::path::Path,
        _limit: u64,
    ) -> Result<(), CollectError> {
        todo!()
    }

    /// Now, or a test's idea of it.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// One POST that asks for a token.
pub struct Post {
    pub url: Url,
    pub secret_headers: Vec<(&'static str, SecretString)>,
    pub body: PostBody,
}

/// What a POST carries; all of it is secret.
pub enum PostBody {
    Form(Vec<(&'static str, SecretString)>),
    Json(SecretString),
}
