//! The types of Deezer's responses. Fields that identify a track are required, all others optional: an invalid row must end
//! the collection, because taken as absent it would mean that the track was removed.
//!
//! Invariants: sends no request.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::Value;

use super::NAME;
use crate::day_of;
use crate::http::HttpResponse;
use catalogue::names;
use catalogue::{Playlist, SnapshotEntry, Track};

/// `GET /playlist/{id}`, and a row of `GET /search/playlist`, which calls the owner `user`.
#[derive(Deserialize)]
pub(super) struct Header {
    id: u64,
    title: String,
    description: Option<String>,
    fans: Option<u64>,
    nb_tracks: Option<u64>,
    /// Changes with every change of the playlist.
    checksum: Option<String>,
    creator: Option<Named>,
    user: Option<Named>,
}

impl Header {
    pub fn version(&self) -> String {
        let count = || self.nb_tracks.unwrap_or_default().to_string();
        self.checksum.clone().unwrap_or_else(count)
    }

    pub fn playlist(&self) -> Playlist {
        let owner = self.creator.as_ref().or(self.user.as_ref());
        Playlist {
            id: format!("{NAME}:{}", self.id),
            source: NAME.to_owned(),
            name: self.title.clone(),
            description: self.description.clone().filter(|text| !text.is_empty()),
            owner: owner.and_then(|owner| owner.name.clone()),
            followers: self.fans,
            ..Playlist::default()
        }
    }
}

impl From<Header> for Playlist {
    fn from(header: Header) -> Playlist {
        header.playlist()
    }
}

/// The playlists that a search found.
#[derive(Deserialize)]
pub(super) struct Found {
    pub data: Vec<Option<Header>>,
}

/// `GET /playlist/{id}/tracks`.
#[derive(Deserialize)]
pub(super) struct DeezerPage {
    pub data: Vec<Option<DeezerRow>>,
    pub next: Option<String>,
    pub checksum: Option<String>,
}

/// A row of a playlist, and `GET /track/{id}`.
#[derive(Deserialize)]
pub(super) struct DeezerRow {
    pub id: Option<i64>,
    title: Option<String>,
    isrc: Option<String>,
    /// Seconds.
    duration: Option<f64>,
    /// When it was added to the playlist, in seconds since 1970.
    time_add: Option<i64>,
    artist: Option<Named>,
    contributors: Option<Vec<Named>>,
    album: Option<Album>,
}

#[derive(Deserialize)]
struct Named {
    name: Option<String>,
}

#[derive(Deserialize)]
struct Album {
    title: Option<String>,
}

impl DeezerRow {
    /// The row, unless it is not a track that others can find.
    pub fn usable(self) -> Result<DeezerRow, &'static str> {
        match self.id {
            None | Some(0) => Err("it has no id"),
            Some(..0) => Err("it is a file that a user uploaded, not a track of Deezer"),
            Some(_) if self.title.is_none() => Err("it has no title"),
            Some(_) => Ok(self),
        }
    }

    pub fn isrc(&self) -> Option<String> {
        self.isrc.as_deref().and_then(names::isrc)
    }

    /// The placement, with the fields of the track if it was requested.
    pub fn entry(self, track: Option<DeezerRow>) -> SnapshotEntry {
        let added = self.added();
        let isrc = self.isrc();
        let details = track.as_ref().unwrap_or(&self);
        let track = Track {
            aliases: self.id.iter().map(|id| format!("{NAME}:{id}")).collect(),
            artists: details.artists(),
            isrc: isrc.or_else(|| details.isrc()),
            title: self.title.unwrap_or_default(),
            album: self.album.and_then(|album| album.title),
            duration_seconds: self.duration.filter(|&seconds| seconds > 0.0),
            ..Track::default()
        };
        SnapshotEntry {
            track,
            added,
            ..SnapshotEntry::default()
        }
    }

    /// All contributors if the service states them, else the main artist.
    fn artists(&self) -> Vec<String> {
        let contributors = self.contributors.iter().flatten();
        let all: Vec<String> = contributors
            .filter_map(|named| named.name.clone())
            .collect();
        if all.is_empty() {
            self.artist
                .iter()
                .filter_map(|named| named.name.clone())
                .collect()
        } else {
            all
        }
    }

    fn added(&self) -> Option<Date> {
        let second = self.time_add.filter(|&second| second > 0)?;
        let moment = Timestamp::from_second(second).ok()?;
        Some(day_of(moment))
    }
}

/// `{"error": {"type": …, "message": …, "code": …}}`.
pub(super) struct Failure {
    pub code: i64,
    pub message: String,
}

impl Failure {
    pub fn from_response(answer: &HttpResponse) -> Option<Failure> {
        #[derive(Deserialize)]
        struct Body {
            error: Option<Value>,
        }
        let error = answer.json::<Body>().ok()?.error.filter(Value::is_object)?;
        let message = error["message"].as_str().unwrap_or("no reason given");
        Some(Failure {
            code: error["code"].as_i64().unwrap_or_default(),
            message: message.chars().take(200).collect(),
        })
    }

    /// A used quota or a busy service, which a later request may not meet.
    pub fn is_temporary(&self) -> bool {
        matches!(self.code, 4 | 700)
    }
}
