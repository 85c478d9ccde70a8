//! One polite way to a service: its rate, its pauses, retries, a cache on the disk, and secrets that stay secret.
//! A [`Get`] comes in, an [`Answer`] goes out, from the network or from the disk.
//!
//! `manners` says how a service wants to be asked, `wire` asks once, `cache` keeps answers, `unfinished` knows which
//! lists were broken off, `cool_down` how long a service wants to be left alone, `pages` follows links from page to page.
//!
//! Must not: know what an answer is about, or write a secret anywhere.

mod cache;
mod cool_down;
mod manners;
mod message;
mod pages;
#[cfg(test)]
mod tests;
mod unfinished;
mod wire;

use std::path::{Path, PathBuf};
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable as _};
use jiff::Timestamp;
use jiff::civil::Date;
use url::Url;

pub use self::manners::{Manners, Verdict, by_status, json_by_status};
pub use self::message::{Answer, Get, Post, PostBody};
pub use self::pages::Pages;

use self::cache::{Cache, Entry};
use self::cool_down::CoolDown;
use self::unfinished::Unfinished;
use self::wire::{Came, Fault, Wire};
use super::{CollectError, day_of};

/// Where and how a client works.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Answers and pauses are kept below it, in a folder named as the source.
    pub cache: PathBuf,
    pub offline: bool,
    /// In place of the service's own address: a proxy, or a recorded server. One on the loopback is asked as fast as it
    /// answers, because the limit is the service's.
    pub api: Option<Url>,
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
    manners: Manners,
    limits: Limits,
    offline: bool,
    wire: Wire,
    cache: Cache,
    cool_down: CoolDown,
    unfinished: Unfinished,
}

impl Client {
    /// # Errors
    /// Where the cache cannot be made.
    pub fn new(manners: Manners, settings: Settings) -> Result<Client, CollectError> {
        Client::with_limits(manners, settings, Limits::default())
    }

    /// [`Client::new`], with another patience.
    ///
    /// # Errors
    /// As [`Client::new`].
    pub fn with_limits(
        manners: Manners,
        settings: Settings,
        limits: Limits,
    ) -> Result<Client, CollectError> {
        let folder = settings.cache.join(manners.source_name);
        Ok(Client {
            wire: Wire::new(&manners, settings.api.as_ref(), limits)?,
            cache: Cache::open(&folder)?,
            cool_down: CoolDown::below(&folder, manners.source_name),
            unfinished: Unfinished::below(&folder),
            offline: settings.offline,
            manners,
            limits,
        })
    }

    /// Asks, with retries, and hands out a good answer or the service's last word. A good answer is kept on the disk:
    /// asked again with its ETag by a later collection, taken as it is by the same one going on after a break (see
    /// [`Client::begin`]), and by `offline` always.
    ///
    /// # Errors
    /// [`CollectError::CoolDown`], [`CollectError::Unreachable`], [`CollectError::Offline`], [`CollectError::Disk`];
    /// [`CollectError::Refused`] where the answer is too long or leads nowhere.
    pub async fn get(&self, get: &Get) -> Result<Answer, CollectError> {
        self.get_within(get, Duration::ZERO).await
    }

    /// [`Client::get`] for what hardly ever changes: an answer that came less than `age` ago is taken as it is.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn get_within(&self, get: &Get, age: Duration) -> Result<Answer, CollectError> {
        let url = get.shown();
        let known = self.cache.read(&url);
        if self.offline {
            let answer = known.map(|entry| entry.answer);
            return answer.ok_or_else(|| CollectError::Offline {
                url: url.to_string(),
            });
        }
        match known {
            Some(entry) if self.unfinished.has(&entry) || entry.is_younger(age, self.now()) => {
                Ok(entry.answer)
            }
            known => {
                let asked = self.ask(get, &url, known).await;
                asked.inspect_err(|_| self.unfinished.broken_off())
            }
        }
    }

    /// Sends a form or JSON once, for tokens: no retry, no cache.
    ///
    /// # Errors
    /// [`CollectError::Unreachable`], [`CollectError::CoolDown`], [`CollectError::Offline`]; refused statuses are answers.
    pub async fn post(&self, post: Post) -> Result<Answer, CollectError> {
        if self.offline {
            return Err(CollectError::Offline {
                url: post.url.to_string(),
            });
        }
        self.cool_down.check(self.now())?;
        let sent = self.wire.post(&post).await;
        sent.map_err(|fault| self.failed(fault))
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
        match self.offline {
            true => Ok(()),
            false => self.unfinished.begin(list, version, self.now()),
        }
    }

    /// The list is whole: its pages are asked for anew next time.
    ///
    /// # Errors
    /// [`CollectError::Disk`].
    pub fn finish(&self, list: &str) -> Result<(), CollectError> {
        match self.offline {
            true => Ok(()),
            false => self.unfinished.finish(list),
        }
    }

    /// The answer's body straight into a file that appears whole or not at all, no longer than `limit` bytes.
    ///
    /// # Errors
    /// As [`Client::get`]; [`CollectError::Refused`] where it is longer, or is not given.
    pub async fn download(&self, get: &Get, to: &Path, limit: u64) -> Result<(), CollectError> {
        if self.offline {
            return Err(CollectError::Offline {
                url: get.shown().to_string(),
            });
        }
        self.cool_down.check(self.now())?;
        let attempt = || self.wire.download(get, to, limit, self.manners.verdict);
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
        get: &Get,
        to: &Path,
        limit: u64,
        progress: &dyn Fn(u64, Option<u64>),
    ) -> Result<(), CollectError> {
        if self.offline {
            return Err(CollectError::Offline {
                url: get.shown().to_string(),
            });
        }
        self.cool_down.check(self.now())?;
        let length = || std::fs::metadata(to).map_or(0, |facts| facts.len());
        loop {
            let before = length();
            let attempt = || {
                self.wire
                    .resume(get, to, limit, self.manners.verdict, progress)
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
        wire::forget(to).map_err(|source| CollectError::Disk {
            path: to.to_owned(),
            source,
        })
    }

    /// The day on which the service last gave the answer that the disk holds to `get`, or confirmed it: `offline`, the
    /// day of the look.
    #[must_use]
    pub fn day_of(&self, get: &Get) -> Option<Date> {
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
        get: &Get,
        url: &Url,
        known: Option<Entry>,
    ) -> Result<Answer, CollectError> {
        self.cool_down.check(self.now())?;
        let attempt = || self.wire.get(get, known.as_ref(), self.manners.verdict);
        let answer = match (self.patiently(attempt).await?, known) {
            (Came::Same, Some(known)) => known.answer,
            // A 304 that nobody asked for.
            (Came::Same, None) => return Err(self.failed(Fault::Silent("HTTP 304".to_owned()))),
            (Came::Final(answer), _) => return Ok(answer),
            (Came::Good(answer), _) => answer,
        };
        let entry = Entry {
            answer,
            fetched: self.now(),
            collection: self.unfinished.current(),
        };
        self.cache.write(url, &entry)?;
        Ok(entry.answer)
    }

    /// Tries again, each time after a longer pause or the one that the service asks for.
    async fn patiently<T, F: Future<Output = Result<T, Fault>>>(
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
            .when(|fault| fault.pause().is_some_and(|pause| pause <= longest))
            .adjust(|fault, pause| Some(pause?.max(fault.pause()?)))
            .notify(|_, pause| {
                tracing::info!("{}: next try in {pause:?}", self.manners.source_name);
            })
            .await;
        came.map_err(|fault| self.failed(fault))
    }

    /// What a fault means once nothing more is tried.
    fn failed(&self, fault: Fault) -> CollectError {
        let source_name = self.manners.source_name;
        match fault {
            Fault::Silent(why) => CollectError::unreachable(source_name, why),
            Fault::Later(pause) => {
                let pause = pause.unwrap_or(self.limits.longest_pause);
                self.cool_down.start(self.now(), pause)
            }
            Fault::Last(error) => error,
        }
    }
}
