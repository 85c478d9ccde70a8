//! Tokens for an hour, got with the customer's refresh token.
//!
//! Must not: put a token on the disk or into a message.

use std::sync::{Mutex, MutexGuard, PoisonError};

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use url::Url;

use super::{Client, CollectError, NAME, Secrets, refused, unexpected_response, unreachable};
use crate::http::{TokenRequest, TokenRequestBody};

pub(super) const REFRESH_TOKEN: &str = "CHARTMETRIC_REFRESH_TOKEN";
const HOW: &str = "ask Chartmetric for API access; the refresh token comes by mail";

pub(super) struct TokenProvider {
    url: Url,
    secrets: Secrets,
    token: Mutex<Option<SecretString>>,
}

impl TokenProvider {
    pub fn new(url: Url, secrets: &Secrets) -> Self {
        Self {
            url,
            secrets: secrets.clone(),
            token: Mutex::new(None),
        }
    }

    /// The header that lets a request in, with the token at hand or a new one.
    pub async fn authorization(
        &self,
        client: &Client,
    ) -> Result<(&'static str, SecretString), CollectError> {
        let known = self.token().clone();
        let token = match known {
            Some(token) => token,
            None => self.fresh(client).await?,
        };
        let header = format!("Bearer {}", token.expose_secret());
        *self.token() = Some(token);
        Ok(("authorization", header.into()))
    }

    /// The token at hand is not accepted any more.
    pub fn forget(&self) {
        *self.token() = None;
    }

    fn token(&self) -> MutexGuard<'_, Option<SecretString>> {
        self.token.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn fresh(&self, client: &Client) -> Result<SecretString, CollectError> {
        let refresh = self.secrets.need(NAME, REFRESH_TOKEN, HOW)?;
        let body = json!({"refreshtoken": refresh.expose_secret()}).to_string();
        let post = TokenRequest {
            url: self.url.clone(),
            secret_headers: Vec::new(),
            body: TokenRequestBody::Json(body.into()),
        };
        let answer = client.post(post).await?;
        match answer.status {
            200..=299 => {
                let body: Value = answer.json().unwrap_or_default();
                let token = body["token"].as_str().filter(|token| !token.is_empty());
                let none = || unexpected_response(&self.url, "there is no token in it".to_owned());
                token.map(Into::into).ok_or_else(none)
            }
            status @ (408 | 429 | 500..) => {
                Err(unreachable(format!("its token service answers {status}")))
            }
            status => Err(refused(
                format!("the refresh token is not accepted ({status})"),
                "compare CHARTMETRIC_REFRESH_TOKEN with the one that Chartmetric sent, or ask for a new one",
            )),
        }
    }
}
