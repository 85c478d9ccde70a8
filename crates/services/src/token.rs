//! The access token of a service with OAuth.
//!
//! Invariants: in memory only, never on the disk or in a message.

use std::sync::{Mutex, MutexGuard, PoisonError};

use secrecy::{ExposeSecret as _, SecretString};

use super::CollectError;

/// The current access token, which is renewed when it is missing.
#[derive(Default)]
pub(super) struct AccessToken(Mutex<Option<SecretString>>);

impl AccessToken {
    /// The authorization header, with the current token or a new one from `renew`.
    ///
    /// # Errors
    /// Those of `renew`.
    pub async fn header(
        &self,
        renew: &impl AsyncFn() -> Result<SecretString, CollectError>,
    ) -> Result<(&'static str, SecretString), CollectError> {
        let known = self.lock().clone();
        let token = match known {
            Some(token) => token,
            None => renew().await?,
        };
        let value = format!("Bearer {}", token.expose_secret());
        self.set(token);
        Ok(("authorization", value.into()))
    }

    pub fn set(&self, token: SecretString) {
        *self.lock() = Some(token);
    }

    /// Drops a token that the service does not accept any more.
    pub fn clear(&self) {
        *self.lock() = None;
    }

    fn lock(&self) -> MutexGuard<'_, Option<SecretString>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
