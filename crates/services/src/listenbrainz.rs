//! ListenBrainz: playlists of its users, by MBID or link. The recordings are those of MusicBrainz and the format is JSPF. The
//! metadata is CC0; it has no licence of the recordings.

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
/// The next step if the token is missing or invalid.
const TOKEN: &str = "copy the user token from listenbrainz.org/settings into LISTENBRAINZ_TOKEN";
/// Playlists of a page.
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

    /// The playlists of a page, and the total number.
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

    /// The public playlists of a user.
    async fn playlists_of(&self, user: &str) -> Result<Vec<Playlist>, CollectError> {
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
            .unexpected_response(&url, format!("it has more than {MAX_PAGES} pages")))
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
                    format!("`{named}` is a user, who may have several playlists"),
                    format!("find them with `--search {named}`, and give one of them"),
                ),
                None => self.service.refused(
                    format!("`{named}` is not a playlist"),
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

    /// By text in their title; `user:NAME` finds the playlists of that user.
    async fn search(&self, words: &str) -> Result<Vec<Playlist>, CollectError> {
        let words = words.trim();
        if let Some(user) = words.strip_prefix("user:") {
            return self.playlists_of(user.trim()).await;
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
            return Err(self
                .service
                .refused("no token is set, so the user is unknown", TOKEN));
        }
        let url = self.service.url(&["1", "validate-token"], &[]);
        let answer: Value = self.service.json(&url).await?;
        let Some(user) = service::text(&answer["user_name"]) else {
            return Err(self.service.refused("the token is not valid", TOKEN));
        };
        let lists = self.playlists_of(&user).await?.into_iter();
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

/// The MBIDs in `identifier`, which is an array of links, or one link in older files.
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
    // According to JSPF an extension is an array.
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
            "the playlist is not visible to the user of this token (403)",
            "ask its owner to make it public, or use the owner's token",
        ),
        404 => ServiceError::new(
            "no such playlist or user (404); it may be deleted, or be private to another user",
            "check the link, or ask the owner to make the playlist public",
        ),
        _ => ServiceError::other(answer),
    }
}
