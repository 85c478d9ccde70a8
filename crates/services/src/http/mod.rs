//! One polite way to a service: its rate, its pauses, retries, a cache on the disk, and secrets that stay secret.
//! A [`GetRequest`] comes in, an [`HttpResponse`] goes out, from the network or from the disk.
//!
//! `policy` says how a service wants to be asked, `transport` asks once, `cache` keeps answers, `journal` knows which
//! lists were broken off, `backoff` how long a service wants to be left alone, `pages` follows links from page to page.
//!
//! Must not: know what an answer is about, or write a secret anywhere.

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

/// Where and how a client works.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// Answers and pauses are kept below it, in a folder named as the source.
    pub cache: PathBuf,
    pub offline: bool,
    /// In place of the service's own address: a proxy, or a recorded server. One on the loopback is asked as fast as it
    /// answers, because the limit is the service's.
    pub api: Option<Url>,
    /// Timeouts, retries and sizes.
    pub limits: Limits,
}

/// How long a client waits and how much it takes; the default is for services, a test may be less patient.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub connect: Duration,
    /// Between any two pieces of an answer.
    pub read: Duration,
    /// How often one GET is sent in all.
    pub tries: usize,
    /// Before the second try; it doubles from try to try, with jitter.
    pub first_pause: Duration,
    /// A service that asks for a longer pause is left alone for that long.
    pub longest_pause: Duration,
    /// Bytes of an answer, after decompression.
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

/// The way to one service.
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
    /// # Errors
    /// Where the cache cannot be made.
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

    /// Asks, with retries, and hands out a good answer or the service's last word. A good answer is kept on the disk:
    /// asked again with its ETag by a later collection, taken as it is by the same one going on after a break (see
    /// [`Client::begin`]), and by `offline` always.
    ///
    /// # Errors
    /// [`CollectError::RateLimited`], [`CollectError::Unreachable`], [`CollectError::Offline`], [`CollectError::Disk`];
    /// [`CollectError::Refused`] where the answer is too long or leads nowhere.
    pub async fn get(&self, get: &GetRequest) -> Result<HttpResponse, CollectError> {
        self.get_within(get, Duration::ZERO).await
    }

    /// [`Client::get`] for what hardly ever changes: an answer that came less than `age` ago is taken as it is.
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

    /// Sends a form or JSON once, for tokens: no retry, no cache.
    ///
    /// # Errors
    /// [`CollectError::Unreachable`], [`CollectError::RateLimited`], [`CollectError::Offline`]; refused statuses are answers.
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

    /// Begins to collect one list, or goes on with it: pages fetched since an unfinished `begin` of the same `list` and
    /// the same `version` (the service's snapshot id, checksum or total) are not asked for again.
    ///
    /// A list that was neither finished nor broken off, by the network or the end of the program, was not understood by
    /// its source: it begins anew.
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

    /// The list is whole: its pages are asked for anew next time.
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

    /// The answer's body straight into a file that appears whole or not at all, no longer than `limit` bytes.
    ///
    /// # Errors
    /// As [`Client::get`]; [`CollectError::Refused`] where it is longer, or is not given.
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
        self.patiently(attempt).await
    }

    /// [`Client::download`] of a long file: what came stays in `to` when the line breaks or the program ends, and the
    /// next call goes on behind it, unless the file has changed or the server gives it only whole. `progress` is told how
    /// many bytes are there and, where the server says so, of how many.
    ///
    /// # Errors
    /// As [`Client::download`]; [`CollectError::Refused`] also where a page comes in place of a file.
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
            match self.patiently(attempt).await {
                // A line that breaks again and again still brings a long file home.
                Err(CollectError::Unreachable { .. }) if length() > before => {}
                ended => return ended,
            }
        }
    }

    /// Takes away what [`Client::resume`] left in `to`, so that the next call begins anew.
    ///
    /// # Errors
    /// [`CollectError::Disk`].
    pub fn forget(&self, to: &Path) -> Result<(), CollectError> {
        transport::forget(to).map_err(|source| CollectError::Disk {
            path: to.to_owned(),
            source,
        })
    }

    /// The day on which the service last gave the answer that the disk holds to `get`, or confirmed it: `offline`, the
    /// day of the look.
    #[must_use]
    pub fn day_of(&self, get: &GetRequest) -> Option<Date> {
        Some(day_of(self.cache.read(&get.shown())?.fetched))
    }

    /// Today.
    #[must_use]
    pub fn today(&self) -> Date {
        day_of(self.now())
    }

    /// Now.
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
        let answer = match (self.patiently(attempt).await?, known) {
            (Transfer::NotModified, Some(known)) => known.answer,
            // A 304 that nobody asked for.
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

    /// Tries again, each time after a longer pause or the one that the service asks for.
    async fn patiently<T, F: Future<Output = Result<T, TransportError>>>(
        &self,
        attempt: impl FnMut() -> F,
    ) -> Result<T, CollectError> {
        let longest = self.limits.longest_pause;
        let pauses = ExponentialBuilder::new()
            .with_min_delay(self.limits.first_pause)
            .with_max_delay(longest)
            .with_max_times(self.limits.tries.saturating_sub(1))
            // Without a seed every run would jitter alike.
            .with_jitter_seed(fastrand::u64(..))
            .with_jitter();
        let came = attempt
            .retry(pauses)
            .when(|error| error.pause().is_some_and(|pause| pause <= longest))
            .adjust(|error, pause| Some(pause?.max(error.pause()?)))
            .notify(|_, pause| {
                tracing::info!("{}: next try in {pause:?}", self.policy.source_name);
            })
            .await;
        came.map_err(|error| self.failed(error))
    }

    /// What a fault means once nothing more is tried.
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
