//! A list as text, in each form that can be written.

use std::fmt;
use std::io;
use std::str::FromStr;

use super::{archive, jspf, m3u, table, xspf};
use catalogue::SkippedItem;
use catalogue::{PlaylistSnapshot, SnapshotIndex};

/// The forms, as the command line and the extensions of files write them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    M3u8,
    Xspf,
    Jspf,
    Csv,
    Tsv,
    /// The cumulative form of the Spotify playlist archive.
    Json,
}

/// No format has this name.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown playlist format `{0}`; supported: {names}", names = Format::names())]
pub struct UnknownFormat(String);

/// A list as text, and what of it the form cannot say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    pub text: String,
    pub excluded: Vec<SkippedItem>,
}

impl Written {
    /// Whether the text consists of M3U comments only, so no track is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.lines().all(|line| line.starts_with('#'))
    }

    pub(super) fn whole(text: String) -> Written {
        Written {
            text,
            excluded: Vec::new(),
        }
    }
}

impl Format {
    pub const ALL: [Format; 6] = [
        Format::M3u8,
        Format::Xspf,
        Format::Jspf,
        Format::Csv,
        Format::Tsv,
        Format::Json,
    ];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Format::M3u8 => "m3u8",
            Format::Xspf => "xspf",
            Format::Jspf => "jspf",
            Format::Csv => "csv",
            Format::Tsv => "tsv",
            Format::Json => "json",
        }
    }

    /// Whether the form says when a track came and went; the others name what is on the list now.
    #[must_use]
    pub fn tells_history(self) -> bool {
        matches!(self, Format::Csv | Format::Tsv | Format::Json)
    }

    fn names() -> String {
        Format::ALL.map(Format::name).join(", ")
    }
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Format, UnknownFormat> {
        let named = |format: &Format| format.name().eq_ignore_ascii_case(text);
        let found = Format::ALL.into_iter().find(named);
        found.ok_or_else(|| UnknownFormat(text.to_owned()))
    }
}

/// Writes one list. Paths of audio stand in the text as they stand in the listing.
///
/// # Errors
/// Never: the text is written to memory.
pub fn write(
    format: Format,
    mut snapshot: PlaylistSnapshot,
    known: &SnapshotIndex,
) -> io::Result<Written> {
    if !format.tells_history() {
        snapshot.entries.retain(|entry| entry.removed.is_none());
    }
    Ok(match format {
        Format::M3u8 => m3u::write(&snapshot),
        Format::Xspf => xspf::write(&snapshot)?,
        Format::Jspf => jspf::write(&snapshot),
        Format::Csv => table::write(&snapshot, known, b',')?,
        Format::Tsv => table::write(&snapshot, known, b'\t')?,
        Format::Json => archive::json::write(&snapshot)?,
    })
}
