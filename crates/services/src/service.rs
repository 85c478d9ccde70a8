//! What the clients of services that answer in JSON share: addresses, answers or refusals in words, and the reading of
//! items of which one may be odd without spoiling the others.
//!
//! Must not: know any one service.

use jiff::civil::Date;
use secrecy::SecretString;
use serde_json::Value;
use url::Url;

use super::http::{
    Client, GetRequest, HttpResponse, HttpSettings, Limits, RetryDecision, ServicePolicy,
};
use super::secrets::Secrets;
use super::{CollectError, day_of};
use catalogue::SkippedItem;
use catalogue::{Playlist, PlaylistSnapshot, SnapshotEntry};

/// Pages of a list, far more than an editor fills; a service that goes on beyond goes on for ever.
pub(super) const MAX_PAGES: usize = 100;

/// The way to a service, and how it says no.
pub(super) struct Service {
    name: &'static str,
    address: Url,
    client: Client,
    /// Without its address: the secrets that go with every request.
    request: GetRequest,
    decision: fn(&HttpResponse) -> RetryDecision,
    refusal: fn(&HttpResponse) -> Option<ServiceError>,
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

    /// A status that says nothing of its own at this service; none where the answer is no refusal.
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
    /// At `address`, unless the settings name another.
    ///
    /// # Errors
    /// Where the cache cannot be made.
    pub fn new(
        policy: ServicePolicy,
        settings: HttpSettings,
        limits: Limits,
        address: &str,
        refusal: fn(&HttpResponse) -> Option<ServiceError>,
    ) -> Result<Self, CollectError> {
        let name = policy.source_name;
        let mut address = match &settings.api {
            Some(address) => address.clone(),
            None => Url::parse(address).map_err(|reason| CollectError::Unreachable {
                source_name: name,
                reason: format!("{address}: {reason}"),
            })?,
        };
        // Without it the last part of the path of a proxy would be replaced.
        if let Ok(mut path) = address.path_segments_mut() {
            path.pop_if_empty().push("");
        }
        Ok(Self {
            name,
            request: GetRequest::from(address.clone()),
            address,
            decision: policy.decision,
            refusal,
            client: Client::with_limits(policy, settings, limits)?,
        })
    }

    /// With a header that goes with every request.
    pub fn with_header(mut self, name: &'static str, value: SecretString) -> Self {
        self.request.secret_headers.push((name, value));
        self
    }

    /// With a query parameter that goes with every request.
    pub fn with_query(mut self, name: &'static str, value: SecretString) -> Self {
        self.request.secret_query.push((name, value));
        self
    }

    pub fn client(&self) -> &Client {
        &self.client
    }

    /// An address below the service's own; segments and values may hold anything.
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

    /// What the service answers, as JSON.
    ///
    /// # Errors
    /// Its refusal in words; a body that is no data; whatever the client cannot mend.
    pub async fn json(&self, url: &Url) -> Result<Value, CollectError> {
        let answer = self.client.get(&self.get(url)).await?;
        let body: Result<Value, String> = answer.json();
        match ((self.decision)(&answer), (self.refusal)(&answer), body) {
            (RetryDecision::Accept, _, Ok(body)) => Ok(body),
            (_, Some(ServiceError { what, next }), _) => Err(self.refused(what, next)),
            (_, None, Err(reason)) => Err(self.unexpected_response(url, reason)),
            (_, None, Ok(_)) => {
                Err(self.unexpected_response(url, "nothing in it says whether it is an answer"))
            }
        }
    }

    /// Collects the pages of `list`, so that a later run goes on with those that came. `version` is the service's own
    /// mark of this state of the list; without one, today's pages belong together.
    ///
    /// # Errors
    /// As `pages`, and where the cache cannot be written.
    pub async fn whole<T>(
        &self,
        list: &str,
        version: Option<String>,
        pages: impl Future<Output = Result<T, CollectError>>,
    ) -> Result<T, CollectError> {
        let version = version.unwrap_or_else(|| self.client.today().to_string());
        self.client.begin(list, &version)?;
        let collected = pages.await?;
        self.client.finish(list)?;
        Ok(collected)
    }

    pub fn refused(&self, what: impl Into<String>, next: impl Into<String>) -> CollectError {
        CollectError::refused(self.name, what, next)
    }

    pub fn unexpected_response(&self, url: &Url, reason: impl Into<String>) -> CollectError {
        CollectError::unexpected_response(self.name, url, reason)
    }

    /// The items of the list at `pointer`, such as `/playlist/track`; taken out, because there may be many.
    ///
    /// # Errors
    /// Where there is no list.
    pub fn items(
        &self,
        url: &Url,
        answer: &mut Value,
        pointer: &str,
    ) -> Result<Vec<Value>, CollectError> {
        match answer.pointer_mut(pointer).map(Value::take) {
            Some(Value::Array(items)) => Ok(items),
            _ => Err(self.unexpected_response(url, format!("there is no list at `{pointer}`"))),
        }
    }

    /// The list with all items that `read` understands, and the others by name.
    ///
    /// # Errors
    /// Where there are items and none is understood: then it is the shape that changed.
    pub fn snapshot(
        &self,
        url: &Url,
        mut playlist: Playlist,
        items: Vec<Value>,
        read: impl Fn(&Value) -> Result<SnapshotEntry, Unread>,
    ) -> Result<(PlaylistSnapshot, Vec<SkippedItem>), CollectError> {
        playlist.last_seen = self.client.day_of(&self.get(url));
        let (mut entries, mut skipped, mut puzzle) = (Vec::new(), Vec::new(), None);
        for (place, item) in items.iter().enumerate() {
            let read = match item {
                Value::Null => Err(Unread::NoTrack("nothing is shown in this place".to_owned())),
                item => read(item),
            };
            let reason = match read {
                Ok(entry) => {
                    entries.push(entry);
                    continue;
                }
                Err(Unread::NoTrack(reason)) => reason,
                Err(Unread::Malformed(reason)) => puzzle.insert(reason).clone(),
            };
            skipped.push(SkippedItem {
                path: format!("item {} of {}", place + 1, playlist.name),
                reason,
            });
        }
        match puzzle {
            Some(reason) if entries.is_empty() => {
                Err(self.unexpected_response(url, format!("of every item: {reason}")))
            }
            _ => Ok((PlaylistSnapshot { playlist, entries }, skipped)),
        }
    }
}

/// Why an item is not on the list that goes out.
pub(super) enum Unread {
    /// Meant by the service, such as a video.
    NoTrack(String),
    /// What a track needs is not there.
    Malformed(String),
}

/// The secret without which the service answers nothing. Who asks nobody needs none.
///
/// # Errors
/// Where it is nowhere, or the file with it cannot be used.
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

/// A text that says something, or a number's digits.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A length of time, whether it stands there as a number or as text.
pub(super) fn length(value: &Value) -> Option<f64> {
    let length: f64 = text(value)?.parse().ok()?;
    (length.is_finite() && length > 0.0).then_some(length)
}

/// The day, in UTC, of a moment or of a plain date.
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
