//! Spotify: playlists that the user owns or collaborates on. Input: the id or link of a playlist. Output: a
//! [`PlaylistSnapshot`].
//!
//! New apps cannot read Spotify's own playlists since November 2024, nor those of other users since March 2026; the errors
//! name the alternatives.
//!
//! `oauth_client` renews tokens, `login` gets the first one with the browser (both with rspotify), `answers` has the types
//! of the responses, `refusal` the errors. Responses are parsed leniently here, because rspotify panics on a playlist
//! whose items are withheld.

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
/// Items of a page, the most that `/items` sends.
const PAGE: usize = 50;
/// The most items that are read, twice as many as Spotify allows in a playlist.
const MAX_ITEMS: usize = 20_000;
/// Port of the address that the browser returns to after a login; the app must be registered with it.
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

    /// Lets the user log in with a browser and stores the login for later runs. Waits on `port` of the loopback (0: any free
    /// port) and passes the address that the user has to visit to `open`.
    ///
    /// # Errors
    /// [`CollectError::Refused`] if the port is in use or the user or Spotify declines, [`CollectError::Disk`] if the login
    /// cannot be stored.
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

    /// Not offered: Spotify's search finds playlists that an app may not read.
    async fn search(&self, _words: &str) -> Result<Vec<Playlist>, CollectError> {
        Err(CollectError::NotOffered {
            source_name: NAME,
            what: "search for playlists that may be read",
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

/// The id in an id, in `spotify:playlist:ID`, in `spotify:ID` of the catalogue, or in a link of any age, such as
/// `open.spotify.com/user/U/playlist/ID?si=…`.
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
            what: format!("`{named}` is not a playlist"),
            next: "give the link that `Share` in Spotify copies, `https://open.spotify.com/playlist/…`, or its id"
                .to_owned(),
        })
}

fn refused(what: String, next: &str) -> CollectError {
    CollectError::refused(NAME, what, next)
}

fn unreachable(reason: String) -> CollectError {
    CollectError::unreachable(NAME, reason)
}
