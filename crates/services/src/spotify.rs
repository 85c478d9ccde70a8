//! Spotify: the user's own lists, and those on which the user collaborates. A playlist's id or link comes in, a
//! [`PlaylistSnapshot`] goes out. Since November 2024 Spotify's own lists are closed to new apps, and since March 2026 so are the
//! items of everybody else's; every such ending is a sentence that says what else can be done.
//!
//! `oauth_client` gets tokens, `login` the first one by way of the browser (OAuth is rspotify's), `answers` knows the shapes,
//! `refusal` the words. Bodies are read leniently here and not by rspotify, which panics on a list whose items are
//! withheld.

mod answers;
mod login;
mod oauth_client;
mod refusal;
#[cfg(test)]
mod tests;

use std::time::Duration;

use rspotify::model::{Id, PlaylistId};
use serde::de::DeserializeOwned;
use url::Url;

use self::answers::{Header, Item, Me, OwnList, SpotifyPage};
use self::oauth_client::SpotifyAuth;
use self::refusal::{decision, refusal};
use super::http::{Client, GetRequest, HttpResponse, HttpSettings, Limits, ServicePolicy};
use super::secrets::Secrets;
use super::{CollectError, Source};
use catalogue::SkippedItem;
use catalogue::{Playlist, PlaylistSnapshot};

const NAME: &str = "spotify";
const API: &str = "https://api.spotify.com/";
/// Items a page: the most that `/items` gives.
const PAGE: usize = 50;
/// Twice what a list of Spotify's may hold; whoever claims more is not believed.
const MAX_ITEMS: usize = 20_000;
/// Where the browser comes back to, unless the user says otherwise; the app must be registered with this port.
pub const LOGIN_PORT: u16 = 8888;

/// Spotify's Web API.
pub struct Spotify {
    client: Client,
    oauth_client: SpotifyAuth,
    api: Url,
    offline: bool,
}

impl Spotify {
    /// # Errors
    /// Where the cache cannot be made. Missing secrets are an error only when somebody must be asked.
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
            // Spotify counts over 30 s and publishes no number; this is far below what apps report.
            requests: 30,
            per: Duration::from_secs(10),
            decision,
        };
        let fixed =
            |address: &str| Url::parse(address).map_err(|reason| unreachable(reason.to_string()));
        let api = settings.api.clone().map_or_else(|| fixed(API), Ok)?;
        let oauth_client = settings.api.clone();
        let oauth_client = oauth_client.map_or_else(|| fixed(oauth_client::ADDRESS), Ok)?;
        Ok(Self {
            oauth_client: SpotifyAuth::new(oauth_client, secrets),
            api,
            offline: settings.offline,
            client: Client::with_limits(policy, settings, limits)?,
        })
    }

    /// Lets the user log in with a browser and keeps what it brought for later runs. Listens at `port` of the loopback
    /// (0: any that is free) and hands the address that the user has to visit to `open`.
    ///
    /// # Errors
    /// Where the port is in use, the user declines, Spotify refuses, or the login cannot be kept.
    pub async fn login(&self, port: u16, open: impl Fn(&str)) -> Result<(), CollectError> {
        if self.offline {
            return Err(CollectError::Offline {
                url: oauth_client::ADDRESS.to_owned(),
            });
        }
        self.oauth_client.login(port, open).await
    }

    /// Data, or the service's refusal in words.
    async fn data<T: DeserializeOwned>(&self, url: &Url) -> Result<T, CollectError> {
        let answer = self.ask(url).await?;
        read(&answer, url)
    }

    /// Asks with the token at hand, and once more with a new one where that is not accepted any more.
    async fn ask(&self, url: &Url) -> Result<HttpResponse, CollectError> {
        let mut get = GetRequest::from(url.clone());
        if self.offline {
            return self.client.get(&get).await;
        }
        get.secret_headers = vec![self.oauth_client.authorization().await?];
        let answer = self.client.get(&get).await?;
        if answer.status != 401 {
            return Ok(answer);
        }
        self.oauth_client.forget();
        get.secret_headers = vec![self.oauth_client.authorization().await?];
        self.client.get(&get).await
    }

    /// What is on all pages of `path`, and how much Spotify says there is. Goes by `total` and never by `next`, so that
    /// no answer can send it round in circles. Where `path` is not there, `older` is asked in its place.
    async fn items<T: DeserializeOwned>(
        &self,
        path: &str,
        older: Option<&str>,
    ) -> Result<(Vec<Option<T>>, usize), CollectError> {
        let mut path = path;
        let mut items = Vec::new();
        let mut offset = 0;
        loop {
            let mut url = self.page(path, offset)?;
            let mut answer = self.ask(&url).await?;
            if let (404, 0, Some(older)) = (answer.status, offset, older) {
                path = older;
                url = self.page(path, offset)?;
                answer = self.ask(&url).await?;
            }
            let page: SpotifyPage<T> = SpotifyPage::find(read(&answer, &url)?)
                .map_err(|reason| unexpected_response(&url, reason))?;
            if page.total > MAX_ITEMS {
                return Err(unexpected_response(
                    &url,
                    format!("it claims {} items", page.total),
                ));
            }
            offset += PAGE;
            let empty = page.items.is_empty();
            items.extend(page.items);
            if empty || offset >= page.total {
                return Ok((items, page.total));
            }
        }
    }

    fn url(&self, path: &str) -> Result<Url, CollectError> {
        let joined = self.api.join(&format!("v1/{path}"));
        joined.map_err(|reason| unreachable(reason.to_string()))
    }

    fn page(&self, path: &str, offset: usize) -> Result<Url, CollectError> {
        let mut url = self.url(path)?;
        url.query_pairs_mut()
            .append_pair("limit", &PAGE.to_string())
            .append_pair("offset", &offset.to_string());
        Ok(url)
    }

    /// The items of a list whose header is known, whole.
    async fn whole(&self, key: &str) -> Result<Vec<Option<Item>>, CollectError> {
        let path = format!("playlists/{key}/items?additional_types=track");
        // Apps from before February 2026 may still know the older name alone.
        let older = format!("playlists/{key}/tracks?additional_types=track");
        let (items, total) = self.items(&path, Some(&older)).await?;
        if items.len() < total {
            // Taken for whole, it would say of tracks that they left the list.
            let reason = format!("{} of {total} items came", items.len());
            return Err(unexpected_response(&self.page(&path, 0)?, reason));
        }
        Ok(items)
    }
}

impl Source for Spotify {
    const NAME: &'static str = NAME;

    async fn list(
        &self,
        named: &str,
    ) -> Result<(PlaylistSnapshot, Vec<SkippedItem>), CollectError> {
        let id = playlist_id(named)?;
        let key = id.id();
        let url = self.url(&format!("playlists/{key}?fields={}", Header::FIELDS))?;
        let mut header: Header = self.data(&url).await?;
        let today = || self.client.today().to_string();
        let version = header.snapshot_id.take().unwrap_or_else(today);
        self.client.begin(key, &version)?;
        let items = self.whole(key).await?;
        self.client.finish(key)?;
        let mut playlist = header.playlist(key);
        playlist.last_seen = self.client.day_of(&GetRequest::from(url));
        Ok(answers::snapshot(playlist, items))
    }

    /// Spotify's search finds lists that may not be read.
    async fn search(&self, _words: &str) -> Result<Vec<Playlist>, CollectError> {
        Err(CollectError::NotOffered {
            source_name: NAME,
            what: "search for lists that may be read",
        })
    }

    async fn own(&self) -> Result<Vec<String>, CollectError> {
        let me: Me = self.data(&self.url("me")?).await?;
        let (lists, _) = self.items::<OwnList>("me/playlists", None).await?;
        let readable =
            |list: &OwnList| list.collaborative || list.owner.id.as_ref() == Some(&me.id);
        let lists = lists.into_iter().flatten().filter(readable);
        Ok(lists.map(|list| list.id).collect())
    }
}

/// A bare id, `spotify:playlist:ID`, `spotify:ID` as the catalogue writes it, or a link, as old as
/// they come: `open.spotify.com/user/U/playlist/ID?si=…`.
fn playlist_id(named: &str) -> Result<PlaylistId<'_>, CollectError> {
    let named = named.trim();
    let path = named.split(['?', '#']).next().unwrap_or(named);
    let marked = ["playlist/", "playlist:"]
        .into_iter()
        .find_map(|mark| path.rsplit_once(mark));
    let bare = marked.map_or(path, |(_, id)| id).trim_end_matches('/');
    let own = bare.strip_prefix("spotify:").filter(|id| !id.contains(':'));
    let bare = own.unwrap_or(bare);
    let id = PlaylistId::from_id_or_uri(bare).ok();
    id.filter(|id| !id.id().is_empty())
        .ok_or_else(|| CollectError::Refused {
            source_name: NAME,
            what: format!("`{named}` names no playlist"),
            next: "give the link that Spotify's `Share` copies, `https://open.spotify.com/playlist/…`, or its id"
                .to_owned(),
        })
}

fn read<T: DeserializeOwned>(answer: &HttpResponse, url: &Url) -> Result<T, CollectError> {
    match answer.status {
        200..=299 => answer.read(NAME, url),
        _ => Err(refusal(answer)),
    }
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
