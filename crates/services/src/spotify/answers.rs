//! The types of Spotify's responses before and since February 2026. Fields that do not identify a track are optional.
//!
//! Invariants: sends no request.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::NAME;
use crate::day_of;
use catalogue::{Playlist, PlaylistSnapshot, SnapshotEntry, Track};
use catalogue::{SkippedItem, names};

/// `GET /playlists/{id}`.
#[derive(Deserialize)]
pub(super) struct Header {
    name: Option<String>,
    description: Option<String>,
    owner: Option<Owner>,
    followers: Option<Followers>,
    /// Changes with every change of the playlist.
    pub snapshot_id: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Owner {
    pub id: Option<String>,
    display_name: Option<String>,
}

#[derive(Deserialize)]
struct Followers {
    total: Option<u64>,
}

impl Header {
    /// The requested fields, without the items.
    pub const FIELDS: &str = "name,description,owner(id,display_name),followers(total),snapshot_id";

    pub fn playlist(self, key: &str) -> Playlist {
        let owner = self.owner;
        Playlist {
            id: format!("{NAME}:{key}"),
            source: NAME.to_owned(),
            name: stated(self.name).unwrap_or_else(|| key.to_owned()),
            description: stated(self.description),
            owner: owner.and_then(|owner| stated(owner.display_name).or(stated(owner.id))),
            followers: self.followers.and_then(|followers| followers.total),
            ..Playlist::default()
        }
    }
}

/// A page of any type; an item can be null.
#[derive(Deserialize)]
#[serde(bound = "T: DeserializeOwned")]
pub(super) struct SpotifyPage<T> {
    pub items: Vec<Option<T>>,
    pub total: usize,
}

impl<T: DeserializeOwned> SpotifyPage<T> {
    /// The page in a response, which is a page or contains one: `{"tracks": {"items": […]}}`.
    pub fn find(mut answer: Value) -> Result<Self, String> {
        let inner = ["items", "tracks"].into_iter().find_map(|field| {
            let inside = answer.get_mut(field)?;
            inside.is_object().then(|| inside.take())
        });
        serde_json::from_value(inner.unwrap_or(answer)).map_err(|reason| reason.to_string())
    }
}

/// `GET /me`.
#[derive(Deserialize)]
pub(super) struct Me {
    pub id: String,
}

/// An item of `GET /me/playlists`, which includes playlists that the user only follows.
#[derive(Deserialize)]
pub(super) struct OwnList {
    pub id: String,
    pub owner: Owner,
    #[serde(default)]
    pub collaborative: bool,
}

/// An item of a playlist.
#[derive(Deserialize)]
pub(super) struct Item {
    added_at: Option<String>,
    is_local: Option<bool>,
    item: Option<Playable>,
    /// Before February 2026.
    track: Option<Playable>,
}

/// A track or an episode.
#[derive(Deserialize)]
struct Playable {
    #[serde(rename = "type")]
    kind: Option<String>,
    id: Option<String>,
    name: Option<String>,
    artists: Option<Vec<Option<Named>>>,
    album: Option<Named>,
    duration_ms: Option<f64>,
    external_ids: Option<ExternalIds>,
}

#[derive(Deserialize)]
struct Named {
    name: Option<String>,
}

#[derive(Deserialize)]
struct ExternalIds {
    isrc: Option<String>,
}

/// The playlist, and a record of each item that is not a track which others can find.
pub(super) fn snapshot(
    playlist: Playlist,
    items: Vec<Option<Item>>,
) -> (PlaylistSnapshot, Vec<SkippedItem>) {
    let mut skipped = Vec::new();
    let mut entries = Vec::new();
    for (index, item) in items.into_iter().enumerate() {
        match item.ok_or_else(nothing).and_then(Item::entry) {
            Ok(entry) => entries.push(entry),
            Err(reason) => skipped.push(SkippedItem {
                path: format!("item {} of {}", index + 1, playlist.name),
                reason,
            }),
        }
    }
    (PlaylistSnapshot { playlist, entries }, skipped)
}

impl Item {
    fn entry(self) -> Result<SnapshotEntry, String> {
        let playable = self.item.or(self.track).ok_or_else(nothing)?;
        let kind = playable.kind.as_deref().unwrap_or("track");
        let title = playable.name.as_deref().unwrap_or_default();
        if kind != "track" {
            return Err(format!("`{title}` is not a track but of type `{kind}`"));
        }
        if self.is_local == Some(true) || stated(playable.id.clone()).is_none() {
            return Err(format!(
                "`{title}` is a local file, of which Spotify knows only the name"
            ));
        }
        Ok(SnapshotEntry {
            track: playable.track(),
            added: self.added_at.as_deref().and_then(day),
            ..SnapshotEntry::default()
        })
    }
}

impl Playable {
    fn track(self) -> Track {
        let artists = self.artists.unwrap_or_default().into_iter().flatten();
        let isrc = self.external_ids.and_then(|ids| ids.isrc);
        Track {
            aliases: self
                .id
                .map(|id| format!("{NAME}:{id}"))
                .into_iter()
                .collect(),
            title: self.name.unwrap_or_default(),
            artists: artists.filter_map(|artist| stated(artist.name)).collect(),
            album: self.album.and_then(|album| stated(album.name)),
            isrc: isrc.as_deref().and_then(names::isrc),
            duration_seconds: self.duration_ms.map(|milliseconds| milliseconds / 1000.0),
            ..Track::default()
        }
    }
}

fn nothing() -> String {
    "Spotify shows nothing at this position".to_owned()
}

/// The day in UTC; `None` for 1970, the date of items from before Spotify stored dates.
fn day(text: &str) -> Option<Date> {
    let moment: Timestamp = text.parse().ok()?;
    (moment > Timestamp::UNIX_EPOCH).then(|| day_of(moment))
}

fn stated(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}
