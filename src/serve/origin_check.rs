//! Check of Host, Origin and Sec-Fetch-Site. A page of another site can send requests to loopback, also under a host name
//! of its own (DNS rebinding). So the host must be this server's, and a request that changes something must come from
//! its own page or from a program that is not a browser.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::api_error::ApiError;
use super::routes::Shared;

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Headers of every response; a report has its own policy.
const HEADERS: [(&str, &str); 6] = [
    (
        "content-security-policy",
        "default-src 'self'; base-uri 'none'; form-action 'none'; object-src 'none'; frame-ancestors 'self'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cache-control", "no-store"),
];

/// Host names under which a browser on this machine can reach the server.
pub fn hosts(port: u16) -> [String; 3] {
    ["127.0.0.1", "localhost", "[::1]"].map(|name| format!("{name}:{port}"))
}

/// Middleware that accepts or refuses a request and adds the headers to the response.
pub async fn check_origin(
    State(shared): State<Arc<Shared>>,
    request: Request,
    next: Next,
) -> Response {
    let checked = is_for_us(&shared.hosts, &request)
        .and_then(|()| is_from_us(&shared.hosts, request.method(), request.headers()));
    let mut response = match checked {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    };
    for (name, value) in HEADERS {
        let name = HeaderName::from_static(name);
        let entry = response.headers_mut().entry(name);
        entry.or_insert(HeaderValue::from_static(value));
    }
    response
}

fn is_for_us(hosts: &[String], request: &Request) -> Result<(), ApiError> {
    let headers = request.headers().get_all(HOST);
    let mut named = headers.iter().map(HeaderValue::as_bytes);
    let is_ours = |name: &[u8]| hosts.iter().any(|host| host.as_bytes() == name);
    let target = request.uri().authority();
    let one = named.next().is_some_and(is_ours) && named.next().is_none();
    if one && target.is_none_or(|target| is_ours(target.as_str().as_bytes())) {
        return Ok(());
    }
    let error = format!("this server answers only as http://{}/", hosts[0]);
    Err(ApiError::new(StatusCode::MISDIRECTED_REQUEST, error))
}

fn is_from_us(hosts: &[String], method: &Method, headers: &HeaderMap) -> Result<(), ApiError> {
    if method.is_safe() {
        return Ok(());
    }
    let ours = |origin: &[u8]| {
        let host = origin.strip_prefix(b"http://");
        hosts.iter().any(|ours| Some(ours.as_bytes()) == host)
    };
    let all = |name: HeaderName, wanted: &dyn Fn(&[u8]) -> bool| {
        let values = headers.get_all(name);
        values.iter().all(|value| wanted(value.as_bytes()))
    };
    if all(ORIGIN, &ours) && all(FETCH_SITE, &|site| site == b"same-origin") {
        return Ok(());
    }
    let error = "requests from pages of other sites are refused; use this server's own page";
    Err(ApiError::new(StatusCode::FORBIDDEN, error))
}
