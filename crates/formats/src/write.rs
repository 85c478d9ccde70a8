//! A playlist as text, in each output format.

use std::fmt;
use std::io;
use std::str::FromStr;

use super::{archive, jspf, m3u, table, xspf};
use catalogue::SkippedItem;
use catalogue::{PlaylistSnapshot, SnapshotIndex};

/// An output format; its name is also the extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Extended M3U in UTF-8.
    M3u8,
    /// XML Shareable Playlist Format.
    Xspf,
    /// XSPF as JSON.
    Jspf,
    /// A table separated by commas.
    Csv,
    /// A table separated by tabs.
    Tsv,
    /// The cumulative format of the Spotify playlist archive.
    Json,
}

/// An unknown format name.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown playlist format `{0}`; supported: {names}", names = Format::names())]
pub struct UnknownFormat(String);

/// A playlist as text, and the tracks that the format cannot hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The content of the file.
    pub text: String,
    /// The tracks that are not in it, and why.
    pub excluded: Vec<SkippedItem>,
}

impl Written {
    /// Whether the text consists of M3U comments only, so no track is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.lines().all(|line| line.starts_with('#'))
    }

    pub(super) fn complete(text: String) -> Written {
        Written {
            text,
            excluded: Vec::new(),
        }
    }
}

impl Format {
    /// All formats.
    pub const ALL: [Format; 6] = [
        Format::M3u8,
        Format::Xspf,
        Format::Jspf,
        Format::Csv,
        Format::Tsv,
        Format::Json,
    ];

    /// The name and extension, in lower case.
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

    /// Whether the format has dates of additions and removals; the others hold the present tracks only.
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

/// Writes one playlist. Audio paths are written as they are in the snapshot.
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
