//! Access tokens of Spotify, requested with the refresh token of a login or with the app's own id and secret. Refresh
//! tokens, which Spotify replaces with each use, are stored by [`Secrets`]. OAuth is implemented by rspotify.
//!
//! Invariants: no token, and no text of Spotify about one, is part of a message.

use std::collections::{HashMap, HashSet};

use rspotify::clients::BaseClient;
use rspotify::http::HttpError;
use rspotify::{AuthCodePkceSpotify, ClientError, Config, Credentials, OAuth, Token, scopes};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::Url;

use super::{CollectError, NAME, Secrets, refused, unreachable};

pub(super) const ADDRESS: &str = "https://accounts.spotify.com/";
pub(super) const LOG_IN: &str = "log in with `playlist-fit collect spotify --login`";

const CLIENT_ID: &str = "SPOTIFY_CLIENT_ID";
const CLIENT_SECRET: &str = "SPOTIFY_CLIENT_SECRET";
const REFRESH_TOKEN: &str = "SPOTIFY_REFRESH_TOKEN";

/// How to get the client id; the port is that of the login.
const HOW: &str = "create an app at developer.spotify.com/dashboard with the redirect URI \
    `http://127.0.0.1:8888/callback` and copy its client id";

pub(super) struct SpotifyAuth {
    address: Url,
    secrets: Secrets,
}

impl SpotifyAuth {
    /// A client of Spotify's accounts service, or of the server at `api` instead.
    ///
    /// # Errors
    /// [`CollectError::Refused`] for an invalid address.
    pub fn new(api: Option<Url>, secrets: &Secrets) -> Result<Self, CollectError> {
        let own = || {
            let invalid = |reason| refused(format!("{ADDRESS}: {reason}"), "report it");
            Url::parse(ADDRESS).map_err(invalid)
        };
        Ok(Self {
            address: api.map_or_else(own, Ok)?,
            secrets: secrets.clone(),
        })
    }

    /// Requests a new access token, with the refresh token of a login or with the app's own secret.
    ///
    /// # Errors
    /// [`CollectError::Refused`] if no login is stored or Spotify does not accept it, [`CollectError::Unreachable`] without
    /// a connection, and [`CollectError::Disk`] if the next refresh token cannot be stored.
    pub async fn renew(&self) -> Result<SecretString, CollectError> {
        let refresh = self.secrets.find(REFRESH_TOKEN)?;
        let secret = self.secrets.find(CLIENT_SECRET)?;
        let token = match (refresh, secret) {
            (Some(refresh), _) => self.refreshed(&refresh).await?,
            (None, Some(secret)) => self.app_token(&secret).await?,
            (None, None) => {
                // A missing client id is reported first, because a login needs it too.
                self.client_id()?;
                return Err(refused("no login is stored".to_owned(), LOG_IN));
            }
        };
        Ok(token.access_token.into())
    }

    async fn refreshed(&self, refresh: &SecretString) -> Result<Token, CollectError> {
        let rspotify = self.rspotify(String::new())?;
        let known = Token {
            refresh_token: Some(refresh.expose_secret().to_owned()),
            ..Token::default()
        };
        let rspotify = AuthCodePkceSpotify::from_token_with_config(
            known,
            rspotify.creds,
            rspotify.oauth,
            rspotify.config,
        );
        let token = rspotify.refetch_token().await;
        let token = match token {
            Ok(token) => token.ok_or_else(|| self.no_token())?,
            Err(reason) => return Err(self.explain(reason).await),
        };
        self.store(&token)?;
        Ok(token)
    }

    /// Requests a token with the app's own secret: enough to find a playlist, not to read its items.
    async fn app_token(&self, secret: &SecretString) -> Result<Token, CollectError> {
        let rspotify = self.rspotify(String::new())?;
        // In the form and not in a header, because rspotify logs headers.
        let form = HashMap::from([
            ("grant_type", "client_credentials"),
            ("client_id", rspotify.creds.id.as_str()),
            ("client_secret", secret.expose_secret()),
        ]);
        match rspotify.fetch_access_token(&form, None).await {
            Ok(token) => Ok(token),
            Err(reason) => Err(self.explain(reason).await),
        }
    }

    /// Stores the refresh token of a response, if it has one: with PKCE the previous one is used up.
    pub fn store(&self, token: &Token) -> Result<(), CollectError> {
        let Some(refresh) = token.refresh_token.clone() else {
            return Ok(());
        };
        self.secrets.store(REFRESH_TOKEN, &refresh.into())
    }

    pub fn rspotify(&self, redirect_uri: String) -> Result<AuthCodePkceSpotify, CollectError> {
        let client_id = self.client_id()?;
        let scopes: HashSet<String> =
            scopes!("playlist-read-private", "playlist-read-collaborative");
        let oauth = OAuth {
            redirect_uri,
            scopes,
            ..OAuth::default()
        };
        let config = Config {
            auth_base_url: self.address.to_string(),
            ..Config::default()
        };
        let credentials = Credentials::new_pkce(client_id.expose_secret());
        Ok(AuthCodePkceSpotify::with_config(credentials, oauth, config))
    }

    fn client_id(&self) -> Result<SecretString, CollectError> {
        self.secrets.need(NAME, CLIENT_ID, HOW)
    }

    pub fn no_token(&self) -> CollectError {
        CollectError::UnexpectedResponse {
            source_name: NAME,
            url: format!("{}api/token", self.address),
            reason: "it has no token".to_owned(),
        }
    }

    /// The error that rspotify's error means. Its own text is not passed on: it can quote the response.
    pub async fn explain(&self, reason: ClientError) -> CollectError {
        let ClientError::Http(reason) = reason else {
            return self.no_token();
        };
        let answer = match *reason {
            HttpError::Client(reason) if reason.is_decode() => return self.no_token(),
            HttpError::Client(reason) if reason.is_timeout() => {
                return unreachable("the accounts service did not respond in time".to_owned());
            }
            HttpError::Client(_) => {
                return unreachable("no connection to the accounts service".to_owned());
            }
            HttpError::StatusCode(answer) => answer,
        };
        let status = answer.status().as_u16();
        let body = answer.bytes().await.unwrap_or_default();
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        match (status, body["error"].as_str()) {
            (_, Some("invalid_grant")) => refused(
                "the stored login was used up or is older than six months (invalid_grant)"
                    .to_owned(),
                &format!("{LOG_IN}; if {REFRESH_TOKEN} is set in the environment, remove it there"),
            ),
            (_, Some("invalid_client" | "unauthorized_client")) => refused(
                format!("the app is unknown ({status})"),
                &format!(
                    "compare {CLIENT_ID} and {CLIENT_SECRET} with the app's dashboard at developer.spotify.com"
                ),
            ),
            (408 | 429 | 500.., _) => {
                unreachable(format!("the accounts service returned HTTP {status}"))
            }
            _ => refused(
                format!("the accounts service refused a token ({status})"),
                LOG_IN,
            ),
        }
    }
}
