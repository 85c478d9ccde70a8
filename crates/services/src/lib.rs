//! Playlists of streaming services. Input: ids, links and search text from the user. Output: a [`PlaylistSnapshot`] of each
//! playlist.
//!
//! Each service has a module and implements [`Source`]; all requests go through [`http::Client`].
//!
//! Invariants: writes no catalogue, prints nothing, and lets no secret into a message, a log or a file.

pub mod apple_music;
pub mod archive;
pub mod chartmetric;
pub mod collect;
pub mod deezer;
#[cfg(test)]
mod faults;
pub mod http;
pub mod jamendo;
pub mod listenbrainz;
pub mod secrets;
mod service;
pub mod spotify;
#[cfg(test)]
mod stage;
mod token;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use url::Url;

use catalogue::SkippedItem;
use catalogue::{Playlist, PlaylistSnapshot};

/// A service that has playlists.
pub trait Source {
    /// Name of the service on the command line and in the catalogue, such as `deezer`.
    const NAME: &'static str;

    /// Reads a complete playlist, given by its key or link as the user typed it, and the items that cannot be used, such as
    /// an episode or a local file.
    ///
    /// # Errors
    /// Returns an error if the service does not return the playlist; see [`CollectError`].
    fn playlist(
        &self,
        named: &str,
    ) -> impl Future<Output = Result<(PlaylistSnapshot, Vec<SkippedItem>), CollectError>>;

    /// Finds playlists by text in their name, for the user to choose from.
    ///
    /// # Errors
    /// As [`Source::playlist`]; [`CollectError::NotOffered`] if the service has no search.
    fn search(&self, text: &str) -> impl Future<Output = Result<Vec<Playlist>, CollectError>>;

    /// The keys of the user's own playlists.
    ///
    /// # Errors
    /// As [`Source::playlist`]; [`CollectError::NotOffered`] if the service does not know the user.
    fn own_playlists(&self) -> impl Future<Output = Result<Vec<String>, CollectError>> {
        async {
            Err(CollectError::NotOffered {
                source_name: Self::NAME,
                what: "playlists of your own",
            })
        }
    }
}

/// The day of a timestamp in UTC.
fn day_of(timestamp: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(timestamp).date()
}

/// Why a service gave no data. Every message ends with the next step.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    /// The service has no such function.
    #[error("{source_name} offers no {what}; give a playlist by its link or id")]
    NotOffered {
        /// Name of the service.
        source_name: &'static str,
        /// The function, such as "search".
        what: &'static str,
    },
    /// The service refuses the request, or the playlist does not exist: 401, 403, 404 and similar.
    #[error("{source_name}: {what}; {next}")]
    Refused {
        /// Name of the service, or of the part of the program.
        source_name: &'static str,
        /// What failed and why.
        what: String,
        /// The next step.
        next: String,
    },
    /// A body that does not have the documented format.
    #[error(
        "{source_name}: unexpected format of the response to {url} ({reason}); run the same command later, and report it if \
         it stays"
    )]
    UnexpectedResponse {
        /// Name of the service.
        source_name: &'static str,
        /// Address of the request, without secrets.
        url: String,
        /// What does not match.
        reason: String,
    },
    /// The service asked for a pause that is longer than the client waits.
    #[error(
        "{source_name} rate-limits requests until {until}; run the same command after that time, it resumes"
    )]
    RateLimited {
        /// Name of the service.
        source_name: &'static str,
        /// The end of the pause.
        until: Timestamp,
    },
    /// No response, or only a part of one.
    #[error(
        "{source_name} does not respond ({reason}); check the network and run the same command again, it resumes"
    )]
    Unreachable {
        /// Name of the service.
        source_name: &'static str,
        /// What happened to the last request.
        reason: String,
    },
    /// The cache has no response, and offline no request is sent.
    #[error("{url} was never fetched, and --offline sends no request; run once without --offline")]
    Offline {
        /// Address of the request, without secrets.
        url: String,
    },
    /// A file of the cache or of the user cannot be read or written.
    #[error("{path}: {source}; free some space there, or choose a folder that you may write to")]
    Disk {
        /// The file.
        path: std::path::PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
}

impl CollectError {
    fn refused(
        source_name: &'static str,
        what: impl Into<String>,
        next: impl Into<String>,
    ) -> CollectError {
        CollectError::Refused {
            source_name,
            what: what.into(),
            next: next.into(),
        }
    }

    fn unexpected_response(
        source_name: &'static str,
        url: &Url,
        reason: impl Into<String>,
    ) -> CollectError {
        CollectError::UnexpectedResponse {
            source_name,
            url: url.to_string(),
            reason: reason.into(),
        }
    }

    fn unreachable(source_name: &'static str, reason: impl Into<String>) -> CollectError {
        CollectError::Unreachable {
            source_name,
            reason: reason.into(),
        }
    }
}
