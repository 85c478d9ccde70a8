//! The types of Chartmetric's responses. Fields that do not identify a track are optional.
//!
//! Invariants: sends no request.

use jiff::civil::Date;
use serde::Deserialize;
use serde_json::Value;

use super::{NAME, PLATFORMS};
use catalogue::{Playlist, PlaylistSnapshot, SnapshotEntry, Track};
use catalogue::{SkippedItem, names};

/// The rows of a response, which are in `obj`, in `obj.data` or in `data`.
pub(super) fn rows(mut answer: Value) -> Result<Vec<Value>, String> {
    let places = ["/obj", "/obj/data", "/data"];
    let place = places
        .into_iter()
        .find(|place| answer.pointer(place).is_some_and(Value::is_array));
    match place
        .and_then(|place| answer.pointer_mut(place))
        .map(Value::take)
    {
        Some(Value::Array(rows)) => Ok(rows),
        // Taken as empty, it would mean that all tracks were removed.
        _ => Err("no array in `obj`, `obj.data` or `data`".to_owned()),
    }
}

/// `GET /playlist/{platform}/{id}`.
#[derive(Deserialize)]
pub(super) struct Header {
    name: Option<String>,
    description: Option<String>,
    owner_name: Option<String>,
    followers: Option<u64>,
    code2: Option<String>,
}

impl Header {
    pub fn find(mut answer: Value) -> Result<Self, String> {
        let object = match answer.get_mut("obj") {
            Some(object) if object.is_object() => object.take(),
            _ => return Err("`obj` is missing".to_owned()),
        };
        serde_json::from_value(object).map_err(|reason| reason.to_string())
    }

    pub fn playlist(self, name: &str) -> Playlist {
        Playlist {
            id: format!("{NAME}:{name}"),
            source: NAME.to_owned(),
            name: stated(self.name).unwrap_or_else(|| name.to_owned()),
            description: stated(self.description),
            owner: stated(self.owner_name),
            followers: self.followers,
            market: stated(self.code2),
            ..Playlist::default()
        }
    }
}

/// A playlist that a search found.
pub(super) struct Found {
    platform: String,
    number: String,
    header: Header,
}

impl Found {
    /// Reads `obj.playlists`: an array whose rows name their platform, or an array for each platform.
    pub fn find(mut answer: Value) -> Result<Vec<Self>, String> {
        let playlists = answer.pointer_mut("/obj/playlists").map(Value::take);
        let rows: Vec<(String, Value)> = match playlists {
            Some(Value::Array(rows)) => rows
                .into_iter()
                .map(|row| (row["platform"].as_str().unwrap_or_default().to_owned(), row))
                .collect(),
            Some(Value::Object(platforms)) => platforms
                .into_iter()
                .flat_map(|(platform, mut rows)| {
                    let rows = rows.as_array_mut().map(std::mem::take).unwrap_or_default();
                    rows.into_iter().map(move |row| (platform.clone(), row))
                })
                .collect(),
            _ => return Err("no array in `obj.playlists`".to_owned()),
        };
        let rows = rows.into_iter().filter(|(_, row)| row.is_object());
        rows.map(|(platform, row)| {
            Ok(Self {
                platform,
                number: number(&row["id"]).unwrap_or_default(),
                header: serde_json::from_value(row).map_err(|reason| reason.to_string())?,
            })
        })
        .collect()
    }

    /// `None` if it cannot be requested.
    pub fn playlist(self) -> Option<Playlist> {
        let known = PLATFORMS.contains(&self.platform.as_str()) && !self.number.is_empty();
        let name = format!("{}/{}", self.platform, self.number);
        known.then(|| self.header.playlist(&name))
    }
}

fn number(value: &Value) -> Option<String> {
    let number = value.as_u64().map(|number| number.to_string());
    number.or_else(|| value.as_str().map(str::to_owned))
}

/// One placement of a track on a playlist.
#[derive(Deserialize)]
pub(super) struct PlacementRow {
    name: Option<String>,
    isrc: Option<String>,
    added_at: Option<String>,
    removed_at: Option<String>,
    cm_track: Option<Value>,
    artist_names: Option<Vec<Option<String>>>,
    album_names: Option<Vec<Option<String>>>,
    spotify_track_ids: Option<Vec<Option<String>>>,
}

impl PlacementRow {
    fn entry(self) -> Option<SnapshotEntry> {
        let title = stated(self.name)?;
        let spotify = all_stated(self.spotify_track_ids).map(|id| format!("spotify:{id}"));
        let own = self.cm_track.as_ref().and_then(number);
        let own = own.map(|id| format!("{NAME}:{id}"));
        let track = Track {
            aliases: spotify.chain(own).collect(),
            title,
            artists: all_stated(self.artist_names).collect(),
            album: all_stated(self.album_names).next(),
            isrc: self.isrc.as_deref().and_then(names::isrc),
            ..Track::default()
        };
        Some(SnapshotEntry {
            track,
            added: self.added_at.as_deref().and_then(day),
            removed: self.removed_at.as_deref().and_then(day),
            licence: String::new(),
        })
    }
}

/// The playlist with its current and past tracks, and a record of each row without a track.
pub(super) fn snapshot(
    playlist: Playlist,
    current: Vec<Option<PlacementRow>>,
    past: Vec<Option<PlacementRow>>,
) -> (PlaylistSnapshot, Vec<SkippedItem>) {
    let mut entries = Vec::new();
    let mut skipped = Vec::new();
    for (part, is_past, rows) in [("current", false, current), ("past", true, past)] {
        for (index, row) in rows.into_iter().enumerate() {
            let reason = match row.and_then(PlacementRow::entry) {
                None => "Chartmetric names no track".to_owned(),
                Some(entry) if is_past && entry.removed.is_none() => {
                    format!(
                        "Chartmetric does not state when `{}` was removed",
                        entry.track.title
                    )
                }
                Some(entry) => {
                    entries.push(entry);
                    continue;
                }
            };
            let path = format!(
                "row {} of the {part} tracks of {}",
                index + 1,
                playlist.name
            );
            skipped.push(SkippedItem { path, reason });
        }
    }
    (PlaylistSnapshot { playlist, entries }, skipped)
}

/// `2026-10-02T00:00:00.000Z` or `2026-10-02`.
fn day(text: &str) -> Option<Date> {
    text.get(..10)?.parse().ok()
}

fn all_stated(texts: Option<Vec<Option<String>>>) -> impl Iterator<Item = String> {
    texts.unwrap_or_default().into_iter().filter_map(stated)
}

fn stated(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}
