//! The rate limit of a service and the meaning of its statuses.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use super::HttpResponse;

/// Rate limit and status mapping of a service.
#[derive(Clone, Debug)]
pub struct ServicePolicy {
    /// Name of the service, in messages and as its cache folder.
    pub source_name: &'static str,
    /// The most requests in the time `per`.
    pub requests: u32,
    /// The time of the rate limit.
    pub per: Duration,
    /// Classifies a complete response of any status: [`by_status`], or the service's own function if it returns errors with
    /// HTTP 200 (Deezer, Jamendo).
    pub decision: fn(&HttpResponse) -> RetryDecision,
}

/// What the client does with a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RetryDecision {
    /// It is data: returned and cached.
    Accept,
    /// The request is sent again after a pause, at least as long as the service asks.
    RetryAfter(Option<Duration>),
    /// It is final: returned as it is, not cached.
    Fail,
}

/// Classifies by status: 2xx is accepted; 408, 429 and 5xx are retried (`Retry-After` in seconds or as a date, in the
/// headers or in a JSON body); all others are final.
#[must_use]
pub fn by_status(answer: &HttpResponse) -> RetryDecision {
    match answer.status {
        200..=299 => RetryDecision::Accept,
        408 | 429 | 500..=599 => RetryDecision::RetryAfter(retry_after(answer)),
        _ => RetryDecision::Fail,
    }
}

/// As [`by_status`], but a body that is not JSON, such as the page of a proxy, is not cached.
#[must_use]
pub fn json_by_status(answer: &HttpResponse) -> RetryDecision {
    match by_status(answer) {
        RetryDecision::Accept if answer.json::<IgnoredAny>().is_err() => RetryDecision::Fail,
        decision => decision,
    }
}

/// The pause that a service asks for in a header or in the body.
fn retry_after(answer: &HttpResponse) -> Option<Duration> {
    let stated = answer
        .header("retry-after")
        .or(answer.header("x-ratelimit-reset-in"));
    match stated {
        Some(text) => pause(text),
        None => answer.json().ok().and_then(|body| in_body(&body)),
    }
}

/// Chartmetric has `Retry-after` in its JSON.
fn in_body(body: &Map<String, Value>) -> Option<Duration> {
    let mut fields = body.iter();
    let (_, value) = fields.find(|(name, _)| name.eq_ignore_ascii_case("retry-after"))?;
    match value {
        Value::String(text) => pause(text),
        value => pause(&value.to_string()),
    }
}

/// A pause in seconds or until a date; zero for a date in the past.
fn pause(text: &str) -> Option<Duration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let until = rfc2822::parse(text).ok()?.timestamp();
    Some(Duration::try_from(until.duration_since(Timestamp::now())).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn asks_for(headers: &[(&str, &str)], body: &str, pause: Option<u64>) {
        let own = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
        let answer = HttpResponse {
            status: 429,
            headers: headers.iter().map(own).collect(),
            body: body.into(),
        };
        let pause = pause.map(Duration::from_secs);
        assert_eq!(by_status(&answer), RetryDecision::RetryAfter(pause));
    }

    #[test]
    fn a_pause_is_found_wherever_a_service_writes_it() {
        asks_for(&[("retry-after", "7")], "", Some(7));
        asks_for(&[("x-ratelimit-reset-in", "9")], "", Some(9));
        asks_for(&[], r#"{"Retry-after": 30}"#, Some(30));
        asks_for(&[], r#"{"retry-after": "31"}"#, Some(31));
        let past = "Wed, 21 Oct 2015 07:28:00 GMT";
        asks_for(&[("retry-after", past)], "", Some(0));
    }

    #[test]
    fn a_date_to_come_is_a_pause_until_then() {
        let headers = vec![(
            "retry-after".into(),
            "Fri, 31 Dec 2100 23:59:59 GMT".to_owned(),
        )];
        let answer = HttpResponse {
            status: 503,
            headers,
            body: Vec::new(),
        };
        let year = Duration::from_secs(365 * 24 * 3600);
        assert!(
            matches!(by_status(&answer), RetryDecision::RetryAfter(Some(pause)) if pause > year)
        );
    }

    #[test]
    fn nonsense_asks_for_no_certain_pause() {
        for text in ["soon", "-3", "NaN", "inf", "1e400", ""] {
            asks_for(&[("retry-after", text)], "", None);
        }
        asks_for(&[], r#"{"Retry-after": null}"#, None);
        asks_for(&[], "<html>", None);
    }

    #[test]
    fn statuses_sort_themselves() {
        let decision = |status| {
            by_status(&HttpResponse {
                status,
                headers: Vec::new(),
                body: Vec::new(),
            })
        };
        assert_eq!(decision(204), RetryDecision::Accept);
        assert_eq!(decision(502), RetryDecision::RetryAfter(None));
        for status in [301, 400, 401, 403, 404] {
            assert_eq!(decision(status), RetryDecision::Fail, "{status}");
        }
    }
}
