//! The shapes of Deezer's answers. What a track cannot be known without is required, and all else optional: a row that is
//! not understood must end the list, because taken for absent it would say that the track left.
//!
//! Must not: ask for anything.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::Value;

use super::NAME;
use crate::day_of;
use crate::http::HttpResponse;
use catalogue::names;
use catalogue::{Playlist, SnapshotEntry, Track};

/// `GET /playlist/{id}`, and a row of `GET /search/playlist`, where the owner is called `user`.
#[derive(Deserialize)]
pub(super) struct Header {
    id: u64,
    title: String,
    description: Option<String>,
    fans: Option<u64>,
    nb_tracks: Option<u64>,
    /// Changes with every change of the list.
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

/// What a search found.
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

/// A row of a list, and `GET /track/{id}`.
#[derive(Deserialize)]
pub(super) struct DeezerRow {
    pub id: Option<i64>,
    title: Option<String>,
    isrc: Option<String>,
    /// Seconds.
    duration: Option<f64>,
    /// When it came onto the list, in seconds since 1970.
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
    /// The row, unless it names nothing that others could find.
    pub fn usable(self) -> Result<DeezerRow, &'static str> {
        match self.id {
            None | Some(0) => Err("it has no id"),
            Some(..0) => Err("it is a file that somebody uploaded, not a track of Deezer's"),
            Some(_) if self.title.is_none() => Err("it has no title"),
            Some(_) => Ok(self),
        }
    }

    pub fn isrc(&self) -> Option<String> {
        self.isrc.as_deref().and_then(names::isrc)
    }

    /// The stay on the list, with what the track itself says where it was asked.
    pub fn entry(self, facts: Option<DeezerRow>) -> SnapshotEntry {
        let added = self.added();
        let isrc = self.isrc();
        let said = facts.as_ref().unwrap_or(&self);
        let track = Track {
            aliases: self.id.iter().map(|id| format!("{NAME}:{id}")).collect(),
            artists: said.artists(),
            isrc: isrc.or_else(|| said.isrc()),
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

    /// All who play where the service says so, else the one that it lists first.
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

    /// The quota, and a service that is busy.
    pub fn passes(&self) -> bool {
        matches!(self.code, 4 | 700)
    }
}
