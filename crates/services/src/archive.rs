//! The Spotify playlist archive on GitHub: public, no key. A list's Spotify key or link, or a file of a clone on this
//! disk, comes in; a [`PlaylistSnapshot`] with every stay goes out.
//!
//! Only the cumulative files are asked for, the JSON first and the Markdown where an old list has no other. The content
//! is Spotify's: nobody may train on it.

#[cfg(test)]
mod tests;

use std::path::Path;
use std::time::Duration;

use url::Url;

use super::http::{Client, HttpResponse, HttpSettings, Limits, ServicePolicy, by_status};
use super::{CollectError, Source};
use catalogue::SkippedItem;
use catalogue::{Playlist, PlaylistSnapshot};
use formats::archive;

const NAME: &str = archive::SOURCE;
const FILES: &str = "https://raw.githubusercontent.com/";
const FOLDER: [&str; 5] = [
    "mackorone",
    "spotify-playlist-archive",
    "main",
    "playlists",
    "cumulative",
];

/// The archive's files.
pub struct Archive {
    client: Client,
    files: Url,
}

impl Archive {
    /// # Errors
    /// Where the cache cannot be made.
    pub fn new(settings: HttpSettings) -> Result<Archive, CollectError> {
        Archive::with_limits(settings, Limits::default())
    }

    pub(super) fn with_limits(
        settings: HttpSettings,
        limits: Limits,
    ) -> Result<Archive, CollectError> {
        let own = || {
            Url::parse(FILES).map_err(|reason| refused(format!("{FILES}: {reason}"), "report it"))
        };
        let files = settings.api.clone().map_or_else(own, Ok)?;
        let policy = ServicePolicy {
            source_name: NAME,
            requests: 2,
            per: Duration::from_secs(1),
            decision: by_status,
        };
        let client = Client::with_limits(policy, settings, limits)?;
        Ok(Archive { client, files })
    }

    fn url(&self, file: &str) -> Url {
        let mut url = self.files.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(FOLDER).push(file);
        }
        url
    }

    /// None where the archive has no such file.
    async fn ask(&self, url: &Url) -> Result<Option<HttpResponse>, CollectError> {
        let answer = self.client.get(&url.clone().into()).await?;
        match answer.status {
            200..=299 => Ok(Some(answer)),
            404 | 410 => Ok(None),
            status => Err(refused(
                format!("{url} is refused with HTTP {status}"),
                "run the same command later, or import a clone of the archive",
            )),
        }
    }
}

impl Source for Archive {
    const NAME: &'static str = NAME;

    async fn list(
        &self,
        named: &str,
    ) -> Result<(PlaylistSnapshot, Vec<SkippedItem>), CollectError> {
        let file = Path::new(named);
        if file.is_dir() {
            return Err(refused(
                format!("`{named}` is a folder"),
                format!("`playlist-fit import {named}` brings in all lists of it"),
            ));
        }
        if file.is_file() {
            let next = "name a file of a clone's playlists/cumulative";
            return archive::open(file).map_err(|error| refused(error.to_string(), next));
        }
        let key = archive::key(named).ok_or_else(|| {
            refused(
                format!("`{named}` is no list of Spotify, nor a file"),
                "name the 22 signs of its key, its link, or a file of a clone",
            )
        })?;
        for extension in ["json", "md"] {
            let file = format!("{key}.{extension}");
            let url = self.url(&file);
            if let Some(answer) = self.ask(&url).await? {
                return archive::read(&file, answer.body).map_err(|reason| {
                    CollectError::UnexpectedResponse {
                        source_name: NAME,
                        url: url.to_string(),
                        reason: reason.to_string(),
                    }
                });
            }
        }
        Err(refused(
            format!("it does not hold the list {key}"),
            "check the key; the archive follows only lists that somebody proposed to it",
        ))
    }

    async fn search(&self, _words: &str) -> Result<Vec<Playlist>, CollectError> {
        Err(CollectError::NotOffered {
            source_name: NAME,
            what: "search",
        })
    }
}

fn refused(what: impl Into<String>, next: impl Into<String>) -> CollectError {
    CollectError::refused(NAME, what, next)
}
