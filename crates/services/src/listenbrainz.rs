//! ListenBrainz: lists that its users make, of recordings that MusicBrainz knows. A list's MBID or link comes in; the
//! answer is JSPF. The words are CC0; of the recordings' licences they say nothing.

#[cfg(test)]
mod tests;

use std::time::Duration;

use serde_json::Value;
use url::Url;

use super::http::{HttpResponse, HttpSettings, ServicePolicy, json_by_status};
use super::secrets::Secrets;
use super::service::{self, Auth, MAX_PAGES, Service, ServiceApi, ServiceError, Unread};
use super::{CollectError, Source};
use catalogue::{Playlist, PlaylistSnapshot, SnapshotEntry, Track};
use catalogue::{SkippedItem, names};

const NAME: &str = "listenbrainz";
const API: ServiceApi = ServiceApi {
    policy: ServicePolicy {
        source_name: NAME,
        // The window is in the headers of each response; apps see 30 in 10 seconds.
        requests: 20,
        per: Duration::from_secs(10),
        decision: json_by_status,
    },
    address: "https://api.listenbrainz.org/",
    error: refusal,
};
const SECRET: &str = "LISTENBRAINZ_TOKEN";
/// Where a user finds the token.
const TOKEN: &str = "copy the user token from listenbrainz.org/settings into LISTENBRAINZ_TOKEN";
/// Lists a page.
const PAGE: usize = 100;
const TRACK_EXTENSION: &str = "https://musicbrainz.org/doc/jspf#track";

/// ListenBrainz' API, version 1.
pub struct ListenBrainz {
    service: Service,
    has_token: bool,
}

impl ListenBrainz {
    /// Connects to the service; offline, reads the cache only. Public playlists need no token.
    ///
    /// # Errors
    /// [`CollectError::Refused`] if the file of secrets cannot be used, [`CollectError::Disk`] if the cache cannot be
    /// created.
    pub fn new(settings: HttpSettings, secrets: &Secrets) -> Result<Self, CollectError> {
        let token = if settings.offline {
            None
        } else {
            secrets.find(SECRET)?
        };
        let auth = Auth::authorization("Token", token.as_ref());
        Ok(Self {
            has_token: token.is_some(),
            service: Service::connect(&API, settings, auth)?,
        })
    }

    /// The lists of a page of JSPF heads, as [`Playlist`]s.
    async fn heads(&self, url: &Url) -> Result<(Vec<Playlist>, u64), CollectError> {
        let mut answer: Value = self.service.json(url).await?;
        let lists = self.service.items(url, &mut answer, "/playlists")?;
        let total = answer["playlist_count"]
            .as_u64()
            .unwrap_or(lists.len() as u64);
        let heads = lists.iter().map(|list| &list["playlist"]);
        let heads = heads.filter_map(|list| Some(about(list, mbids(list).first()?)));
        Ok((heads.collect(), total))
    }

    /// The lists that `user` made and lets others see.
    async fn lists_of(&self, user: &str) -> Result<Vec<Playlist>, CollectError> {
        let mut lists = Vec::new();
        let mut url = self.page_of(user, 0);
        for page in 0..MAX_PAGES {
            url = self.page_of(user, page);
            let (more, total) = self.heads(&url).await?;
            let last = more.is_empty() || total <= ((page + 1) * PAGE) as u64;
            if !last && lists.ends_with(&more) {
                return Err(self
                    .service
                    .unexpected_response(&url, "every page is the same"));
            }
            lists.extend(more);
            if last {
                return Ok(lists);
            }
        }
        Err(self
            .service
            .unexpected_response(&url, format!("the lists go on after {MAX_PAGES} pages")))
    }

    fn page_of(&self, user: &str, page: usize) -> Url {
        let (count, offset) = (PAGE.to_string(), (page * PAGE).to_string());
        let query = [("count", count.as_str()), ("offset", offset.as_str())];
        self.service.url(&["1", "user", user, "playlists"], &query)
    }
}

impl Source for ListenBrainz {
    const NAME: &'static str = NAME;

    async fn playlist(
        &self,
        named: &str,
    ) -> Result<(PlaylistSnapshot, Vec<SkippedItem>), CollectError> {
        let named = named.trim();
        let Some(mbid) = mbid(named) else {
            return Err(match named.strip_prefix("user:") {
                Some(_) => self.service.refused(
                    format!("`{named}` names a user, who may have many lists"),
                    format!("search for `{named}` to see them, and name one"),
                ),
                None => self.service.refused(
                    format!("`{named}` names no list"),
                    "give its link, `https://listenbrainz.org/playlist/MBID`, or the MBID alone",
                ),
            });
        };
        let url = self.service.url(&["1", "playlist", &mbid], &[]);
        let mut answer: Value = self.service.json(&url).await?;
        let tracks = self.service.items(&url, &mut answer, "/playlist/track")?;
        let playlist = about(&answer["playlist"], &mbid);
        self.service.snapshot(&url, playlist, tracks, entry)
    }

    /// By words in their title; `user:NAME` finds the lists of that user.
    async fn search(&self, words: &str) -> Result<Vec<Playlist>, CollectError> {
        let words = words.trim();
        if let Some(user) = words.strip_prefix("user:") {
            return self.lists_of(user.trim()).await;
        }
        if words.chars().count() < 3 {
            return Err(self.service.refused(
                format!("`{words}` is too short to search for"),
                "give three letters or more",
            ));
        }
        let query = [("query", words), ("count", "50"), ("offset", "0")];
        let url = self.service.url(&["1", "playlist", "search"], &query);
        Ok(self.heads(&url).await?.0)
    }

    async fn own_playlists(&self) -> Result<Vec<String>, CollectError> {
        if !self.has_token {
            return Err(self.service.refused("nobody says who you are", TOKEN));
        }
        let url = self.service.url(&["1", "validate-token"], &[]);
        let answer: Value = self.service.json(&url).await?;
        let Some(user) = service::text(&answer["user_name"]) else {
            return Err(self.service.refused("the token is not valid", TOKEN));
        };
        let lists = self.lists_of(&user).await?.into_iter();
        Ok(lists.filter_map(|list| mbid(&list.id)).collect())
    }
}

/// The MBID in an id or in a link.
fn mbid(named: &str) -> Option<String> {
    let path = named.split(['?', '#']).next().unwrap_or(named);
    let last = path.trim_end_matches('/').rsplit(['/', ':']).next()?;
    let lengths = [8, 4, 4, 4, 12];
    let parts: Vec<&str> = last.split('-').collect();
    let hexadecimal = |part: &str| part.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_mbid = parts.len() == lengths.len()
        && parts
            .iter()
            .zip(lengths)
            .all(|(part, length)| part.len() == length && hexadecimal(part));
    is_mbid.then(|| last.to_ascii_lowercase())
}

/// The MBIDs in `identifier`, which is a list of links, and was one link in older files.
fn mbids(item: &Value) -> Vec<String> {
    let identifier = &item["identifier"];
    let links = identifier
        .as_array()
        .map_or(std::slice::from_ref(identifier), Vec::as_slice);
    links
        .iter()
        .filter_map(|link| mbid(link.as_str()?))
        .collect()
}

fn about(list: &Value, mbid: &str) -> Playlist {
    Playlist {
        id: format!("{NAME}:{mbid}"),
        source: NAME.to_owned(),
        name: service::text(&list["title"]).unwrap_or_else(|| mbid.to_owned()),
        description: service::text(&list["annotation"]),
        owner: service::text(&list["creator"]),
        ..Playlist::default()
    }
}

fn entry(item: &Value) -> Result<SnapshotEntry, Unread> {
    let title = service::text(&item["title"])
        .ok_or_else(|| Unread::Malformed("it has no `title`".to_owned()))?;
    let creator = service::text(&item["creator"]).unwrap_or_default();
    let extension = &item["extension"][TRACK_EXTENSION];
    // By the letter of JSPF an extension is a list.
    let extension = extension.get(0).unwrap_or(extension);
    let track = Track {
        aliases: mbids(item)
            .into_iter()
            .map(|mbid| format!("musicbrainz:{mbid}"))
            .collect(),
        title,
        artists: names::artists(&creator),
        album: service::text(&item["album"]),
        duration_seconds: service::length(&item["duration"])
            .map(|milliseconds| milliseconds / 1000.0),
        ..Track::default()
    };
    Ok(SnapshotEntry {
        track,
        added: service::day(&extension["added_at"]),
        ..SnapshotEntry::default()
    })
}

fn refusal(answer: &HttpResponse) -> Option<ServiceError> {
    match answer.status {
        401 => ServiceError::new("the token is not accepted (401)", TOKEN),
        403 => ServiceError::new(
            "the list is not open to this token's user (403)",
            "ask its owner to make it public, or use the owner's token",
        ),
        404 => ServiceError::new(
            "no such list or user is shown (404); it may be deleted, or private and somebody else's",
            "check the link, or ask the owner to make the list public",
        ),
        _ => ServiceError::other(answer),
    }
}
