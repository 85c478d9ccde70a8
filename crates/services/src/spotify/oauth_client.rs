//! The way in to Spotify: a refresh token that a login kept, else the app's own id and secret. Access tokens stay in
//! memory; refresh tokens, which Spotify replaces with each use, are kept by [`Secrets`]. rspotify speaks OAuth.
//!
//! Must not: let a token or what Spotify says about one into a message.

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

/// Where the client id comes from; the port is that of the login.
const HOW: &str = "make an app at developer.spotify.com/dashboard with the redirect URI \
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
    /// [`CollectError::Refused`] if there is no login or Spotify does not accept it, [`CollectError::Unreachable`] without
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
                return Err(refused("there is no login yet".to_owned(), LOG_IN));
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
            Err(reason) => return Err(self.words(reason).await),
        };
        self.keep(&token)?;
        Ok(token)
    }

    /// Client credentials: enough to find a list by its id, not to read what is on it.
    async fn app_token(&self, secret: &SecretString) -> Result<Token, CollectError> {
        let rspotify = self.rspotify(String::new())?;
        // In the form and not in a header, because rspotify logs the headers of what it sends.
        let form = HashMap::from([
            ("grant_type", "client_credentials"),
            ("client_id", rspotify.creds.id.as_str()),
            ("client_secret", secret.expose_secret()),
        ]);
        match rspotify.fetch_access_token(&form, None).await {
            Ok(token) => Ok(token),
            Err(reason) => Err(self.words(reason).await),
        }
    }

    /// Keeps the refresh token of an answer, if it brought one: with PKCE the one before is spent by then.
    pub fn keep(&self, token: &Token) -> Result<(), CollectError> {
        let Some(refresh) = token.refresh_token.clone() else {
            return Ok(());
        };
        self.secrets.keep(REFRESH_TOKEN, &refresh.into())
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
            reason: "there is no token in it".to_owned(),
        }
    }

    /// What rspotify's error means. Its own text is not passed on: it can quote the answer.
    pub async fn words(&self, reason: ClientError) -> CollectError {
        let ClientError::Http(reason) = reason else {
            return self.no_token();
        };
        let answer = match *reason {
            HttpError::Client(reason) if reason.is_decode() => return self.no_token(),
            HttpError::Client(reason) if reason.is_timeout() => {
                return unreachable("the accounts service takes too long".to_owned());
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
                "the kept login is spent or older than six months (invalid_grant)".to_owned(),
                &format!(
                    "{LOG_IN}; if {REFRESH_TOKEN} is set in the environment, take it out there"
                ),
            ),
            (_, Some("invalid_client" | "unauthorized_client")) => refused(
                format!("the app is not known ({status})"),
                &format!(
                    "compare {CLIENT_ID} and {CLIENT_SECRET} with the app's dashboard at developer.spotify.com"
                ),
            ),
            (408 | 429 | 500.., _) => unreachable(format!("the accounts service answers {status}")),
            _ => refused(
                format!("the accounts service refuses a token ({status})"),
                LOG_IN,
            ),
        }
    }
}
