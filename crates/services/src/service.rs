//! What the clients of all services share: one connection with its policy, address and authentication, error responses as
//! text, and the lenient reading of items, of which one may be invalid without spoiling the others.
//!
//! Invariants: knows no single service.

use std::time::Duration;

use jiff::civil::Date;
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use super::http::{Client, GetRequest, HttpResponse, HttpSettings, RetryDecision, ServicePolicy};
use super::secrets::Secrets;
use super::token::AccessToken;
use super::{CollectError, day_of};
use catalogue::SkippedItem;
use catalogue::{Playlist, PlaylistSnapshot, SnapshotEntry};

/// The most pages of a playlist that are read, far more than an editor fills. Ends a service that never stops.
pub(super) const MAX_PAGES: usize = 100;

/// What is fixed about a service.
pub(super) struct ServiceApi {
    pub policy: ServicePolicy,
    /// Base address, which [`HttpSettings::api`] can replace.
    pub address: &'static str,
    /// The error that a response means; `None` if the service accepted the request.
    pub error: fn(&HttpResponse) -> Option<ServiceError>,
}

/// What every request carries besides its address.
pub(super) enum Auth {
    /// Nothing, or a token that the service adds to each request itself.
    None,
    /// A header with this name and value.
    Header(&'static str, SecretString),
    /// A query parameter with this name and value.
    Query(&'static str, SecretString),
}

impl Auth {
    /// The header `Authorization: SCHEME TOKEN`; nothing without a token.
    pub fn authorization(scheme: &str, token: Option<&SecretString>) -> Auth {
        token.map_or(Auth::None, |token| {
            let value = format!("{scheme} {}", token.expose_secret());
            Auth::Header("authorization", value.into())
        })
    }
}

/// The connection to a service.
pub(super) struct Service {
    api: &'static ServiceApi,
    address: Url,
    client: Client,
    offline: bool,
    /// Template of every request: the address is replaced, the secrets stay.
    request: GetRequest,
}

/// An error response as status, reason and next step. Never the service's own text: it may repeat parts of a request.
pub(super) struct ServiceError {
    pub what: String,
    pub next: String,
}

impl ServiceError {
    pub fn new(what: impl Into<String>, next: impl Into<String>) -> Option<ServiceError> {
        Some(ServiceError {
            what: what.into(),
            next: next.into(),
        })
    }

    /// The error of a status without a special meaning at this service; `None` for 2xx.
    pub fn other(answer: &HttpResponse) -> Option<ServiceError> {
        match answer.status {
            200..=299 => None,
            status => ServiceError::new(
                format!("the request was not accepted ({status})"),
                "run the same command later, and report it if it stays",
            ),
        }
    }
}

impl Service {
    /// Connects to a service at its own address, or at the one that the settings name instead. Sends nothing yet.
    ///
    /// # Errors
    /// [`CollectError::Disk`] if the cache folder cannot be created, and [`CollectError::Refused`] for an invalid address.
    pub fn connect(
        api: &'static ServiceApi,
        settings: HttpSettings,
        auth: Auth,
    ) -> Result<Self, CollectError> {
        let name = api.policy.source_name;
        let mut address = base_address(name, api.address, &settings)?;
        // Without it the last part of the path of a proxy would be replaced.
        if let Ok(mut path) = address.path_segments_mut() {
            path.pop_if_empty().push("");
        }
        let mut request = GetRequest::from(address.clone());
        match auth {
            Auth::None => {}
            Auth::Header(name, value) => request.secret_headers.push((name, value)),
            Auth::Query(name, value) => request.secret_query.push((name, value)),
        }
        Ok(Self {
            api,
            address,
            offline: settings.offline,
            client: Client::new(api.policy.clone(), settings)?,
            request,
        })
    }

    pub fn client(&self) -> &Client {
        &self.client
    }

    pub fn is_offline(&self) -> bool {
        self.offline
    }

    /// An address below the service's own; segments and values may contain any characters.
    pub fn url(&self, path: &[&str], query: &[(&str, &str)]) -> Url {
        let mut url = self.address.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    /// A request with the service's secrets.
    pub fn get(&self, url: &Url) -> GetRequest {
        GetRequest {
            url: url.clone(),
            ..self.request.clone()
        }
    }

    /// Requests `url` and returns the JSON of the response.
    ///
    /// # Errors
    /// As [`Client::get`] and [`Service::data`].
    pub async fn json<T: DeserializeOwned>(&self, url: &Url) -> Result<T, CollectError> {
        self.json_within(url, Duration::ZERO).await
    }

    /// As [`Service::json`], but takes a cached response that is younger than `age` without a request.
    ///
    /// # Errors
    /// As [`Service::json`].
    pub async fn json_within<T: DeserializeOwned>(
        &self,
        url: &Url,
        age: Duration,
    ) -> Result<T, CollectError> {
        let answer = self.client.get_within(&self.get(url), age).await?;
        self.data(&answer, url)
    }

    /// Requests `url` with an access token. If the service does not accept the token (401), it is renewed once by `renew`.
    ///
    /// # Errors
    /// As [`Client::get`] and `renew`; other statuses are responses.
    pub async fn get_with_token(
        &self,
        url: &Url,
        token: &AccessToken,
        renew: impl AsyncFn() -> Result<SecretString, CollectError>,
    ) -> Result<HttpResponse, CollectError> {
        let mut get = self.get(url);
        if self.offline {
            return self.client.get(&get).await;
        }
        get.secret_headers = vec![token.header(&renew).await?];
        let answer = self.client.get(&get).await?;
        if answer.status != 401 {
            return Ok(answer);
        }
        token.clear();
        get.secret_headers = vec![token.header(&renew).await?];
        self.client.get(&get).await
    }

    /// The JSON of the response to `url`.
    ///
    /// # Errors
    /// [`CollectError::Refused`] for an error of the service, [`CollectError::UnexpectedResponse`] for a body of another
    /// shape.
    pub fn data<T: DeserializeOwned>(
        &self,
        answer: &HttpResponse,
        url: &Url,
    ) -> Result<T, CollectError> {
        let decision = (self.api.policy.decision)(answer);
        match (decision, (self.api.error)(answer), answer.json()) {
            (RetryDecision::Accept, _, Ok(body)) => Ok(body),
            (_, Some(error), _) => Err(self.refused(error.what, error.next)),
            (_, None, Err(reason)) => Err(self.unexpected_response(url, reason)),
            (_, None, Ok(_)) => {
                Err(self.unexpected_response(url, "it is neither data nor an error"))
            }
        }
    }

    /// The response to a request for a file.
    ///
    /// # Errors
    /// [`CollectError::Refused`] for an error of the service.
    pub fn accepted(&self, answer: HttpResponse) -> Result<HttpResponse, CollectError> {
        match (self.api.error)(&answer) {
            Some(error) => Err(self.refused(error.what, error.next)),
            None => Ok(answer),
        }
    }

    /// Collects the pages of a playlist, so that a later run resumes after those that arrived. `version` is the service's
    /// identifier of this state of the playlist; without one, the pages of one day belong together.
    ///
    /// # Errors
    /// As `pages`, and [`CollectError::Disk`] if the cache cannot be written.
    pub async fn resumable<T>(
        &self,
        key: &str,
        version: Option<String>,
        pages: impl Future<Output = Result<T, CollectError>>,
    ) -> Result<T, CollectError> {
        let version = version.unwrap_or_else(|| self.client.today().to_string());
        self.client.begin(key, &version)?;
        let collected = pages.await?;
        self.client.finish(key)?;
        Ok(collected)
    }

    pub fn refused(&self, what: impl Into<String>, next: impl Into<String>) -> CollectError {
        CollectError::refused(self.api.policy.source_name, what, next)
    }

    pub fn unexpected_response(&self, url: &Url, reason: impl Into<String>) -> CollectError {
        CollectError::unexpected_response(self.api.policy.source_name, url, reason)
    }

    /// Takes the items out of the array at a JSON pointer, such as `/playlist/track`.
    ///
    /// # Errors
    /// [`CollectError::UnexpectedResponse`] if it is not an array.
    pub fn items(
        &self,
        url: &Url,
        answer: &mut Value,
        pointer: &str,
    ) -> Result<Vec<Value>, CollectError> {
        match answer.pointer_mut(pointer).map(Value::take) {
            Some(Value::Array(items)) => Ok(items),
            _ => Err(self.unexpected_response(url, format!("no array at `{pointer}`"))),
        }
    }

    /// The playlist with all items that `read` understands, and a record of each of the others.
    ///
    /// # Errors
    /// [`CollectError::UnexpectedResponse`] if there are items and none is valid: then the format has changed.
    pub fn snapshot(
        &self,
        url: &Url,
        mut playlist: Playlist,
        items: Vec<Value>,
        read: impl Fn(&Value) -> Result<SnapshotEntry, Unread>,
    ) -> Result<(PlaylistSnapshot, Vec<SkippedItem>), CollectError> {
        playlist.last_seen = self.client.day_of(&self.get(url));
        let (mut entries, mut skipped, mut malformed) = (Vec::new(), Vec::new(), None);
        for (index, item) in items.iter().enumerate() {
            let read = match item {
                Value::Null => Err(Unread::NoTrack(
                    "the service shows nothing at this position".to_owned(),
                )),
                item => read(item),
            };
            let reason = match read {
                Ok(entry) => {
                    entries.push(entry);
                    continue;
                }
                Err(Unread::NoTrack(reason)) => reason,
                Err(Unread::Malformed(reason)) => malformed.insert(reason).clone(),
            };
            skipped.push(SkippedItem {
                path: format!("item {} of {}", index + 1, playlist.name),
                reason,
            });
        }
        match malformed {
            Some(reason) if entries.is_empty() => {
                Err(self.unexpected_response(url, format!("of every item: {reason}")))
            }
            _ => Ok((PlaylistSnapshot { playlist, entries }, skipped)),
        }
    }
}

/// The address of a service: its own, or the one that the settings name instead.
fn base_address(
    source_name: &'static str,
    own: &str,
    settings: &HttpSettings,
) -> Result<Url, CollectError> {
    let Some(address) = &settings.api else {
        return Url::parse(own).map_err(|reason| {
            CollectError::refused(source_name, format!("{own}: {reason}"), "report it")
        });
    };
    Ok(address.clone())
}

/// Why an item of a playlist is skipped.
pub(super) enum Unread {
    /// Not a track by the service's intention, such as a video.
    NoTrack(String),
    /// A field that every track has is missing.
    Malformed(String),
}

/// The secret that a service requires; `None` offline, because nothing is sent then.
///
/// # Errors
/// [`CollectError::Refused`] if it is not set, or if the file of secrets cannot be used.
pub(super) fn key(
    settings: &HttpSettings,
    secrets: &Secrets,
    source_name: &'static str,
    name: &str,
    how: &str,
) -> Result<Option<SecretString>, CollectError> {
    if settings.offline {
        return Ok(None);
    }
    secrets.need(source_name, name, how).map(Some)
}

/// A text that is not blank, or the digits of a number.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A positive duration in the service's unit, from a number or a text.
pub(super) fn length(value: &Value) -> Option<f64> {
    let length: f64 = text(value)?.parse().ok()?;
    (length.is_finite() && length > 0.0).then_some(length)
}

/// The day, in UTC, of a timestamp or of a plain date.
pub(super) fn day(value: &Value) -> Option<Date> {
    let text = text(value)?;
    let moment = text.parse().map(day_of);
    moment.or_else(|_| text.parse()).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_read_as_meant() {
        assert_eq!(text(&json!(" 168 ")), text(&json!(168)));
        assert_eq!(text(&json!("  ")), None);
        assert_eq!(length(&json!("183")), Some(183.0));
        assert_eq!(length(&json!(0)), None);
        assert_eq!(length(&json!("NaN")), None);
        let days = [
            "2026-05-01T23:30:00-02:00",
            "2026-05-02",
            "2026-05-02T00:00:00Z",
        ];
        for text in days {
            assert_eq!(
                day(&json!(text)),
                Some(jiff::civil::date(2026, 5, 2)),
                "{text}"
            );
        }
        assert_eq!(day(&json!("soon")), None);
    }
}
