//! Apple Music: editorial playlists of every storefront, with ISRC, by id or link. Its terms do not allow training on the
//! responses; the playlists are for study, and to follow the user's own songs.
//!
//! Invariants: downloads no previews, which may only promote their song.

#[cfg(test)]
mod tests;

use std::time::Duration;

use serde_json::Value;
use url::Url;

use super::http::{HttpResponse, HttpSettings, Pages, ServicePolicy, json_by_status};
use super::secrets::Secrets;
use super::service::{self, Auth, Service, ServiceApi, ServiceError, Unread};
use super::{CollectError, Source};
use catalogue::{Playlist, PlaylistSnapshot, SnapshotEntry, Track};
use catalogue::{SkippedItem, names};

const NAME: &str = "apple-music";
const API: ServiceApi = ServiceApi {
    policy: ServicePolicy {
        source_name: NAME,
        // Apple publishes no number.
        requests: 10,
        per: Duration::from_secs(1),
        decision: json_by_status,
    },
    address: "https://api.music.apple.com/",
    error: refusal,
};
const SECRET: &str = "APPLE_MUSIC_TOKEN";
const HOW: &str = "create a developer token with the MusicKit key of your Apple Developer account";
/// The storefront of a playlist whose link has none.
const STOREFRONT: &str = "us";

/// The Apple Music API, version 1.
pub struct AppleMusic {
    service: Service,
}

impl AppleMusic {
    /// Connects to the service; offline, reads the cache only.
    ///
    /// # Errors
    /// [`CollectError::Refused`] if the developer token is not set, [`CollectError::Disk`] if the cache cannot be created.
    pub fn new(settings: HttpSettings, secrets: &Secrets) -> Result<Self, CollectError> {
        let token = service::key(&settings, secrets, NAME, SECRET, HOW)?;
        let auth = Auth::authorization("Bearer", token.as_ref());
        let service = Service::connect(&API, settings, auth)?;
        Ok(Self { service })
    }

    /// All tracks of a playlist; the first page is part of its header.
    async fn tracks(&self, first: &Url, mut page: Value) -> Result<Vec<Value>, CollectError> {
        let mut pages = Pages::from(NAME, first.clone());
        let mut url = first.clone();
        let mut tracks = Vec::new();
        loop {
            tracks.extend(self.service.items(&url, &mut page, "/data")?);
            match pages.after(page["next"].as_str())? {
                Some(next) => url = next,
                None => return Ok(tracks),
            }
            page = self.service.json(&url).await?;
        }
    }
}

impl Source for AppleMusic {
    const NAME: &'static str = NAME;

    async fn playlist(
        &self,
        named: &str,
    ) -> Result<(PlaylistSnapshot, Vec<SkippedItem>), CollectError> {
        let Some((storefront, id)) = playlist_id(named) else {
            return Err(self.service.refused(
                format!("`{}` is not a playlist of the catalogue", named.trim()),
                "give its link, `https://music.apple.com/us/playlist/NAME/pl.…`, or its id, which starts with `pl.`",
            ));
        };
        let path = ["v1", "catalog", &storefront, "playlists", id, "tracks"];
        let url = self.service.url(&path[..5], &[]);
        let answer: Value = self.service.json(&url).await?;
        let list = &answer["data"][0];
        let playlist = about(list, &storefront)
            .ok_or_else(|| self.service.unexpected_response(&url, "it has no playlist"))?;
        let page = list["relationships"]["tracks"].clone();
        let version = service::text(&list["attributes"]["lastModifiedDate"]);
        let first = self.service.url(&path, &[]);
        let tracks = self.tracks(&first, page);
        let tracks = self
            .service
            .resumable(&format!("{storefront}/{id}"), version, tracks)
            .await?;
        self.service.snapshot(&url, playlist, tracks, entry)
    }

    async fn search(&self, words: &str) -> Result<Vec<Playlist>, CollectError> {
        let query = [("types", "playlists"), ("limit", "25"), ("term", words)];
        let url = self
            .service
            .url(&["v1", "catalog", STOREFRONT, "search"], &query);
        let mut answer: Value = self.service.json(&url).await?;
        // If nothing is found, the key of the requested type is missing.
        if answer["results"].is_object() && answer["results"]["playlists"].is_null() {
            return Ok(Vec::new());
        }
        let lists = self
            .service
            .items(&url, &mut answer, "/results/playlists/data")?;
        Ok(lists
            .iter()
            .filter_map(|list| about(list, STOREFRONT))
            .collect())
    }
}

/// Storefront and id of `pl.…`, of `us/pl.…` with or without the prefix `apple-music:`, and of a link.
fn playlist_id(named: &str) -> Option<(String, &str)> {
    let named = named.trim();
    let path = named.strip_prefix("apple-music:").unwrap_or(named);
    let path = path
        .split(['?', '#'])
        .next()
        .unwrap_or(path)
        .trim_end_matches('/');
    let (before, id) = path.rsplit_once('/').unwrap_or(("", path));
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    if !id
        .strip_prefix("pl.")
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(plain))
    {
        return None;
    }
    let before = before.split("/playlist").next().unwrap_or(before);
    let storefront = before.rsplit('/').next().unwrap_or(before);
    let is_country =
        storefront.len() == 2 && storefront.bytes().all(|byte| byte.is_ascii_alphabetic());
    let storefront = if is_country { storefront } else { STOREFRONT };
    Some((storefront.to_ascii_lowercase(), id))
}

fn about(list: &Value, storefront: &str) -> Option<Playlist> {
    let id = service::text(&list["id"])?;
    let attributes = &list["attributes"];
    let description = &attributes["description"];
    Some(Playlist {
        name: service::text(&attributes["name"]).unwrap_or_else(|| id.clone()),
        id: format!("{NAME}:{storefront}/{id}"),
        source: NAME.to_owned(),
        description: service::text(&description["standard"])
            .or_else(|| service::text(&description["short"])),
        owner: service::text(&attributes["curatorName"]),
        market: Some(storefront.to_owned()),
        ..Playlist::default()
    })
}

fn entry(item: &Value) -> Result<SnapshotEntry, Unread> {
    let song = &item["attributes"];
    let title = service::text(&song["name"]);
    if item["type"] == "music-videos" {
        let title = title.unwrap_or_default();
        return Err(Unread::NoTrack(format!("`{title}` is a music video")));
    }
    let lacks = |what: &str| Unread::Malformed(format!("it has no `{what}`"));
    let id = service::text(&item["id"]).ok_or_else(|| lacks("id"))?;
    let artists = service::text(&song["artistName"]).unwrap_or_default();
    let track = Track {
        aliases: [format!("{NAME}:{id}")].into(),
        title: title.ok_or_else(|| lacks("attributes.name"))?,
        artists: names::artists(&artists),
        album: service::text(&song["albumName"]),
        isrc: service::text(&song["isrc"]).and_then(|isrc| names::isrc(&isrc)),
        duration_seconds: service::length(&song["durationInMillis"])
            .map(|milliseconds| milliseconds / 1000.0),
        ..Track::default()
    };
    Ok(SnapshotEntry {
        track,
        ..SnapshotEntry::default()
    })
}

fn refusal(answer: &HttpResponse) -> Option<ServiceError> {
    match answer.status {
        401 => ServiceError::new(
            "the developer token is wrong or has expired (401); such tokens are valid for at most six months",
            "create a new one with the MusicKit key of your Apple Developer account and put it into APPLE_MUSIC_TOKEN",
        ),
        403 => ServiceError::new(
            "the developer token is not allowed (403); its key may be revoked, or lack the MusicKit service",
            "check the key in your Apple Developer account, and create a new token with it",
        ),
        404 => ServiceError::new(
            "this storefront has no such playlist (404); it may be deleted, or belong to another country",
            "open its link in a browser and give the link from there, with its country",
        ),
        _ => ServiceError::other(answer),
    }
}
