//! Sends one request once: within the rate limit, with its secrets, along redirects, and reads the complete response.

mod resume;

use std::io::Write as _;
use std::num::NonZeroU32;
use std::path::Path;
use std::time::Duration;

use files::AtomicFile;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use reqwest::header::{self, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{RequestBuilder, Response};
use secrecy::{ExposeSecret as _, SecretString};
use url::{Host, Url};

pub(super) use self::resume::discard;

use super::cache::CacheEntry;
use super::{
    GetRequest, HttpResponse, Limits, RetryDecision, ServicePolicy, TokenRequest, TokenRequestBody,
};
use crate::CollectError;

/// The most redirects of a request.
const MAX_REDIRECTS: usize = 5;

pub(super) struct Transport {
    source_name: &'static str,
    http: reqwest::Client,
    /// One queue for each host; `None` for a server on the loopback.
    queues: Option<DefaultKeyedRateLimiter<String>>,
    limits: Limits,
}

/// A complete response.
pub(super) enum Transfer {
    Success(HttpResponse),
    /// The cached response is still valid.
    NotModified,
    Failure(HttpResponse),
}

/// Why a response is missing.
pub(super) enum TransportError {
    /// No response, or a part of one.
    NoResponse(String),
    /// The service asks for a pause, with or without a time.
    RetryAfter(Option<Duration>),
    /// Another try would not help.
    Permanent(CollectError),
}

impl TransportError {
    /// The shortest pause before another try; `None` if another try would not help.
    pub(super) fn pause(&self) -> Option<Duration> {
        match self {
            TransportError::NoResponse(_) => Some(Duration::ZERO),
            TransportError::RetryAfter(pause) => Some(pause.unwrap_or_default()),
            TransportError::Permanent(_) => None,
        }
    }
}

impl Transport {
    pub(super) fn new(
        policy: &ServicePolicy,
        api: Option<&Url>,
        limits: Limits,
    ) -> Result<Transport, CollectError> {
        let source_name = policy.source_name;
        if api.is_some_and(|api| api.password().is_some() || !api.username().is_empty()) {
            return Err(CollectError::Refused {
                source_name,
                what: "the address instead of its own has a user or a password".to_owned(),
                next: "remove them from it".to_owned(),
            });
        }
        let loopback = api.is_some_and(is_loopback);
        let mut http = reqwest::Client::builder()
            .user_agent(concat!("playlist-fit/", env!("CARGO_PKG_VERSION")))
            .gzip(true)
            // Followed here, because reqwest does not know what is secret.
            .redirect(Policy::none())
            .connect_timeout(limits.connect)
            .read_timeout(limits.read);
        if loopback {
            http = http.no_proxy();
        }
        let http = http.build().map_err(|reason| CollectError::Unreachable {
            source_name,
            reason: without_url(reason),
        })?;
        let quota = pace(policy).filter(|_| !loopback);
        Ok(Transport {
            source_name,
            http,
            queues: quota.map(RateLimiter::keyed),
            limits,
        })
    }

    /// Requests what changed since the cached response.
    pub(super) async fn get(
        &self,
        get: &GetRequest,
        known: Option<&CacheEntry>,
        decision: fn(&HttpResponse) -> RetryDecision,
    ) -> Result<Transfer, TransportError> {
        let response = self
            .follow(get, |request| if_changed(request, known))
            .await?;
        if response.status() == 304 && known.is_some() {
            return Ok(Transfer::NotModified);
        }
        let mut answer = self.whole(response, &get.shown()).await?;
        get.scrub(&mut answer.body);
        match decision(&answer) {
            RetryDecision::Accept => Ok(Transfer::Success(answer)),
            RetryDecision::Fail => Ok(Transfer::Failure(answer)),
            RetryDecision::RetryAfter(pause) => Err(later(&answer, pause)),
        }
    }

    pub(super) async fn post(&self, post: &TokenRequest) -> Result<HttpResponse, TransportError> {
        let request = self.http.post(post.url.clone());
        let request = match &post.body {
            TokenRequestBody::Form(fields) => {
                let open = |(name, secret): &(&'static str, SecretString)| {
                    (*name, secret.expose_secret().to_owned())
                };
                request.form(&fields.iter().map(open).collect::<Vec<_>>())
            }
            TokenRequestBody::Json(json) => request
                .header(header::CONTENT_TYPE, "application/json")
                .body(json.expose_secret().to_owned()),
        };
        let request = self.with_secrets(request, &post.secret_headers)?;
        let response = self.send(request, &post.url).await?;
        self.whole(response, &post.url).await
    }

    /// Streams a body into the file `to`.
    pub(super) async fn download(
        &self,
        get: &GetRequest,
        to: &Path,
        limit: u64,
        decision: fn(&HttpResponse) -> RetryDecision,
    ) -> Result<(), TransportError> {
        let mut response = self.follow(get, |request| request).await?;
        let url = get.shown();
        if !response.status().is_success() {
            return Err(self.not_given(response, &url, decision).await);
        }
        let failed = |source| {
            TransportError::Permanent(CollectError::Disk {
                path: to.to_owned(),
                source,
            })
        };
        let mut file = AtomicFile::create(to).map_err(failed)?;
        let mut length = 0;
        while let Some(piece) = response.chunk().await.map_err(silent)? {
            length += piece.len() as u64;
            if length > limit {
                return Err(self.too_long(&url, limit));
            }
            file.write_all(&piece).map_err(failed)?;
        }
        file.commit().map_err(failed)
    }

    /// The error of a status without a file.
    async fn not_given(
        &self,
        response: Response,
        url: &Url,
        decision: fn(&HttpResponse) -> RetryDecision,
    ) -> TransportError {
        let answer = match self.whole(response, url).await {
            Ok(answer) => answer,
            Err(error) => return error,
        };
        match decision(&answer) {
            RetryDecision::RetryAfter(pause) => later(&answer, pause),
            _ => self.refused(
                format!("{url} cannot be downloaded (HTTP {})", answer.status),
                "check that it still exists",
            ),
        }
    }

    /// The response at the end of all redirects. Secrets are sent to the origin of the service only; what `with` adds is
    /// sent to every server on the way.
    async fn follow(
        &self,
        get: &GetRequest,
        with: impl Fn(RequestBuilder) -> RequestBuilder,
    ) -> Result<Response, TransportError> {
        let mut url = get.url.clone();
        for _ in 0..=MAX_REDIRECTS {
            let own = url.origin() == get.url.origin();
            let request = if own {
                self.with_secrets(self.http.get(get.sent(&url)), &get.secret_headers)?
            } else {
                self.http.get(get.without_secrets(&url))
            };
            tracing::debug!("GET {}", get.without_secrets(&url));
            let response = self.send(with(request), &url).await?;
            if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
                return Ok(response);
            }
            let to = response.headers().get(header::LOCATION);
            let to = to.and_then(|to| url.join(to.to_str().ok()?).ok());
            let to = to.filter(|to| to.has_host() && matches!(to.scheme(), "http" | "https"));
            url = to.ok_or_else(|| self.leads_nowhere(get))?;
        }
        Err(self.leads_nowhere(get))
    }

    /// Sends when the rate limit of the host allows it.
    async fn send(&self, request: RequestBuilder, url: &Url) -> Result<Response, TransportError> {
        if let Some(queues) = &self.queues {
            let host = url.host_str().unwrap_or_default().to_owned();
            queues.until_key_ready(&host).await;
        }
        request.send().await.map_err(silent)
    }

    async fn whole(
        &self,
        mut response: Response,
        url: &Url,
    ) -> Result<HttpResponse, TransportError> {
        let header = |(name, value): (&header::HeaderName, &HeaderValue)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            (name.as_str().to_owned(), value.into_owned())
        };
        let mut answer = HttpResponse {
            status: response.status().as_u16(),
            headers: response.headers().iter().map(header).collect(),
            body: Vec::new(),
        };
        while let Some(piece) = response.chunk().await.map_err(silent)? {
            answer.body.extend_from_slice(&piece);
            if answer.body.len() as u64 > self.limits.body {
                return Err(self.too_long(url, self.limits.body));
            }
        }
        Ok(answer)
    }

    fn with_secrets(
        &self,
        mut request: RequestBuilder,
        secrets: &[(&'static str, SecretString)],
    ) -> Result<RequestBuilder, TransportError> {
        for (name, secret) in secrets {
            let mut value = HeaderValue::from_str(secret.expose_secret()).map_err(|_| {
                let what =
                    format!("the secret for `{name}` has characters that no header may have");
                self.refused(what, "copy it again, without line breaks")
            })?;
            value.set_sensitive(true);
            request = request.header(*name, value);
        }
        Ok(request)
    }

    fn too_long(&self, url: &Url, limit: u64) -> TransportError {
        let what = format!("{url} is longer than {limit} bytes");
        self.refused(
            what,
            "nothing was stored; report it if that length is correct",
        )
    }

    fn leads_nowhere(&self, get: &GetRequest) -> TransportError {
        let what = format!("{} redirects without end", get.shown());
        self.refused(
            what,
            "run the same command later, and report it if it stays",
        )
    }

    fn refused(&self, what: String, next: &str) -> TransportError {
        TransportError::Permanent(CollectError::Refused {
            source_name: self.source_name,
            what,
            next: next.to_owned(),
        })
    }
}

/// Requests at a constant rate: with a burst, twice as many could fall into one window.
fn pace(policy: &ServicePolicy) -> Option<Quota> {
    let between = policy.per / policy.requests.max(1);
    Some(Quota::with_period(between)?.allow_burst(NonZeroU32::MIN))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

fn if_changed(request: RequestBuilder, known: Option<&CacheEntry>) -> RequestBuilder {
    let Some(CacheEntry { answer, .. }) = known else {
        return request;
    };
    match (answer.header("etag"), answer.header("last-modified")) {
        (Some(etag), _) => request.header(header::IF_NONE_MATCH, etag),
        (None, Some(day)) => request.header(header::IF_MODIFIED_SINCE, day),
        (None, None) => request,
    }
}

/// An internal error of the service is not a request for a pause, unless it states how long.
fn later(answer: &HttpResponse, pause: Option<Duration>) -> TransportError {
    match (answer.status, pause) {
        (408 | 500..=599, None) => TransportError::NoResponse(format!("HTTP {}", answer.status)),
        _ => TransportError::RetryAfter(pause),
    }
}

fn silent(reason: reqwest::Error) -> TransportError {
    TransportError::NoResponse(without_url(reason))
}

/// The innermost cause of an error, without the URL: it may contain secrets.
fn without_url(reason: reqwest::Error) -> String {
    let reason = reason.without_url();
    if reason.is_timeout() {
        return "no response in time".to_owned();
    }
    let mut text = reason.to_string();
    let mut source = std::error::Error::source(&reason);
    while let Some(cause) = source {
        text = cause.to_string();
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::by_status;

    #[test]
    fn a_service_is_asked_at_an_even_pace_and_a_recorded_one_at_once() {
        let policy = ServicePolicy {
            source_name: "test",
            requests: 50,
            per: Duration::from_secs(5),
            decision: by_status,
        };
        let queues = |api: Option<&str>| {
            let api = api.map(|api| Url::parse(api).unwrap());
            let transport = Transport::new(&policy, api.as_ref(), Limits::default());
            transport.ok().unwrap().queues
        };
        let queue = queues(Some("http://proxy.example/")).unwrap();
        let (a, b) = ("a.example".to_owned(), "b.example".to_owned());
        assert!(queue.check_key(&a).is_ok() && queue.check_key(&b).is_ok());
        assert!(queue.check_key(&a).is_err(), "no burst");
        let pace = pace(&policy).unwrap();
        assert_eq!(pace.replenish_interval(), Duration::from_millis(100));
        assert!(queues(None).is_some());
        for own in [
            "http://127.0.0.1:9/",
            "http://[::1]:9/",
            "http://localhost:9/",
        ] {
            assert!(queues(Some(own)).is_none(), "{own}");
        }
    }
}
