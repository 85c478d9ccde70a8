//! Chartmetric: playlists of several platforms with their history, for customers. Input: `spotify/12345` (Chartmetric's own
//! number) or a link to its page. Output: a [`PlaylistSnapshot`] with the current and past tracks.
//!
//! `token_provider` renews the access token, `answers` has the types of the responses.

mod answers;
#[cfg(test)]
mod tests;
mod token_provider;

use std::time::Duration;

use serde_json::Value;
use url::Url;

use self::answers::{Found, Header, PlacementRow, rows};
use self::token_provider::TokenProvider;
use super::http::{GetRequest, HttpResponse, HttpSettings, ServicePolicy, json_by_status};
use super::secrets::Secrets;
use super::service::{Auth, Service, ServiceApi, ServiceError};
use super::token::AccessToken;
use super::{CollectError, Source};
use catalogue::SkippedItem;
use catalogue::{Playlist, PlaylistSnapshot};

const NAME: &str = "chartmetric";
const API: ServiceApi = ServiceApi {
    policy: ServicePolicy {
        source_name: NAME,
        // The limit of the smallest plan.
        requests: 1,
        per: Duration::from_secs(1),
        decision: json_by_status,
    },
    address: "https://api.chartmetric.com/",
    error: refusal,
};
const PLATFORMS: [&str; 5] = ["spotify", "applemusic", "deezer", "amazon", "youtube"];
/// Rows of a page.
const PAGE: usize = 100;
/// The most rows that are read, more than any playlist has with its whole history.
const MAX_ROWS: usize = 100_000;
/// Early enough for the whole history; without it the service chooses a period.
const SINCE: &str = "2014-01-01";

/// Chartmetric's API.
pub struct Chartmetric {
    service: Service,
    token: AccessToken,
    token_provider: TokenProvider,
}

/// A playlist as Chartmetric knows it.
struct Key<'a> {
    platform: &'static str,
    number: &'a str,
}

impl Chartmetric {
    /// Connects to the service; offline, reads the cache only. A missing secret is an error of the first request.
    ///
    /// # Errors
    /// [`CollectError::Disk`] if the cache cannot be created.
    pub fn new(settings: HttpSettings, secrets: &Secrets) -> Result<Self, CollectError> {
        let service = Service::connect(&API, settings, Auth::None)?;
        Ok(Self {
            token: AccessToken::default(),
            token_provider: TokenProvider::new(service.url(&["api", "token"], &[]), secrets),
            service,
        })
    }

    async fn data(&self, url: &Url) -> Result<Value, CollectError> {
        let renew = async || self.token_provider.renew(&self.service).await;
        let answer = self.service.get_with_token(url, &self.token, renew).await?;
        self.service.data(&answer, url)
    }

    /// All rows of a playlist's current or past tracks. Reads pages until an empty one: no response states the total, and a
    /// full page may be one row short.
    async fn placements(
        &self,
        key: &Key<'_>,
        period: &str,
        query: &[(&str, &str)],
    ) -> Result<Vec<Option<PlacementRow>>, CollectError> {
        let url = |offset: usize| {
            let mut url = key.url(&self.service, &[period, "tracks"], query);
            url.query_pairs_mut()
                .append_pair("limit", &PAGE.to_string())
                .append_pair("offset", &offset.to_string());
            url
        };
        let mut placements = Vec::new();
        let mut previous = Vec::new();
        while placements.len() < MAX_ROWS {
            let url = url(placements.len());
            let unexpected = |reason: String| self.service.unexpected_response(&url, reason);
            let rows = rows(self.data(&url).await?).map_err(unexpected)?;
            if rows.is_empty() {
                return Ok(placements);
            }
            if rows == previous {
                return Err(unexpected("the same page comes again and again".to_owned()));
            }
            previous.clone_from(&rows);
            for row in rows {
                let row = serde_json::from_value(row);
                placements.push(row.map_err(|reason| unexpected(reason.to_string()))?);
            }
        }
        let reason = format!("it has more than {MAX_ROWS} rows");
        Err(self.service.unexpected_response(&url(0), reason))
    }
}

impl Source for Chartmetric {
    const NAME: &'static str = NAME;

    async fn playlist(
        &self,
        named: &str,
    ) -> Result<(PlaylistSnapshot, Vec<SkippedItem>), CollectError> {
        let key = Key::parse(named)?;
        let name = key.name();
        let url = key.url(&self.service, &[], &[]);
        let header = Header::find(self.data(&url).await?)
            .map_err(|reason| self.service.unexpected_response(&url, reason))?;
        let current = [("withDetails", "true")];
        let past = [("withDetails", "true"), ("since", SINCE)];
        // No response names a version of the playlist.
        let pages = async {
            let current = self.placements(&key, "current", &current).await?;
            Ok((current, self.placements(&key, "past", &past).await?))
        };
        let (current, past) = self.service.resumable(&name, None, pages).await?;
        let mut playlist = header.playlist(&name);
        playlist.last_seen = self.service.client().day_of(&GetRequest::from(url));
        Ok(answers::snapshot(playlist, current, past))
    }

    async fn search(&self, words: &str) -> Result<Vec<Playlist>, CollectError> {
        let query = [
            ("q", words),
            ("type", "playlists"),
            ("limit", &PAGE.to_string()),
            ("offset", "0"),
        ];
        let url = self.service.url(&["api", "search"], &query);
        let found = Found::find(self.data(&url).await?)
            .map_err(|reason| self.service.unexpected_response(&url, reason))?;
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
                format!("`{named}` is not a playlist"),
                "give the link to its page, `https://app.chartmetric.com/playlist/spotify/12345`, or the end of that, \
                 `spotify/12345`",
            )
        })?;
        Ok(Self { platform, number })
    }

    fn name(&self) -> String {
        format!("{}/{}", self.platform, self.number)
    }

    /// An address below the playlist's own. Apple's playlists differ between storefronts, so one must be given.
    fn url(&self, service: &Service, path: &[&str], query: &[(&str, &str)]) -> Url {
        let path = [&["api", "playlist", self.platform, self.number][..], path].concat();
        let storefront: &[_] = match self.platform {
            "applemusic" => &[("storefront", "us")],
            _ => &[],
        };
        service.url(&path, &[query, storefront].concat())
    }
}

fn refusal(answer: &HttpResponse) -> Option<ServiceError> {
    match answer.status {
        401 => ServiceError::new(
            "the token is not accepted (401)",
            "compare CHARTMETRIC_REFRESH_TOKEN with the one that Chartmetric sent, or request a new one",
        ),
        403 => ServiceError::new(
            "your plan does not cover this (403)",
            "ask Chartmetric what your plan covers, or take the playlist from the archive or from the service itself",
        ),
        404 => ServiceError::new(
            "no such playlist (404)",
            "find its number with the search, or copy the link to its page from app.chartmetric.com",
        ),
        _ => ServiceError::other(answer),
    }
}

fn refused(what: String, next: &str) -> CollectError {
    CollectError::refused(NAME, what, next)
}
