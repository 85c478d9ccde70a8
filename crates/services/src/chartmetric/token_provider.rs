//! Access tokens, which are valid for an hour, requested with the customer's refresh token.
//!
//! Invariants: no token is written to the disk or into a message.

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use url::Url;

use super::{CollectError, NAME, Secrets, Service, refused};
use crate::http::{TokenRequest, TokenRequestBody};

pub(super) const REFRESH_TOKEN: &str = "CHARTMETRIC_REFRESH_TOKEN";
const HOW: &str = "ask Chartmetric for API access; the refresh token comes by mail";

pub(super) struct TokenProvider {
    url: Url,
    secrets: Secrets,
}

impl TokenProvider {
    pub fn new(url: Url, secrets: &Secrets) -> Self {
        Self {
            url,
            secrets: secrets.clone(),
        }
    }

    /// Requests a new access token.
    ///
    /// # Errors
    /// As [`crate::http::Client::post`], and if the refresh token is missing or not accepted.
    pub async fn renew(&self, service: &Service) -> Result<SecretString, CollectError> {
        let refresh = self.secrets.need(NAME, REFRESH_TOKEN, HOW)?;
        let body = json!({"refreshtoken": refresh.expose_secret()}).to_string();
        let post = TokenRequest {
            url: self.url.clone(),
            secret_headers: Vec::new(),
            body: TokenRequestBody::Json(body.into()),
        };
        let answer = service.client().post(post).await?;
        match answer.status {
            200..=299 => {
                let body: Value = answer.json().unwrap_or_default();
                let token = body["token"].as_str().filter(|token| !token.is_empty());
                token
                    .map(Into::into)
                    .ok_or_else(|| service.unexpected_response(&self.url, "it has no token"))
            }
            status @ (408 | 429 | 500..) => Err(CollectError::unreachable(
                NAME,
                format!("its token service returned HTTP {status}"),
            )),
            status => Err(refused(
                format!("the refresh token is not accepted ({status})"),
                "compare CHARTMETRIC_REFRESH_TOKEN with the one that Chartmetric sent, or request a new one",
            )),
        }
    }
}
