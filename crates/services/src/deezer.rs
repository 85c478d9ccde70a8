//! Deezer: public playlists, without a key. Input: the id or link of a playlist. Output: a [`PlaylistSnapshot`].
//!
//! The rows of a playlist have no ISRC, so each track is requested once and cached for a long time. Previews are not
//! stored: their address is signed and expires within hours. The terms give no licence to train on the responses.

mod answers;
#[cfg(test)]
mod tests;

use std::time::Duration;

use self::answers::{DeezerPage, DeezerRow, Failure, Found, Header};
use super::http::{
    GetRequest, HttpResponse, HttpSettings, Pages, RetryDecision, ServicePolicy, json_by_status,
};
use super::secrets::Secrets;
use super::service::{Auth, Service, ServiceApi, ServiceError};
use super::{CollectError, Source};
use catalogue::SkippedItem;
use catalogue::{Playlist, PlaylistSnapshot, SnapshotEntry};

const NAME: &str = "deezer";
const API: ServiceApi = ServiceApi {
    policy: ServicePolicy {
        source_name: NAME,
        requests: 50,
        per: Duration::from_secs(5),
        decision,
    },
    address: "https://api.deezer.com/",
    error: refusal,
};
/// Rows of a page; the service's default is 25.
const PAGE: usize = 100;
/// How long a cached track is used without a request; its ISRC rarely changes.
const MAX_TRACK_AGE: Duration = Duration::from_secs(90 * 24 * 3600);

/// Deezer's public API.
pub struct Deezer {
    service: Service,
}

impl Deezer {
    /// Connects to the service, which needs no secret; offline, reads the cache only.
    ///
    /// # Errors
    /// [`CollectError::Disk`] if the cache cannot be created.
    pub fn new(settings: HttpSettings, _secrets: &Secrets) -> Result<Self, CollectError> {
        let service = Service::connect(&API, settings, Auth::None)?;
        Ok(Self { service })
    }

    /// All rows of the playlist, page by page.
    async fn rows(&self, key: &str) -> Result<Vec<Option<DeezerRow>>, CollectError> {
        let query = [("index", "0"), ("limit", &PAGE.to_string())];
        let mut url = self.service.url(&["playlist", key, "tracks"], &query);
        let mut pages = Pages::from(NAME, url.clone());
        let mut rows = Vec::new();
        let mut checksum = None;
        loop {
            let page: DeezerPage = self.service.json(&url).await?;
            // Rows that moved between two pages would occur twice, or not at all.
            if page.checksum.is_some() && checksum.is_some() && page.checksum != checksum {
                return Err(self
                    .service
                    .unexpected_response(&url, "the playlist changed while it was read"));
            }
            checksum = page.checksum.or(checksum);
            rows.extend(page.data);
            match pages.after(page.next.as_deref())? {
                Some(next) => url = next,
                None => return Ok(rows),
            }
        }
    }

    /// The track, which has more fields than the row; `None` if it was deleted or is not public.
    async fn track(&self, id: i64) -> Result<Option<DeezerRow>, CollectError> {
        let url = self.service.url(&["track", &id.to_string()], &[]);
        match self.service.json_within(&url, MAX_TRACK_AGE).await {
            Err(CollectError::Refused { .. }) => Ok(None),
            track => track.map(Some),
        }
    }

    async fn entry(
        &self,
        row: Option<DeezerRow>,
    ) -> Result<Result<SnapshotEntry, &'static str>, CollectError> {
        let row = match row
            .ok_or("the service shows nothing at this position")
            .and_then(DeezerRow::usable)
        {
            Ok(row) => row,
            Err(reason) => return Ok(Err(reason)),
        };
        let track = match (row.isrc(), row.id) {
            (None, Some(id)) => self.track(id).await?,
            _ => None,
        };
        Ok(Ok(row.entry(track)))
    }
}

impl Source for Deezer {
    const NAME: &'static str = NAME;

    async fn playlist(
        &self,
        named: &str,
    ) -> Result<(PlaylistSnapshot, Vec<SkippedItem>), CollectError> {
        let key = &key(named)?;
        let url = self.service.url(&["playlist", key], &[]);
        let header: Header = self.service.json(&url).await?;
        let mut playlist = header.playlist();
        // Offline, the day of the cached response.
        playlist.last_seen = self.service.client().day_of(&GetRequest::from(url));
        self.service.client().begin(key, &header.version())?;
        let mut entries = Vec::new();
        let mut skipped = Vec::new();
        let rows = self.rows(key).await?;
        for (index, row) in rows.into_iter().enumerate() {
            match self.entry(row).await? {
                Ok(entry) => entries.push(entry),
                Err(reason) => skipped.push(SkippedItem {
                    path: format!("item {} of {}", index + 1, playlist.name),
                    reason: reason.to_owned(),
                }),
            }
        }
        self.service.client().finish(key)?;
        Ok((PlaylistSnapshot { playlist, entries }, skipped))
    }

    async fn search(&self, words: &str) -> Result<Vec<Playlist>, CollectError> {
        let url = self.service.url(&["search", "playlist"], &[("q", words)]);
        let found: Found = self.service.json(&url).await?;
        Ok(found.data.into_iter().flatten().map(Header::into).collect())
    }
}

/// A bare id, the catalogue's `deezer:ID`, or a link, `https://www.deezer.com/de/playlist/ID?utm_…`.
fn key(named: &str) -> Result<String, CollectError> {
    let named = named.trim();
    let path = named.split(['?', '#']).next().unwrap_or(named);
    let marked = ["playlist/", "deezer:"].into_iter();
    let bare = marked
        .filter_map(|mark| path.rsplit_once(mark))
        .map(|(_, key)| key)
        .next();
    let bare = bare.unwrap_or(path).trim_end_matches('/');
    match bare.parse::<u64>() {
        Ok(id) => Ok(id.to_string()),
        Err(_) => Err(refused(
            format!("`{named}` is not a playlist"),
            "open it in a browser and give its address, `https://www.deezer.com/playlist/…`, or the number in it",
        )),
    }
}

/// Deezer returns errors with HTTP 200.
fn decision(answer: &HttpResponse) -> RetryDecision {
    match Failure::from_response(answer) {
        Some(failure) if failure.is_temporary() => RetryDecision::RetryAfter(None),
        Some(_) => RetryDecision::Fail,
        None => json_by_status(answer),
    }
}

fn refusal(answer: &HttpResponse) -> Option<ServiceError> {
    const REPORT: &str = "run the same command later, and report it if it stays";
    match (answer.status, Failure::from_response(answer)) {
        (404, _) | (_, Some(Failure { code: 800, .. })) => ServiceError::new(
            "the playlist or track does not exist",
            "check the link in a browser without a login",
        ),
        (401 | 403, _)
        | (
            _,
            Some(Failure {
                code: 200 | 300, ..
            }),
        ) => ServiceError::new(
            "the playlist or track is not public",
            "ask its owner to make it public",
        ),
        (_, Some(Failure { code, message })) => ServiceError::new(
            format!("the request was not accepted ({message}, code {code})"),
            REPORT,
        ),
        (200..=299, None) => None,
        (status, None) => ServiceError::new(
            format!("the request was not accepted (HTTP {status})"),
            REPORT,
        ),
    }
}

fn refused(what: String, next: &str) -> CollectError {
    CollectError::refused(NAME, what, next)
}
