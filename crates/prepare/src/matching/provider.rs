//! Who can supply the audio of a track.
//!
//! Previews of 30 seconds are not fetched: Deezer's are signed and not licensed for it, Apple's are for promotion only.

use std::path::Path;

use catalogue::{Provenance, Track};

/// A source of audio: a service or the user's command.
pub trait AudioProvider {
    /// Writes the audio to `to`, or beside it under the same stem with an extension. `to` does not exist yet; its
    /// folder is empty, and what remains in it is deleted.
    ///
    /// # Errors
    /// Why there is no audio; see [`FetchError`].
    fn fetch(&self, track: &Track, provenance: &[&Provenance], to: &Path)
    -> Result<(), FetchError>;
}

/// Why no audio was fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FetchError {
    /// The provider does not offer this track; no request was made.
    NotAvailable,
    /// Fetching this track failed: why.
    Failed(String),
    /// Fetching failed, and will fail for all other tracks: why.
    Abort(String),
}

/// Whether a service has a 30-second preview of the track, which is not fetched.
#[must_use]
pub fn has_preview(track: &Track) -> bool {
    let mut ids = track.aliases.iter().chain([&track.id]);
    ids.any(|id| id.starts_with("deezer:") || id.starts_with("apple-music:"))
}
