//! Chartmetric: lists of several platforms with their history, for customers. `spotify/12345` (Chartmetric's own number)
//! or a link to its pages comes in, a [`PlaylistSnapshot`] with what is and what was on the list goes out.
//!
//! `token_provider` gets tokens, `answers` knows the shapes.

mod answers;
#[cfg(test)]
mod tests;
mod token_provider;

use std::time::Duration;

use serde_json::Value;
use url::Url;

use self::answers::{Found, Header, PlacementRow, rows};
use self::token_provider::TokenProvider;
use super::http::{
    Client, GetRequest, HttpResponse, HttpSettings, Limits, ServicePolicy, json_by_status,
};
use super::secrets::Secrets;
use super::{CollectError, Source};
use catalogue::SkippedItem;
use catalogue::{Playlist, PlaylistSnapshot};

const NAME: &str = "chartmetric";
const API: &str = "https://api.chartmetric.com/";
const PLATFORMS: [&str; 5] = ["spotify", "applemusic", "deezer", "amazon", "youtube"];
const PAGE: usize = 100;
/// More than any list holds, with all that was ever on it.
const MAX_ROWS: usize = 100_000;
/// Early enough for the whole history; without it the service chooses a span.
const SINCE: &str = "2014-01-01";

/// Chartmetric's API.
pub struct Chartmetric {
    client: Client,
    token_provider: TokenProvider,
    api: Url,
    offline: bool,
}

/// A list as Chartmetric knows it.
struct Key<'a> {
    platform: &'static str,
    number: &'a str,
}

impl Chartmetric {
    /// # Errors
    /// Where the cache cannot be made. A missing secret is an error only when somebody must be asked.
    pub fn new(settings: HttpSettings, secrets: &Secrets) -> Result<Self, CollectError> {
        Self::with_limits(settings, secrets, Limits::default())
    }

    fn with_limits(
        settings: HttpSettings,
        secrets: &Secrets,
        limits: Limits,
    ) -> Result<Self, CollectError> {
        let policy = ServicePolicy {
            source_name: NAME,
            // What the smallest plan allows.
            requests: 1,
            per: Duration::from_secs(1),
            decision: json_by_status,
        };
        let api = settings.api.clone().map_or_else(|| Url::parse(API), Ok);
        let api = api.map_err(|reason| unreachable(reason.to_string()))?;
        Ok(Self {
            token_provider: TokenProvider::new(url(&api, "token")?, secrets),
            api,
            offline: settings.offline,
            client: Client::with_limits(policy, settings, limits)?,
        })
    }

    /// Data, or the service's refusal in words.
    async fn data(&self, url: &Url) -> Result<Value, CollectError> {
        let answer = self.ask(url).await?;
        match answer.status {
            200..=299 => answer.read(NAME, url),
            status => Err(refusal(status)),
        }
    }

    /// Asks with the token at hand, and once more with a new one where that is not accepted any more.
    async fn ask(&self, url: &Url) -> Result<HttpResponse, CollectError> {
        let mut get = GetRequest::from(url.clone());
        if self.offline {
            return self.client.get(&get).await;
        }
        get.secret_headers = vec![self.token_provider.authorization(&self.client).await?];
        let answer = self.client.get(&get).await?;
        if answer.status != 401 {
            return Ok(answer);
        }
        self.token_provider.forget();
        get.secret_headers = vec![self.token_provider.authorization(&self.client).await?];
        self.client.get(&get).await
    }

    /// All rows under `path`, page after page until an empty one: no answer says how many there are, and a full page may
    /// be one short.
    async fn stays(&self, path: &str) -> Result<Vec<Option<PlacementRow>>, CollectError> {
        let mut stays = Vec::new();
        let mut before = Vec::new();
        while stays.len() < MAX_ROWS {
            let mut url = self.url(path)?;
            url.query_pairs_mut()
                .append_pair("limit", &PAGE.to_string())
                .append_pair("offset", &stays.len().to_string());
            let rows =
                rows(self.data(&url).await?).map_err(|reason| unexpected_response(&url, reason))?;
            if rows.is_empty() {
                return Ok(stays);
            }
            if rows == before {
                return Err(unexpected_response(
                    &url,
                    "the same page comes again and again".to_owned(),
                ));
            }
            before.clone_from(&rows);
            for row in rows {
                stays.push(
                    serde_json::from_value(row)
                        .map_err(|reason| unexpected_response(&url, reason.to_string()))?,
                );
            }
        }
        let reason = format!("it goes on after {MAX_ROWS} rows");
        Err(unexpected_response(&self.url(path)?, reason))
    }

    fn url(&self, path: &str) -> Result<Url, CollectError> {
        url(&self.api, path)
    }
}

impl Source for Chartmetric {
    const NAME: &'static str = NAME;

    async fn list(
        &self,
        named: &str,
    ) -> Result<(PlaylistSnapshot, Vec<SkippedItem>), CollectError> {
        let key = Key::parse(named)?;
        let name = key.name();
        let path = format!("playlist/{name}");
        let url = self.url(&format!("{path}{}", key.storefront("?")))?;
        let header = Header::find(self.data(&url).await?)
            .map_err(|reason| unexpected_response(&url, reason))?;
        // The lists are looked at once a day, and no answer names a version.
        self.client.begin(&name, &self.client.today().to_string())?;
        let storefront = key.storefront("&");
        let now = format!("{path}/current/tracks?withDetails=true{storefront}");
        let past = format!("{path}/past/tracks?withDetails=true&since={SINCE}{storefront}");
        let now = self.stays(&now).await?;
        let past = self.stays(&past).await?;
        self.client.finish(&name)?;
        let mut playlist = header.playlist(&name);
        playlist.last_seen = self.client.day_of(&GetRequest::from(url));
        Ok(answers::snapshot(playlist, now, past))
    }

    async fn search(&self, words: &str) -> Result<Vec<Playlist>, CollectError> {
        let mut url = self.url("search")?;
        url.query_pairs_mut()
            .append_pair("q", words)
            .append_pair("type", "playlists")
            .append_pair("limit", &PAGE.to_string())
            .append_pair("offset", "0");
        let found = Found::find(self.data(&url).await?)
            .map_err(|reason| unexpected_response(&url, reason))?;
        Ok(found.into_iter().filter_map(Found::playlist).collect())
    }
}

impl<'a> Key<'a> {
    /// `PLATFORM/NUMBER`, or any address that ends in it.
    fn parse(named: &'a str) -> Result<Self, CollectError> {
        let path = named.trim().split(['?', '#']).next().unwrap_or_default();
        let path = path.trim_end_matches('/');
        let (rest, number) = path.rsplit_once('/').unwrap_or_default();
        let stated = rest.rsplit(['/', ':']).next().unwrap_or_default();
        let platform = PLATFORMS.into_iter().find(|platform| *platform == stated);
        let known = platform
            .filter(|_| !number.is_empty() && number.chars().all(|c| c.is_ascii_alphanumeric()));
        let platform = known.ok_or_else(|| {
            refused(
                format!("`{named}` names no playlist"),
                "give the link to its page, `https://app.chartmetric.com/playlist/spotify/12345`, or the end of that, \
                 `spotify/12345`",
            )
        })?;
        Ok(Self { platform, number })
    }

    fn name(&self) -> String {
        format!("{}/{}", self.platform, self.number)
    }

    /// Apple's lists differ from shop to shop, so that one must be named.
    fn storefront(&self, joint: &str) -> String {
        match self.platform {
            "applemusic" => format!("{joint}storefront=us"),
            _ => String::new(),
        }
    }
}

fn url(api: &Url, path: &str) -> Result<Url, CollectError> {
    let joined = api.join(&format!("api/{path}"));
    joined.map_err(|reason| unreachable(reason.to_string()))
}

fn refusal(status: u16) -> CollectError {
    let (what, next) = match status {
        401 => (
            "the token is not accepted",
            "compare CHARTMETRIC_REFRESH_TOKEN with the one that Chartmetric sent, or ask for a new one",
        ),
        403 => (
            "your plan does not cover this",
            "ask Chartmetric what your plan covers, or take the list from the archive or from the service itself",
        ),
        404 => (
            "there is no such list",
            "look its number up with the search, or copy the link to its page from app.chartmetric.com",
        ),
        _ => (
            "the request was not accepted",
            "run the same command later, and report it if it stays",
        ),
    };
    refused(format!("{what} ({status})"), next)
}

fn refused(what: String, next: &str) -> CollectError {
    CollectError::refused(NAME, what, next)
}

fn unexpected_response(url: &Url, reason: String) -> CollectError {
    CollectError::unexpected_response(NAME, url, reason)
}

fn unreachable(reason: String) -> CollectError {
    CollectError::unreachable(NAME, reason)
}
