//! Requests and responses. Secrets are separate from the URL, so that messages and the cache may contain the URL.

use secrecy::{ExposeSecret as _, SecretString};
use serde::de::DeserializeOwned;
use url::Url;
use url::form_urlencoded::byte_serialize;

/// A GET request.
#[derive(Clone, Debug)]
pub struct GetRequest {
    /// Address without secrets.
    pub url: Url,
    /// Headers such as `Authorization`.
    pub secret_headers: Vec<(&'static str, SecretString)>,
    /// Query parameters such as `client_id`.
    pub secret_query: Vec<(&'static str, SecretString)>,
}

impl From<Url> for GetRequest {
    fn from(url: Url) -> GetRequest {
        GetRequest {
            url,
            secret_headers: Vec::new(),
            secret_query: Vec::new(),
        }
    }
}

impl GetRequest {
    /// The URL for messages and the cache, without parameters that have the name of a secret: a service may put them into
    /// a link to the next page.
    pub(super) fn shown(&self) -> Url {
        self.without_secrets(&self.url)
    }

    pub(super) fn without_secrets(&self, url: &Url) -> Url {
        let is_secret = |name: &str| self.secret_query.iter().any(|(secret, _)| *secret == name);
        let mut shown = url.clone();
        // Neither fails for a URL that has a host.
        let _ = shown.set_username("");
        let _ = shown.set_password(None);
        if url.query_pairs().any(|(name, _)| is_secret(&name)) {
            let open = url.query_pairs().filter(|(name, _)| !is_secret(name));
            shown.query_pairs_mut().clear().extend_pairs(open);
        }
        shown
    }

    /// The URL as it is sent to the service itself.
    pub(super) fn sent(&self, url: &Url) -> Url {
        let mut sent = self.without_secrets(url);
        if !self.secret_query.is_empty() {
            let secrets = self.secret_query.iter();
            let secrets = secrets.map(|(name, secret)| (*name, secret.expose_secret()));
            sent.query_pairs_mut().extend_pairs(secrets);
        }
        sent
    }

    /// Replaces secrets that a service repeats in a body, because the body may be stored.
    pub(super) fn scrub(&self, body: &mut Vec<u8>) {
        /// Shorter texts may occur without being the secret.
        const MIN_SECRET_BYTES: usize = 8;
        let secrets = self.secret_headers.iter().chain(&self.secret_query);
        for (_, secret) in secrets {
            // `Bearer abc`: the service repeats `abc`.
            let bare = secret
                .expose_secret()
                .rsplit(' ')
                .next()
                .unwrap_or_default();
            let encoded: String = byte_serialize(bare.as_bytes()).collect();
            for written in [bare, &encoded, &bare.replace('/', r"\/")] {
                if written.len() >= MIN_SECRET_BYTES {
                    replace(body, written.as_bytes(), b"***");
                }
            }
        }
    }
}

fn replace(body: &mut Vec<u8>, written: &[u8], by: &[u8]) {
    let mut at = 0;
    while let Some(next) = body[at..]
        .windows(written.len())
        .position(|window| window == written)
    {
        at += next;
        body.splice(at..at + written.len(), by.iter().copied());
        at += by.len();
    }
}

/// A POST request for a token.
pub struct TokenRequest {
    /// Address of the token service.
    pub url: Url,
    /// Headers such as `Authorization`.
    pub secret_headers: Vec<(&'static str, SecretString)>,
    /// What is sent.
    pub body: TokenRequestBody,
}

/// The body of a POST request; all of it is secret.
pub enum TokenRequestBody {
    /// Fields of a form.
    Form(Vec<(&'static str, SecretString)>),
    /// A JSON document.
    Json(SecretString),
}

/// A complete response, from the network or from the cache.
#[derive(Clone, Debug)]
pub struct HttpResponse {
    /// HTTP status code.
    pub status: u16,
    /// Names in lower case, and values. From the cache only those that describe the body.
    pub headers: Vec<(String, String)>,
    /// The body after decompression.
    pub body: Vec<u8>,
}

impl HttpResponse {
    /// The value of a header by its lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let (_, value) = headers.find(|(known, _)| known == name)?;
        Some(value)
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// The reason, as the second half of a message.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, String> {
        serde_json::from_slice(&self.body).map_err(|reason| match self.looks_like() {
            Some(other) => format!("the response is {other}, not JSON"),
            None => reason.to_string().chars().take(200).collect(),
        })
    }

    /// Names a body that is not JSON. Decides by the body: some services label JSON as `text/javascript`.
    fn looks_like(&self) -> Option<&'static str> {
        match self.body.trim_ascii_start().first() {
            None => Some("empty"),
            Some(b'<') if self.header("content-type").is_some_and(is_html) => Some("HTML"),
            Some(b'<') => Some("HTML or XML"),
            Some(_) => None,
        }
    }
}

fn is_html(content_type: &str) -> bool {
    content_type.to_ascii_lowercase().contains("html")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(url: &str) -> GetRequest {
        GetRequest {
            url: Url::parse(url).unwrap(),
            secret_headers: vec![("authorization", "Bearer head/secret+1".into())],
            secret_query: vec![("client_id", "query-secret".into())],
        }
    }

    #[test]
    fn a_secret_in_a_link_to_follow_is_not_shown_and_not_sent_twice() {
        let get = get("https://a.example/x?client_id=query-secret&offset=5");
        assert_eq!(get.shown().as_str(), "https://a.example/x?offset=5");
        assert_eq!(
            get.sent(&get.url).as_str(),
            "https://a.example/x?offset=5&client_id=query-secret"
        );
        assert!(!format!("{get:?}").contains("head/secret"), "{get:?}");
    }

    #[test]
    fn what_a_service_repeats_of_a_secret_is_taken_out() {
        let get = get("https://a.example/x");
        let mut body = br#"{"a":"head/secret+1","b":"head%2Fsecret%2B1 query-secretquery-secret","c":"head\/secret+1"}"#
            .to_vec();
        get.scrub(&mut body);
        let body = String::from_utf8(body).unwrap();
        assert_eq!(body, r#"{"a":"***","b":"*** ******","c":"***"}"#);
    }

    #[test]
    fn a_body_that_is_not_json_is_named() {
        let answer = |kind: &str, body: &str| HttpResponse {
            status: 200,
            headers: vec![("content-type".into(), kind.into())],
            body: body.into(),
        };
        let reason = |answer: HttpResponse| answer.json::<serde_json::Value>().unwrap_err();
        assert_eq!(
            reason(answer("text/html; charset=utf-8", "<!DOCTYPE html>")),
            "the response is HTML, not JSON"
        );
        assert_eq!(
            reason(answer("application/json", " ")),
            "the response is empty, not JSON"
        );
        assert!(reason(answer("application/json", "{\"a\":")).contains("EOF"));
        assert!(
            answer("text/javascript", "{}")
                .json::<serde_json::Value>()
                .is_ok()
        );
    }
}
