//! Jamendo: playlists of freely licensed music by id or link, and the audio if its artist allows downloads.
//!
//! Each entry states its own Creative Commons licence, which decides whether it may be used for training. A track whose
//! artist does not allow downloads is not [`Jamendo::offered`].

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use url::Url;

use super::http::{HttpResponse, HttpSettings, RetryDecision, ServicePolicy, by_status};
use super::secrets::Secrets;
use super::service::{self, Auth, MAX_PAGES, Service, ServiceApi, ServiceError, Unread};
use super::{CollectError, Source};
use catalogue::SkippedItem;
use catalogue::{Licence, Playlist, PlaylistSnapshot, Provenance, SnapshotEntry, Track};

const NAME: &str = "jamendo";
const API: ServiceApi = ServiceApi {
    policy: ServicePolicy {
        source_name: NAME,
        // Jamendo publishes no number for a second; the free plan has 35,000 for a month.
        requests: 10,
        per: Duration::from_secs(1),
        decision,
    },
    address: "https://api.jamendo.com/",
    error: refusal,
};
const SECRET: &str = "JAMENDO_CLIENT_ID";
const HOW: &str = "register an app at devportal.jamendo.com and take its client id";
/// Rows of a page, the most that Jamendo sends.
const PAGE: usize = 200;
/// Includes singles; the default is tracks of albums.
const ALL_TRACKS: &str = "single albumtrack";
/// The field of a track that states whether its artist allows downloads.
const ALLOWED: &str = "audiodownload_allowed";
/// The licence of a track without one. An empty text would mean that training is allowed.
const UNSTATED: &str = "none stated by Jamendo";

/// Jamendo's API, version 3.0.
pub struct Jamendo {
    service: Service,
}

impl Jamendo {
    /// Connects to the service; offline, reads the cache only.
    ///
    /// # Errors
    /// [`CollectError::Refused`] if the client id is not set, [`CollectError::Disk`] if the cache cannot be created.
    pub fn new(settings: HttpSettings, secrets: &Secrets) -> Result<Self, CollectError> {
        let client_id = service::key(&settings, secrets, NAME, SECRET, HOW)?;
        let auth = client_id.map_or(Auth::None, |id| Auth::Query("client_id", id));
        let service = Service::connect(&API, settings, auth)?;
        Ok(Self { service })
    }

    /// The number of a track that Jamendo offers for download. `None` if it is not from Jamendo, the artist does not allow
    /// downloads, or the licence is unknown; every Creative Commons licence allows a copy. Whether the recording may be
    /// used for training is decided by its provenance later.
    #[must_use]
    pub fn offered<'a>(track: &'a Track, provenance: &[&Provenance]) -> Option<&'a str> {
        let allowed = track
            .notes
            .get(ALLOWED)
            .is_some_and(|allowed| allowed == "true");
        let may_keep = |row: &&Provenance| {
            let licence = Licence::parse(&row.licence);
            row.source == NAME && !matches!(licence, Licence::Unstated | Licence::Unknown)
        };
        let licensed = provenance.iter().any(may_keep);
        let mut ids = track.aliases.iter().chain([&track.id]);
        let number = ids.find_map(|id| id.strip_prefix("jamendo:"))?;
        let is_number = !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit());
        (is_number && allowed && licensed).then_some(number)
    }

    /// Downloads the track of this number as MP3 into the file `to`; it may have at most `max_bytes`.
    ///
    /// # Errors
    /// As [`Source::playlist`].
    pub async fn download(
        &self,
        number: &str,
        to: &Path,
        max_bytes: u64,
    ) -> Result<(), CollectError> {
        let query = [
            ("id", number),
            ("action", "download"),
            ("audioformat", "mp32"),
        ];
        let url = self.service.url(&["v3.0", "tracks", "file", ""], &query);
        let get = self.service.get(&url);
        self.service.client().download(&get, to, max_bytes).await
    }

    /// The `results` of a response.
    async fn results(&self, url: &Url) -> Result<Vec<Value>, CollectError> {
        let mut answer: Value = self.service.json(url).await?;
        self.service.items(url, &mut answer, "/results")
    }

    /// The header of a playlist, and its tracks of all pages.
    async fn pages(&self, id: &str) -> Result<(Playlist, Vec<Value>), CollectError> {
        let mut header = None;
        let mut tracks: Vec<Value> = Vec::new();
        for page in 0..MAX_PAGES {
            let url = self.page(id, page);
            let rows = match self.results(&url).await?.first_mut() {
                Some(list) => {
                    header.get_or_insert_with(|| about(list, id));
                    self.service.items(&url, list, "/tracks")?
                }
                // After the last page, or no such playlist.
                None => Vec::new(),
            };
            let is_last = rows.len() != PAGE;
            if !is_last && tracks.ends_with(&rows) {
                return Err(self
                    .service
                    .unexpected_response(&url, "every page is the same"));
            }
            tracks.extend(rows);
            if is_last {
                return Ok((header.ok_or_else(|| self.gone(id))?, tracks));
            }
        }
        let reason = format!("it has more than {MAX_PAGES} pages");
        Err(self.service.unexpected_response(&self.page(id, 0), reason))
    }

    fn gone(&self, id: &str) -> CollectError {
        self.service.refused(
            format!("playlist {id} does not exist or is empty"),
            "give the id or the link of a public playlist, `https://www.jamendo.com/playlist/ID/…`",
        )
    }

    fn page(&self, id: &str, page: usize) -> Url {
        let (limit, offset) = (PAGE.to_string(), (page * PAGE).to_string());
        let query = [
            ("format", "json"),
            ("id", id),
            ("track_type", ALL_TRACKS),
            ("limit", &limit),
            ("offset", &offset),
        ];
        self.service
            .url(&["v3.0", "playlists", "tracks", ""], &query)
    }

    /// The rows with licence and download permission of the tracks that lack one of them, by id.
    async fn rights(&self, tracks: &[Value]) -> Result<HashMap<String, Value>, CollectError> {
        let lacks = |track: &&Value| allowed(track).is_none() || licence(track).is_none();
        let ids: Vec<String> = tracks
            .iter()
            .filter(lacks)
            .filter_map(|track| service::text(&track["id"]))
            .collect();
        let mut rights = HashMap::new();
        for ids in ids.chunks(PAGE) {
            let (ids, limit) = (ids.join(" "), PAGE.to_string());
            let query = [
                ("format", "json"),
                ("id", &ids),
                ("include", "licenses"),
                ("type", ALL_TRACKS),
                ("limit", &limit),
            ];
            let url = self.service.url(&["v3.0", "tracks", ""], &query);
            let rows = self.results(&url).await?.into_iter();
            rights.extend(rows.filter_map(|row| Some((service::text(&row["id"])?, row))));
        }
        Ok(rights)
    }

    async fn collect(
        &self,
        id: &str,
    ) -> Result<(PlaylistSnapshot, Vec<SkippedItem>), CollectError> {
        let (playlist, tracks) = self.pages(id).await?;
        let rights = self.rights(&tracks).await?;
        let url = self.page(id, 0);
        self.service
            .snapshot(&url, playlist, tracks, |track| entry(track, &rights))
    }
}

impl Source for Jamendo {
    const NAME: &'static str = NAME;

    async fn playlist(
        &self,
        named: &str,
    ) -> Result<(PlaylistSnapshot, Vec<SkippedItem>), CollectError> {
        let Some(id) = playlist_id(named) else {
            return Err(self.service.refused(
                format!("`{}` is not a playlist", named.trim()),
                "give its id, or its link, `https://www.jamendo.com/playlist/ID/…`",
            ));
        };
        self.service.resumable(id, None, self.collect(id)).await
    }

    async fn search(&self, words: &str) -> Result<Vec<Playlist>, CollectError> {
        let query = [("format", "json"), ("namesearch", words), ("limit", "50")];
        let url = self.service.url(&["v3.0", "playlists", ""], &query);
        let lists = self.results(&url).await?;
        let id = |list: &Value| service::text(&list["id"]);
        Ok(lists
            .iter()
            .filter_map(|list| Some(about(list, &id(list)?)))
            .collect())
    }
}

/// The id in an id, in `jamendo:ID`, or in a link with or without a name after the id.
fn playlist_id(named: &str) -> Option<&str> {
    let named = named.trim();
    let id = match named.rsplit_once("/playlist/") {
        Some((_, rest)) => rest.split(['/', '?', '#']).next().unwrap_or_default(),
        None => named.strip_prefix("jamendo:").unwrap_or(named),
    };
    let digits = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    digits.then_some(id)
}

fn about(list: &Value, id: &str) -> Playlist {
    Playlist {
        id: format!("{NAME}:{id}"),
        source: NAME.to_owned(),
        name: service::text(&list["name"]).unwrap_or_else(|| id.to_owned()),
        owner: service::text(&list["user_name"]),
        ..Playlist::default()
    }
}

fn entry(row: &Value, rights: &HashMap<String, Value>) -> Result<SnapshotEntry, Unread> {
    let needed = |field: &str| {
        service::text(&row[field]).ok_or_else(|| Unread::Malformed(format!("it has no `{field}`")))
    };
    let (id, title) = (needed("id")?, needed("name")?);
    let more = rights.get(&id);
    let allowed = allowed(row).or_else(|| allowed(more?));
    let licence = licence(row).or_else(|| licence(more?));
    let track = Track {
        aliases: [format!("{NAME}:{id}")].into(),
        title,
        artists: service::text(&row["artist_name"]).into_iter().collect(),
        album: service::text(&row["album_name"]),
        duration_seconds: service::length(&row["duration"]),
        notes: allowed
            .map(|allowed| (ALLOWED.to_owned(), allowed.to_string()))
            .into_iter()
            .collect(),
        ..Track::default()
    };
    Ok(SnapshotEntry {
        track,
        licence: licence.unwrap_or_else(|| UNSTATED.to_owned()),
        ..SnapshotEntry::default()
    })
}

fn licence(row: &Value) -> Option<String> {
    service::text(&row["license_ccurl"])
}

fn allowed(row: &Value) -> Option<bool> {
    match &row[ALLOWED] {
        Value::Bool(allowed) => Some(*allowed),
        value => service::text(value).map(|text| text == "true" || text == "1"),
    }
}

/// Jamendo returns errors with HTTP 200 and a code in the headers of the document.
fn decision(answer: &HttpResponse) -> RetryDecision {
    match by_status(answer) {
        RetryDecision::Accept => match code(answer) {
            Some(0) => RetryDecision::Accept,
            Some(6) => RetryDecision::RetryAfter(None),
            _ => RetryDecision::Fail,
        },
        decision => decision,
    }
}

fn code(answer: &HttpResponse) -> Option<i64> {
    let body: Value = answer.json().ok()?;
    service::text(&body["headers"]["code"])?.parse().ok()
}

fn refusal(answer: &HttpResponse) -> Option<ServiceError> {
    const NEW_KEY: &str =
        "put the client id of your app, as devportal.jamendo.com shows it, into JAMENDO_CLIENT_ID";
    const REPORT: &str = "run the same command later, and report it if it stays";
    match (answer.status, code(answer)) {
        (200..=299, None | Some(0)) => None,
        (200..=299, Some(5)) => {
            ServiceError::new("the client id is not accepted (code 5)", NEW_KEY)
        }
        (200..=299, Some(6)) => ServiceError::new(
            "the app or this network sent too many requests (code 6); a free app has 35,000 requests a month",
            "run the same command later, it resumes",
        ),
        (200..=299, Some(10)) => ServiceError::new(
            "requests from this network are not allowed (code 10)",
            "try from another network, or ask Jamendo's support",
        ),
        (200..=299, Some(11)) => ServiceError::new(
            "the app is suspended (code 11)",
            "ask Jamendo's support why, or register another app at devportal.jamendo.com",
        ),
        (200..=299, Some(7)) => {
            ServiceError::new("the method does not exist any more (code 7)", REPORT)
        }
        (200..=299, Some(code @ (2 | 3 | 4 | 8 | 9))) => ServiceError::new(
            format!("the request is invalid for Jamendo (code {code})"),
            REPORT,
        ),
        (200..=299, Some(code)) => {
            ServiceError::new(format!("the request failed (code {code})"), REPORT)
        }
        (status @ (401 | 403), _) => {
            ServiceError::new(format!("the client id is not allowed ({status})"), NEW_KEY)
        }
        (404, _) => ServiceError::new(
            "it does not exist (404)",
            "check the id; the playlist may be deleted, or the artist may not allow downloads any more",
        ),
        _ => ServiceError::other(answer),
    }
}
