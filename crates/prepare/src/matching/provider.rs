//! Who else has the audio of a track, and what of it may be fetched.
//!
//! Previews of 30 seconds are not fetched: Deezer's are signed and not licensed for it, Apple's are for promotion only.

use std::path::Path;

use catalogue::{Provenance, Track};

/// Somebody who can be asked for a track's audio.
pub trait AudioProvider {
    /// Puts the audio at `to`, or beside it under the same name with an ending. `to` does not exist yet and lies in an
    /// empty folder of its own; whatever stays there is thrown away.
    ///
    /// # Errors
    /// Why there is no audio.
    fn fetch(&self, track: &Track, provenance: &[&Provenance], to: &Path)
    -> Result<(), FetchError>;
}

/// Why nothing was fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FetchError {
    /// This track is not to be had there; nobody was asked.
    NotAvailable,
    /// It went wrong for this track.
    Failed(String),
    /// It will go wrong for every other track too.
    Abort(String),
}
