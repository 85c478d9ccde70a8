//! Tracks, playlists, placements and provenance: merge, filter, statistics, and comparison of names.
//!
//! Invariants: no audio decoding, no network, no files except the user's rules. Facts about audio files come through
//! [`FileProbe`].

mod audit;
mod eligibility;
mod exclusion;
mod filter;
mod find;
mod history;
mod licence;
mod listen;
mod merge;
pub mod names;
mod normalise;
mod provenance;
mod recording;
pub mod rules;
mod skipped;
mod snapshot;
pub mod statistics;
pub mod terms;
mod track_index;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;

pub use audit::{Audit, AuditWarning, AuditedSource};
pub use eligibility::{CountedTracks, Eligibility, Ineligible, RuleMatch, Shortfall};
pub use exclusion::{Excluded, Exclusion, ExclusionReason};
pub use filter::{Filter, TrainableSet, TrainableTrack};
pub use find::PlaylistNotFound;
pub use licence::{Licence, UnknownLicence};
pub use listen::Listen;
pub use merge::{Change, Merged};
pub use normalise::normalised_tokens;
pub use provenance::{SourceAudit, SourceClaim, by_source};
pub use recording::UNKNOWN_ARTIST;
pub use recording::is_same_song;
pub use recording::title_key;
pub use skipped::SkippedItem;
pub use snapshot::{PlaylistSnapshot, SnapshotEntry, SnapshotIndex};
pub use track_index::TrackIndex;

/// One recording.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Track {
    /// Stable over imports: `isrc:…`, else `content:…` (the audio's hash), else `name:artist/title`.
    pub id: String,
    /// Other ids by which the same recording is known: a second ISRC, a second file, a service's own id.
    pub aliases: BTreeSet<String>,
    /// The title.
    pub title: String,
    /// Never empty after an import: [`UNKNOWN_ARTIST`] if no source names one.
    pub artists: Vec<String>,
    /// Grouping key for splits: tracks of one group go to one partition. Defaults to the first artist.
    /// Compare by [`Track::split_group`].
    pub artist_group: String,
    /// The album, if known.
    pub album: Option<String>,
    /// The ISRC in upper case without separators, if known.
    pub isrc: Option<String>,
    /// The duration in seconds, if known.
    pub duration_seconds: Option<f64>,
    /// Absolute path of the audio file; `None` if only the names are known.
    pub audio: Option<PathBuf>,
    /// blake3 of the coded audio without tags, hexadecimal; `None` without audio.
    pub audio_hash: Option<String>,
    /// Other columns of the source, by name.
    pub notes: BTreeMap<String, String>,
}

/// An editorial playlist.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Playlist {
    /// Stable over imports: `source:key`, where the key is the service's id, else the name.
    pub id: String,
    /// The service, or [`terms::OWN_FILES`].
    pub source: String,
    /// The name.
    pub name: String,
    /// The description, if the source has one.
    pub description: Option<String>,
    /// The owner at the service, if known.
    pub owner: Option<String>,
    /// Number of followers, if known.
    pub followers: Option<u64>,
    /// The market (ISO 3166 country code) that it was read for, if known.
    pub market: Option<String>,
    /// The day of the first snapshot. When the tracks of that day were added is unknown, whatever `added` states.
    pub first_seen: Option<Date>,
    /// The day of the last snapshot.
    pub last_seen: Option<Date>,
}

/// One interval of a track on a playlist. A track that was removed and added again has several; at most one of them has
/// no end. `merge::intervals` decides which rows are the same interval.
#[derive(Clone, Debug, PartialEq)]
pub struct Placement {
    /// The playlist's id.
    pub playlist: String,
    /// The track's id.
    pub track: String,
    /// The first day on the playlist; `None` if unknown.
    pub added: Option<Date>,
    /// The first day on which it was not on the playlist any more; `None` if it still is.
    pub removed: Option<Date>,
}

/// What one source states about one track, and what it permits.
#[derive(Clone, Debug, PartialEq)]
pub struct Provenance {
    /// The track's id.
    pub track: String,
    /// The source's name.
    pub source: String,
    /// When it was read.
    pub retrieved: Timestamp,
    /// As the source writes it; empty if it states none.
    pub licence: String,
    /// Whether the source permits training on the track.
    pub may_train: bool,
    /// Why the row is not reliable; `None` if nothing is wrong with it.
    pub quality_flag: Option<String>,
}

/// The four tables.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Catalogue {
    /// One row per recording, sorted by id.
    pub tracks: Vec<Track>,
    /// One row per playlist, sorted by id.
    pub playlists: Vec<Playlist>,
    /// One row per interval of a track on a playlist, sorted by playlist, track and begin.
    pub placements: Vec<Placement>,
    /// One row per track and source, sorted by these.
    pub provenance: Vec<Provenance>,
}

/// Reads what an import needs from an audio file; tests substitute it.
pub trait FileProbe: Sync {
    /// # Errors
    /// A message for the user if the file is missing or is not audio.
    fn probe(&self, path: &Path) -> Result<AudioFileInfo, String>;
}

/// Tags, audio hash and duration of an audio file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AudioFileInfo {
    /// blake3 of the coded audio without tags, hexadecimal.
    pub audio_hash: String,
    /// The title tag.
    pub title: Option<String>,
    /// The artist tags.
    pub artists: Vec<String>,
    /// The album tag.
    pub album: Option<String>,
    /// The ISRC tag.
    pub isrc: Option<String>,
    /// The duration in seconds, if the container or the decoder states it.
    pub duration_seconds: Option<f64>,
}
