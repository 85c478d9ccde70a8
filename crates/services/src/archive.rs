//! The Spotify playlist archive on GitHub: public, without a key. Input: the Spotify key or link of a playlist, or a file of
//! a local clone. Output: a [`PlaylistSnapshot`] with all placements.
//!
//! Reads only the cumulative files: the JSON, or the Markdown of an old playlist without JSON. The content belongs to
//! Spotify, whose terms do not allow training on it.

#[cfg(test)]
mod tests;

use std::path::Path;
use std::time::Duration;

use url::Url;

use super::http::{HttpResponse, HttpSettings, ServicePolicy, by_status};
use super::secrets::Secrets;
use super::service::{Auth, Service, ServiceApi, ServiceError};
use super::{CollectError, Source};
use catalogue::SkippedItem;
use catalogue::{Playlist, PlaylistSnapshot};
use formats::archive;

const NAME: &str = archive::SOURCE;
const API: ServiceApi = ServiceApi {
    policy: ServicePolicy {
        source_name: NAME,
        requests: 2,
        per: Duration::from_secs(1),
        decision: by_status,
    },
    address: "https://raw.githubusercontent.com/",
    error: refusal,
};
const FOLDER: [&str; 5] = [
    "mackorone",
    "spotify-playlist-archive",
    "main",
    "playlists",
    "cumulative",
];

/// The archive's files.
pub struct Archive {
    service: Service,
}

impl Archive {
    /// Connects to the archive, which needs no secret; offline, reads the cache only.
    ///
    /// # Errors
    /// [`CollectError::Disk`] if the cache cannot be created.
    pub fn new(settings: HttpSettings, _secrets: &Secrets) -> Result<Self, CollectError> {
        let service = Service::connect(&API, settings, Auth::None)?;
        Ok(Self { service })
    }

    /// The content of a file; `None` if the archive does not have it.
    async fn file(&self, url: &Url) -> Result<Option<Vec<u8>>, CollectError> {
        let answer = self.service.client().get(&self.service.get(url)).await?;
        match answer.status {
            404 | 410 => Ok(None),
            _ => self
                .service
                .accepted(answer)
                .map(|answer| Some(answer.body)),
        }
    }
}

impl Source for Archive {
    const NAME: &'static str = NAME;

    async fn playlist(
        &self,
        named: &str,
    ) -> Result<(PlaylistSnapshot, Vec<SkippedItem>), CollectError> {
        let file = Path::new(named);
        if file.is_dir() {
            return Err(refused(
                format!("`{named}` is a folder"),
                format!("`playlist-fit import {named}` imports all its playlists"),
            ));
        }
        if file.is_file() {
            let next = "give a file of a clone's playlists/cumulative";
            return archive::open(file).map_err(|error| refused(error.to_string(), next));
        }
        let key = archive::key(named).ok_or_else(|| {
            refused(
                format!("`{named}` is neither a playlist of Spotify nor a file"),
                "give its key of 22 characters, its link, or a file of a clone",
            )
        })?;
        for extension in ["json", "md"] {
            let file = format!("{key}.{extension}");
            let url = self.service.url(&[&FOLDER[..], &[&file]].concat(), &[]);
            if let Some(content) = self.file(&url).await? {
                return archive::read(&file, content)
                    .map_err(|reason| self.service.unexpected_response(&url, reason.to_string()));
            }
        }
        Err(refused(
            format!("it does not have the playlist {key}"),
            "check the key; the archive has only playlists that its users proposed",
        ))
    }

    async fn search(&self, _words: &str) -> Result<Vec<Playlist>, CollectError> {
        Err(CollectError::NotOffered {
            source_name: NAME,
            what: "search",
        })
    }
}

fn refusal(answer: &HttpResponse) -> Option<ServiceError> {
    match answer.status {
        200..=299 => None,
        status => ServiceError::new(
            format!("the file was not delivered (HTTP {status})"),
            "run the same command later, or import a clone of the archive",
        ),
    }
}

fn refused(what: impl Into<String>, next: impl Into<String>) -> CollectError {
    CollectError::refused(NAME, what, next)
}
