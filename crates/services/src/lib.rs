//! Lists that services keep. What the user names (ids, links, words to search) comes in, a [`PlaylistSnapshot`] a list goes out.
//! One service a file, each behind [`Source`]; all that goes over the network goes through [`http::Client`].
//!
//! Must not: write a catalogue, print, or let a secret into a message, a log or a file.

pub mod apple_music;
pub mod archive;
pub mod chartmetric;
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
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use url::Url;

use catalogue::SkippedItem;
use catalogue::{Playlist, PlaylistSnapshot};

/// A service that keeps lists.
pub trait Source {
    /// As the command line and the catalogue write it: `deezer`.
    const NAME: &'static str;

    /// One list, whole, by its key or link as the user typed it; what could not be used (an episode, a local file, a
    /// null) is named beside it.
    ///
    /// # Errors
    /// Returns an error if the service does not return the playlist; see [`CollectError`].
    fn list(
        &self,
        named: &str,
    ) -> impl Future<Output = Result<(PlaylistSnapshot, Vec<SkippedItem>), CollectError>>;

    /// Lists whose name holds `words`, for the user to choose from.
    ///
    /// # Errors
    /// As [`Source::list`]; [`CollectError::NotOffered`] where the service has no search.
    fn search(&self, words: &str) -> impl Future<Output = Result<Vec<Playlist>, CollectError>>;

    /// The keys of the user's own lists.
    ///
    /// # Errors
    /// As [`Source::list`]; [`CollectError::NotOffered`] where the service knows no user.
    fn own(&self) -> impl Future<Output = Result<Vec<String>, CollectError>> {
        async {
            Err(CollectError::NotOffered {
                source_name: Self::NAME,
                what: "lists of one's own",
            })
        }
    }
}

/// Lists in a row for which nobody answers before the rest is not even tried.
const MAX_CONSECUTIVE_FAILURES: usize = 3;

/// Collects the lists one after the other and hands over each as it comes, to be saved at once. One that is refused does
/// not stop the others; a service that wants to be left alone, a full disk, and nobody there do. Answers the lists that
/// were not tried any more.
///
/// # Errors
/// Only those of `take`.
pub async fn collect<'a, S: Source, E>(
    source: &S,
    named: &'a [String],
    mut take: impl FnMut(
        &'a str,
        Result<(PlaylistSnapshot, Vec<SkippedItem>), CollectError>,
    ) -> Result<(), E>,
) -> Result<&'a [String], E> {
    let mut unanswered = 0;
    for (number, list) in named.iter().enumerate() {
        let collected = source.list(list).await;
        match &collected {
            Err(CollectError::RateLimited { .. } | CollectError::Disk { .. }) => {
                unanswered = MAX_CONSECUTIVE_FAILURES;
            }
            Err(CollectError::Unreachable { .. } | CollectError::Offline { .. }) => unanswered += 1,
            _ => unanswered = 0,
        }
        take(list, collected)?;
        if unanswered >= MAX_CONSECUTIVE_FAILURES {
            return Ok(&named[number + 1..]);
        }
    }
    Ok(&[])
}

/// The day of a moment, in UTC, as services count them.
fn day_of(moment: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(moment).date()
}

/// Why a service gave no data. Every text says what happened and the next thing to do.
#[derive(Debug, thiserror::Error)]
pub enum CollectError {
    #[error("{source_name} offers no {what}; name a list by its link or id")]
    NotOffered {
        source_name: &'static str,
        what: &'static str,
    },
    /// The service refuses, or the list is not there: 401, 403, 404 and their like, in the service's own terms.
    #[error("{source_name}: {what}; {next}")]
    Refused {
        source_name: &'static str,
        what: String,
        next: String,
    },
    /// A body that is not of the shape that the service documents.
    #[error(
        "{source_name} answered {url} in a shape that is not understood ({reason}); run again later, and report it if it stays"
    )]
    UnexpectedResponse {
        source_name: &'static str,
        url: String,
        reason: String,
    },
    #[error(
        "{source_name} rate-limits requests until {until}; run the same command after that time, it resumes"
    )]
    RateLimited {
        source_name: &'static str,
        until: jiff::Timestamp,
    },
    #[error(
        "{source_name} does not answer ({reason}); check the network and run the same command again, it goes on where it stopped"
    )]
    Unreachable {
        source_name: &'static str,
        reason: String,
    },
    #[error("{url} was never fetched, and --offline asks nobody; run once without --offline")]
    Offline { url: String },
    #[error("{path}: {source}; free some space there, or choose a folder that you may write to")]
    Disk {
        path: std::path::PathBuf,
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
