//! What is on which list. Files come in (folders, CSV), four Parquet tables go out: tracks, playlists,
//! placements, provenance.
//!
//! Must not: decode audio or know a network. What it needs to know of an audio file it asks through
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
    /// Stable over imports: `isrc:…`, else `audio_hash:…` (the audio's hash), else `name:artist/title`.
    pub id: String,
    /// Other ids by which the same recording is known: a second ISRC, a second file, a service's own id.
    pub aliases: BTreeSet<String>,
    pub title: String,
    /// Never empty after an import: [`UNKNOWN_ARTIST`] stands where nobody says.
    pub artists: Vec<String>,
    /// Grouping key for splits: tracks of one group go to one partition. Defaults to the first artist.
    /// Compare by [`Track::split_group`].
    pub artist_group: String,
    pub album: Option<String>,
    pub isrc: Option<String>,
    pub duration_seconds: Option<f64>,
    /// Where the audio lies, absolute; none where only the name is known.
    pub audio: Option<PathBuf>,
    /// blake3 of the coded audio without tags, hexadecimal; none where there is no audio.
    pub audio_hash: Option<String>,
    /// Columns of the source that mean nothing here, kept.
    pub notes: BTreeMap<String, String>,
}

/// An editorial list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Playlist {
    /// Stable over imports: `source:key`, the service's own id where it has one, else the name.
    pub id: String,
    pub source: String,
    pub name: String,
    pub description: Option<String>,
    pub owner: Option<String>,
    pub followers: Option<u64>,
    pub market: Option<String>,
    /// The days on which somebody first and last looked at the whole list. What was on it by the first day came nobody
    /// knows when, whatever `added` says.
    pub first_seen: Option<Date>,
    pub last_seen: Option<Date>,
}

/// One stay of a track on a playlist, from `added` to `removed`: the day on which it was there first, and the first on
/// which it was not. `added` is none where nobody knows, `removed` where it is still there. A track that came back has
/// several; at most one of them is open. What makes two rows one stay, `merge/stays.rs` says.
#[derive(Clone, Debug, PartialEq)]
pub struct Placement {
    pub playlist: String,
    pub track: String,
    pub added: Option<Date>,
    pub removed: Option<Date>,
}

/// Where a track's row came from, and what it allows.
#[derive(Clone, Debug, PartialEq)]
pub struct Provenance {
    /// The track's id.
    pub track: String,
    pub source: String,
    pub retrieved: Timestamp,
    /// As the source writes it; empty where it says nothing.
    pub licence: String,
    pub may_train: bool,
    /// Why the row is not to be relied on; none where nothing speaks against it.
    pub quality_flag: Option<String>,
}

/// All that is known: the content of the four tables.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Catalogue {
    pub tracks: Vec<Track>,
    pub playlists: Vec<Playlist>,
    pub placements: Vec<Placement>,
    pub provenance: Vec<Provenance>,
}

/// What an importer asks of an audio file; the real one reads it, a test's makes it up.
pub trait FileProbe: Sync {
    /// # Errors
    /// A sentence for the user where the file is missing or is no audio.
    fn probe(&self, path: &Path) -> Result<AudioFileInfo, String>;
}

/// The outside of an audio file: tags and the hash of its coded audio.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AudioFileInfo {
    pub audio_hash: String,
    pub title: Option<String>,
    pub artists: Vec<String>,
    pub album: Option<String>,
    pub isrc: Option<String>,
    pub duration_seconds: Option<f64>,
}
