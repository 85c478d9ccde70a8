//! What is not trained on, and why: codes and numbers. The program composes the text.

use super::{Ineligible, Licence};

/// Tracks, placements or a playlist that a training does not use.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exclusion {
    /// What is excluded.
    pub what: Excluded,
    /// The source that decides, or that the playlist is from; `None` if the reason concerns no source.
    pub source: Option<String>,
    /// Why it is excluded.
    pub reason: ExclusionReason,
    /// Number of tracks that it concerns.
    pub count: usize,
}

/// What an [`Exclusion`] is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Excluded {
    /// Placements of tracks that are trained on as members of other playlists.
    Placements,
    /// Tracks.
    Tracks,
    /// The playlist of this name.
    Playlist(String),
}

/// Why something is not trained on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExclusionReason {
    /// The track has no audio.
    NoAudio,
    /// The track is on no playlist.
    NoPlaylist,
    /// The track has no provenance.
    UnknownSource,
    /// Each playlist of the track is excluded.
    OnlyExcludedPlaylists,
    /// Before the day of the split, each playlist of the track was excluded.
    OnlyExcludedPlaylistsBefore,
    /// The track has audio, but no clip of it was prepared.
    NotPrepared,
    /// The licence forbids training or is not understood.
    LicenceForbids {
        /// As the source writes it.
        written: String,
        /// How it was understood.
        licence: Licence,
    },
    /// [`Filter::licences`](super::Filter::licences) does not hold this licence.
    LicenceNotWanted(Licence),
    /// The terms of the source forbid training.
    TermsForbid,
    /// The source does not permit training on its row, or on its placements.
    NotPermitted,
    /// The row is not reliable: why, as its source states it.
    Flagged(String),
    /// The playlist is not eligible.
    Playlist(Ineligible),
}
