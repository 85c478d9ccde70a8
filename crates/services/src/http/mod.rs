//! The HTTP client of a service: rate limit, pauses, retries, a cache on the disk, and secrets. Input: a [`GetRequest`].
//! Output: an [`HttpResponse`] from the network or from the disk.
//!
//! `policy` has the rate limit and the status mapping, `transport` sends one request, `cache` stores responses, `journal`
//! stores which playlists are unfinished, `backoff` stores a pause, `pages` follows links from page to page.
//!
//! Invariants: does not interpret data, and writes no secret anywhere.

mod backoff;
mod cache;
mod journal;
mod message;
mod pages;
mod policy;
#[cfg(test)]
mod tests;
mod transport;

use std::path::{Path, PathBuf};
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable as _};
use jiff::Timestamp;
use jiff::civil::Date;
use url::Url;

pub use self::message::{GetRequest, HttpResponse, TokenRequest, TokenRequestBody};
pub use self::pages::Pages;
pub use self::policy::{RetryDecision, ServicePolicy, by_status, json_by_status};

use self::backoff::Backoff;
use self::cache::{Cache, CacheEntry};
use self::journal::ResumeJournal;
use self::transport::{Transfer, Transport, TransportError};
use super::{CollectError, day_of};

/// Cache, address and limits of a client.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// Folder of responses and pauses; each service has a folder of its name in it.
    pub cache: PathBuf,
    /// Whether to read the cache only.
    pub offline: bool,
    /// Address to use instead of the service's own: a proxy, or a recorded server. The rate limit does not apply to the
    /// loopback.
    pub api: Option<Url>,
    /// Timeouts, retries and sizes.
    pub limits: Limits,
}

/// Timeouts, retries and sizes. The default is for services.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Timeout of a connection.
    pub connect: Duration,
    /// Timeout between two parts of a response.
    pub read: Duration,
    /// How often a GET request is sent in all.
    pub tries: usize,
    /// Pause before the second try; it doubles with each try, with jitter.
    pub first_pause: Duration,
    /// The longest pause that the client waits; a longer one ends the run.
    pub longest_pause: Duration,
    /// The most bytes of a response, after decompression.
    pub body: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connect: Duration::from_secs(10),
            read: Duration::from_secs(30),
            tries: 4,
            first_pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(60),
            body: 64 << 20,
        }
    }
}

/// The HTTP client of one service.
pub struct Client {
    policy: ServicePolicy,
    limits: Limits,
    offline: bool,
    transport: Transport,
    cache: Cache,
    backoff: Backoff,
    journal: ResumeJournal,
}

impl Client {
    /// A client with this policy. Sends nothing yet.
    ///
    /// # Errors
    /// [`CollectError::Disk`] if the cache cannot be created, [`CollectError::Refused`] for an address with a password.
    pub fn new(policy: ServicePolicy, settings: HttpSettings) -> Result<Client, CollectError> {
        let limits = settings.limits;
        let folder = settings.cache.join(policy.source_name);
        Ok(Client {
            transport: Transport::new(&policy, settings.api.as_ref(), limits)?,
            cache: Cache::open(&folder)?,
            backoff: Backoff::below(&folder, policy.source_name),
            journal: ResumeJournal::below(&folder),
            offline: settings.offline,
            policy,
            limits,
        })
    }

    /// Sends a request, with retries, and returns an accepted or a final response. Accepted responses are cached: a later
    /// collection asks whether they changed (ETag), the same collection uses them when it resumes (see
    /// [`Client::begin`]), and `offline` always uses them.
    ///
    /// # Errors
    /// [`CollectError::RateLimited`], [`CollectError::Unreachable`], [`CollectError::Offline`], [`CollectError::Disk`];
    /// [`CollectError::Refused`] if the response is too long or redirects without end.
    pub async fn get(&self, get: &GetRequest) -> Result<HttpResponse, CollectError> {
        self.get_within(get, Duration::ZERO).await
    }

    /// As [`Client::get`], for data that rarely changes: a cached response that is younger than `age` is returned.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn get_within(
        &self,
        get: &GetRequest,
        age: Duration,
    ) -> Result<HttpResponse, CollectError> {
        let url = get.shown();
        let known = self.cache.read(&url);
        if self.offline {
            let answer = known.map(|entry| entry.answer);
            return answer.ok_or_else(|| CollectError::Offline {
                url: url.to_string(),
            });
        }
        match known {
            Some(entry) if self.journal.has(&entry) || entry.is_younger(age, self.now()) => {
                Ok(entry.answer)
            }
            known => {
                let asked = self.ask(get, &url, known).await;
                asked.inspect_err(|_| self.journal.interrupted())
            }
        }
    }

    /// Sends a form or JSON once, for tokens: without retries and cache.
    ///
    /// # Errors
    /// [`CollectError::Unreachable`], [`CollectError::RateLimited`], [`CollectError::Offline`]; error statuses are responses.
    pub async fn post(&self, post: TokenRequest) -> Result<HttpResponse, CollectError> {
        if self.offline {
            return Err(CollectError::Offline {
                url: post.url.to_string(),
            });
        }
        self.backoff.check(self.now())?;
        let sent = self.transport.post(&post).await;
        sent.map_err(|error| self.failed(error))
    }

    /// Starts to collect a playlist, or resumes: pages fetched since an unfinished `begin` of the same `list` and the same
    /// `version` (the service's snapshot id, checksum or total) are not requested again.
    ///
    /// A playlist that was neither finished nor interrupted by the network or the end of the program was invalid for its
    /// source: it starts again.
    ///
    /// # Errors
    /// [`CollectError::Disk`].
    pub fn begin(&self, list: &str, version: &str) -> Result<(), CollectError> {
        if self.offline {
            Ok(())
        } else {
            self.journal.begin(list, version, self.now())
        }
    }

    /// The playlist is complete: its pages are requested again next time.
    ///
    /// # Errors
    /// [`CollectError::Disk`].
    pub fn finish(&self, list: &str) -> Result<(), CollectError> {
        if self.offline {
            Ok(())
        } else {
            self.journal.finish(list)
        }
    }

    /// Writes the body of a response into a file, atomically; it may have at most `limit` bytes.
    ///
    /// # Errors
    /// As [`Client::get`]; [`CollectError::Refused`] if it is longer, or for an error status.
    pub async fn download(
        &self,
        get: &GetRequest,
        to: &Path,
        limit: u64,
    ) -> Result<(), CollectError> {
        if self.offline {
            return Err(CollectError::Offline {
                url: get.shown().to_string(),
            });
        }
        self.backoff.check(self.now())?;
        let attempt = || {
            self.transport
                .download(get, to, limit, self.policy.decision)
        };
        self.with_retries(attempt).await
    }

    /// As [`Client::download`], for a long file: `to` retains what was received when the connection or the program ends,
    /// and the next call resumes there, unless the file has changed or the server sends only complete files. `progress`
    /// gets the number of bytes so far and in all, if the server states it.
    ///
    /// # Errors
    /// As [`Client::download`]; [`CollectError::Refused`] also for a web page instead of a file.
    pub async fn resume(
        &self,
        get: &GetRequest,
        to: &Path,
        limit: u64,
        progress: &dyn Fn(u64, Option<u64>),
    ) -> Result<(), CollectError> {
        if self.offline {
            return Err(CollectError::Offline {
                url: get.shown().to_string(),
            });
        }
        self.backoff.check(self.now())?;
        let length = || std::fs::metadata(to).map_or(0, |facts| facts.len());
        loop {
            let before = length();
            let attempt = || {
                self.transport
                    .resume(get, to, limit, self.policy.decision, progress)
            };
            match self.with_retries(attempt).await {
                // A long file arrives even over a connection that is interrupted repeatedly.
                Err(CollectError::Unreachable { .. }) if length() > before => {}
                ended => return ended,
            }
        }
    }

    /// Deletes what [`Client::resume`] stored in `to`, so that the next call starts again.
    ///
    /// # Errors
    /// [`CollectError::Disk`].
    pub fn discard(&self, to: &Path) -> Result<(), CollectError> {
        transport::discard(to).map_err(|source| CollectError::Disk {
            path: to.to_owned(),
            source,
        })
    }

    /// The day on which the service last sent or confirmed the cached response to `get`; `None` if there is none.
    #[must_use]
    pub fn day_of(&self, get: &GetRequest) -> Option<Date> {
        Some(day_of(self.cache.read(&get.shown())?.fetched))
    }

    /// Today in UTC.
    #[must_use]
    pub fn today(&self) -> Date {
        day_of(self.now())
    }

    /// The current time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    async fn ask(
        &self,
        get: &GetRequest,
        url: &Url,
        known: Option<CacheEntry>,
    ) -> Result<HttpResponse, CollectError> {
        self.backoff.check(self.now())?;
        let attempt = || {
            self.transport
                .get(get, known.as_ref(), self.policy.decision)
        };
        let answer = match (self.with_retries(attempt).await?, known) {
            (Transfer::NotModified, Some(known)) => known.answer,
            // A 304 to a request without a condition.
            (Transfer::NotModified, None) => {
                return Err(self.failed(TransportError::NoResponse("HTTP 304".to_owned())));
            }
            (Transfer::Failure(answer), _) => return Ok(answer),
            (Transfer::Success(answer), _) => answer,
        };
        let entry = CacheEntry {
            answer,
            fetched: self.now(),
            collection: self.journal.current(),
        };
        self.cache.write(url, &entry)?;
        Ok(entry.answer)
    }

    /// Retries after increasing pauses, or after the one that the service asks for.
    async fn with_retries<T, F: Future<Output = Result<T, TransportError>>>(
        &self,
        attempt: impl FnMut() -> F,
    ) -> Result<T, CollectError> {
        let longest = self.limits.longest_pause;
        let pauses = ExponentialBuilder::new()
            .with_min_delay(self.limits.first_pause)
            .with_max_delay(longest)
            .with_max_times(self.limits.tries.saturating_sub(1))
            // Without a seed every run would have the same jitter.
            .with_jitter_seed(fastrand::u64(..))
            .with_jitter();
        let result = attempt
            .retry(pauses)
            .when(|error| error.pause().is_some_and(|pause| pause <= longest))
            .adjust(|error, pause| Some(pause?.max(error.pause()?)))
            .notify(|_, pause| {
                tracing::info!("{}: next try in {pause:?}", self.policy.source_name);
            })
            .await;
        result.map_err(|error| self.failed(error))
    }

    /// The error after the last try.
    fn failed(&self, error: TransportError) -> CollectError {
        let source_name = self.policy.source_name;
        match error {
            TransportError::NoResponse(reason) => CollectError::unreachable(source_name, reason),
            TransportError::RetryAfter(pause) => {
                let pause = pause.unwrap_or(self.limits.longest_pause);
                self.backoff.start(self.now(), pause)
            }
            TransportError::Permanent(error) => error,
        }
    }
}
