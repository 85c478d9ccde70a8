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
use super::http::{GetRequest, HttpResponse, HttpSettings, ServicePolicy};
use super::secrets::Secrets;
use super::service::{Auth, Service, ServiceApi};
use super::token::AccessToken;
use super::{CollectError, Source};
use catalogue::SkippedItem;
use catalogue::{Playlist, PlaylistSnapshot};

const NAME: &str = "spotify";
const API: ServiceApi = ServiceApi {
    policy: ServicePolicy {
        source_name: NAME,
        // Spotify counts over 30 s and publishes no number; this is far below what apps report.
        requests: 30,
        per: Duration::from_secs(10),
        decision,
    },
    address: "https://api.spotify.com/",
    error: refusal,
};
/// Items a page: the most that `/items` gives.
const PAGE: usize = 50;
/// Twice what a list of Spotify's may hold; whoever claims more is not believed.
const MAX_ITEMS: usize = 20_000;
/// Where the browser comes back to, unless the user says otherwise; the app must be registered with this port.
pub const LOGIN_PORT: u16 = 8888;

/// Spotify's Web API.
pub struct Spotify {
    service: Service,
    token: AccessToken,
    oauth_client: SpotifyAuth,
}

impl Spotify {
    /// Connects to the service; offline, reads the cache only. A missing secret is an error of the first request.
    ///
    /// # Errors
    /// [`CollectError::Disk`] if the cache cannot be created.
    pub fn new(settings: HttpSettings, secrets: &Secrets) -> Result<Self, CollectError> {
        let oauth_client = SpotifyAuth::new(settings.api.clone(), secrets)?;
        let service = Service::connect(&API, settings, Auth::None)?;
        Ok(Self {
            service,
            token: AccessToken::default(),
            oauth_client,
        })
    }

    /// Lets the user log in with a browser and keeps what it brought for later runs. Listens at `port` of the loopback
    /// (0: any that is free) and hands the address that the user has to visit to `open`.
    ///
    /// # Errors
    /// Where the port is in use, the user declines, Spotify refuses, or the login cannot be kept.
    pub async fn login(&self, port: u16, open: impl Fn(&str)) -> Result<(), CollectError> {
        if self.service.is_offline() {
            return Err(CollectError::Offline {
                url: oauth_client::ADDRESS.to_owned(),
            });
        }
        let token = self.oauth_client.login(port, open).await?;
        self.token.set(token.access_token.into());
        Ok(())
    }

    async fn data<T: DeserializeOwned>(&self, url: &Url) -> Result<T, CollectError> {
        let answer = self.get(url).await?;
        self.service.data(&answer, url)
    }

    async fn get(&self, url: &Url) -> Result<HttpResponse, CollectError> {
        let renew = async || self.oauth_client.renew().await;
        self.service.get_with_token(url, &self.token, renew).await
    }

    /// The items of all pages, and the total that Spotify states. Follows `total` and never `next`, so that no response can
    /// make it loop. If the first page of `path` does not exist, `older` is read instead.
    async fn items<T: DeserializeOwned>(
        &self,
        path: &[&str],
        older: Option<&[&str]>,
    ) -> Result<(Vec<Option<T>>, usize), CollectError> {
        let mut path = path;
        let mut items = Vec::new();
        let mut offset = 0;
        loop {
            let mut url = self.page(path, offset);
            let mut answer = self.get(&url).await?;
            if let (404, 0, Some(older)) = (answer.status, offset, older) {
                path = older;
                url = self.page(path, offset);
                answer = self.get(&url).await?;
            }
            let unexpected = |reason: String| self.service.unexpected_response(&url, reason);
            let page: SpotifyPage<T> =
                SpotifyPage::find(self.service.data(&answer, &url)?).map_err(unexpected)?;
            if page.total > MAX_ITEMS {
                return Err(unexpected(format!("it states {} items", page.total)));
            }
            offset += PAGE;
            let is_empty = page.items.is_empty();
            items.extend(page.items);
            if is_empty || offset >= page.total {
                return Ok((items, page.total));
            }
        }
    }

    fn page(&self, path: &[&str], offset: usize) -> Url {
        let (limit, offset) = (PAGE.to_string(), offset.to_string());
        let query = [("limit", limit.as_str()), ("offset", &offset)];
        let types = [("additional_types", "track")];
        let is_playlist = path.first() == Some(&"playlists");
        let types = if is_playlist { &types[..] } else { &[] };
        self.service
            .url(&[&["v1"], path].concat(), &[types, &query].concat())
    }

    /// All items of the playlist.
    async fn all_items(&self, key: &str) -> Result<Vec<Option<Item>>, CollectError> {
        let path = ["playlists", key, "items"];
        // Apps from before February 2026 may know the older name only.
        let older = ["playlists", key, "tracks"];
        let (items, total) = self.items(&path, Some(&older)).await?;
        if items.len() < total {
            // Taken as complete, it would mean that tracks were removed.
            let reason = format!("{} of {total} items came", items.len());
            return Err(self
                .service
                .unexpected_response(&self.page(&path, 0), reason));
        }
        Ok(items)
    }
}

impl Source for Spotify {
    const NAME: &'static str = NAME;

    async fn playlist(
        &self,
        named: &str,
    ) -> Result<(PlaylistSnapshot, Vec<SkippedItem>), CollectError> {
        let id = playlist_id(named)?;
        let key = id.id();
        let mut url = self.service.url(&["v1", "playlists", key], &[]);
        url.set_query(Some(&format!("fields={}", Header::FIELDS)));
        let mut header: Header = self.data(&url).await?;
        let version = header.snapshot_id.take();
        let items = self.all_items(key);
        let items = self.service.resumable(key, version, items).await?;
        let mut playlist = header.playlist(key);
        playlist.last_seen = self.service.client().day_of(&GetRequest::from(url));
        Ok(answers::snapshot(playlist, items))
    }

    /// Spotify's search finds lists that may not be read.
    async fn search(&self, _words: &str) -> Result<Vec<Playlist>, CollectError> {
        Err(CollectError::NotOffered {
            source_name: NAME,
            what: "search for lists that may be read",
        })
    }

    async fn own_playlists(&self) -> Result<Vec<String>, CollectError> {
        let me: Me = self.data(&self.service.url(&["v1", "me"], &[])).await?;
        let (lists, _) = self.items::<OwnList>(&["me", "playlists"], None).await?;
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

fn refused(what: String, next: &str) -> CollectError {
    CollectError::refused(NAME, what, next)
}

fn unreachable(reason: String) -> CollectError {
    CollectError::unreachable(NAME, reason)
}
