//! A CSV table: one row per track, with `playlists` separated by `;`, or one row per placement, with `playlist`.
//!
//! | column | holds |
//! |---|---|
//! | `path` | the audio file, relative to the table's folder |
//! | `title`, `artist` | as they are; several artists separated by `;` or `feat.`; completed from tags and the file's name |
//! | `artists` | a JSON array of them, for names with `;` |
//! | `playlists`, `playlist` | the track's playlists |
//! | `artist_group` | grouping key for splits; default: the first artist |
//! | `playlist_id` | the playlist's id, `source:key`; default: one of the user's own |
//! | `album`, `isrc` | as they are |
//! | `ids` | other ids of the recording, `spotify:…`, separated by `;` |
//! | `duration` | in seconds |
//! | `added`, `removed` | as 2026-11-21 |
//! | `licence` | SPDX name, Creative Commons link or plain English; see [`Licence`]; `unstated` if none is needed |
//! | `source` | where the recording comes from |
//! | `quality_flag` | why the row is not reliable; until version 0.1 `doubt` |
//!
//! `path` or `title`, and `playlists` or `playlist` are needed. Any other column becomes a note. Columns are separated by
//! comma, semicolon or tab.
//!
//! A table without a `licence` column lists the user's own files, which may be trained on. In a table with one, an empty
//! licence is a quality flag, and a row whose licence forbids training or is not understood, or whose source forbids it
//! (see [`terms`]), may not be trained on.

mod write;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use csv::{ReaderBuilder, StringRecord};
use jiff::civil::Date;

use super::input_format::InputFormat;
use super::parsed_file::ParsedFile;
use super::rows::{self, ImportRow};
use super::text_file::TextFile;
use super::{Reason, ids, paths};
use catalogue::terms::OWN_FILES;
use catalogue::{Licence, Playlist, Track, terms};
use catalogue::{SkippedItem, names};
pub(super) use write::write;

const KNOWN: [&str; 19] = [
    "path",
    "title",
    "artist",
    "artists",
    "playlists",
    "playlist",
    "playlist_id",
    "artist_group",
    "album",
    "isrc",
    "ids",
    "duration",
    "added",
    "removed",
    "licence",
    "license",
    "source",
    "quality_flag",
    OLD_QUALITY_FLAG,
];
/// The name of `quality_flag` until version 0.1.
const OLD_QUALITY_FLAG: &str = "doubt";
const NEEDED: &str = "`path` or `title`, and `playlists` or `playlist`";

/// The quality flag of a row whose table has a licence column, but that states no licence.
const NO_LICENCE: &str = "no licence is stated";
/// In place of a licence: none is stated, and none is needed.
const UNSTATED: &str = "unstated";

/// A table of tracks or placements.
pub(super) struct Table;

impl InputFormat for Table {
    fn extensions(&self) -> &'static [&'static str] {
        &["csv", "tsv", "txt"]
    }

    /// Whether the table has the columns that are needed.
    fn sniff(&self, file: &TextFile) -> bool {
        Layout::new(&file.text, &file.path).is_ok()
    }

    fn read(&self, file: &TextFile) -> Result<ParsedFile, Reason> {
        let layout = Layout::new(&file.text, &file.path).map_err(|found| Reason::Columns {
            found,
            needed: NEEDED,
        })?;
        let mut skipped = Vec::new();
        let rows = layout.rows(&file.text, &mut skipped);
        Ok(ParsedFile {
            rows,
            skipped,
            ..ParsedFile::default()
        })
    }
}

/// The columns of one file.
struct Layout {
    folder: PathBuf,
    name: String,
    delimiter: u8,
    header: Vec<String>,
    /// The index of each known column; the first of two with the same name.
    known: HashMap<&'static str, usize>,
}

impl Layout {
    /// # Errors
    /// The names of the columns, if a needed one is missing.
    fn new(text: &str, file: &Path) -> Result<Layout, String> {
        let layouts = [b'\t', b';', b','].map(|delimiter| (delimiter, header(text, delimiter)));
        let known_names = |header: &[String]| {
            KNOWN
                .iter()
                .filter(|name| header.iter().any(|h| h == *name))
                .count()
        };
        let best = layouts
            .into_iter()
            .max_by_key(|(_, header)| known_names(header));
        let (delimiter, header) = best.unwrap_or_default();
        let place =
            |name: &'static str| Some((name, header.iter().position(|column| column == name)?));
        let known: HashMap<&str, usize> = KNOWN.into_iter().filter_map(place).collect();
        let has = |names: [&str; 2]| names.iter().any(|name| known.contains_key(name));
        if !has(["path", "title"]) || !has(["playlists", "playlist"]) {
            return Err(listed(&header));
        }
        let folder = file.parent().unwrap_or(file).to_owned();
        let name = file
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        Ok(Layout {
            folder,
            name,
            delimiter,
            header,
            known,
        })
    }

    fn rows(&self, text: &str, skipped: &mut Vec<SkippedItem>) -> Vec<ImportRow> {
        let mut reader = ReaderBuilder::new()
            .delimiter(self.delimiter)
            .flexible(true)
            .from_reader(text.as_bytes());
        let mut rows = Vec::new();
        for record in reader.records() {
            let line = record
                .as_ref()
                .ok()
                .and_then(StringRecord::position)
                .map_or(0, csv::Position::line);
            let label = format!("row {line} of {}", self.name);
            let mut remarks = Vec::new();
            let row = match record {
                Ok(record) => self.row(&record, &label, &mut remarks),
                Err(error) => Err(error.to_string()),
            };
            match row {
                Ok(row) => rows.push(row),
                Err(reason) => remarks.push(reason),
            }
            skipped.extend(remarks.into_iter().map(|reason| SkippedItem {
                path: label.clone(),
                reason,
            }));
        }
        rows
    }

    /// Corrections are appended to `remarks`; a row that cannot be used is an error.
    fn row(
        &self,
        record: &StringRecord,
        label: &str,
        remarks: &mut Vec<String>,
    ) -> Result<ImportRow, String> {
        self.check_width(record)?;
        let cell = |name| self.cell(record, name);
        let playlists = self.playlists(record, remarks);
        if cell("path").is_empty() && cell("title").is_empty() {
            return Err("has neither path nor title".to_owned());
        }
        if playlists.is_empty() {
            return Err("names no playlist".to_owned());
        }
        let (licence, may_train, quality_flag) = self.permission(record, remarks);
        let source = filled(cell("source")).unwrap_or_else(|| OWN_FILES.to_owned());
        Ok(ImportRow {
            label: label.to_owned(),
            track: self.track(record, remarks),
            for_display: false,
            playlists,
            added: date(cell("added"), remarks),
            removed: date(cell("removed"), remarks),
            may_train: may_train && terms::may_train(&source, &licence),
            source,
            licence,
            quality_flag,
        })
    }

    /// A comma or a quotation mark in the wrong place shifts all that follows it.
    fn check_width(&self, record: &StringRecord) -> Result<(), String> {
        let (width, expected) = (record.len(), self.header.len());
        let spare = record
            .iter()
            .skip(expected)
            .any(|cell| !cell.trim().is_empty());
        if spare {
            return Err(format!(
                "has {width} cells under {expected} columns; put \" around a cell that holds the separator"
            ));
        }
        if width < expected && record.iter().any(|cell| cell.contains('\n')) {
            return Err(format!(
                "has {width} cells under {expected} columns; a \" is not closed"
            ));
        }
        Ok(())
    }

    /// Trimmed; empty where the column or the cell is not there.
    fn cell<'r>(&self, record: &'r StringRecord, name: &str) -> &'r str {
        self.known
            .get(name)
            .and_then(|&column| record.get(column))
            .unwrap_or_default()
            .trim()
    }

    fn playlists(&self, record: &StringRecord, remarks: &mut Vec<String>) -> Vec<Playlist> {
        let several = self.cell(record, "playlists").split(';');
        let names = several
            .chain([self.cell(record, "playlist")])
            .map(str::trim);
        let mut playlists: Vec<Playlist> = names
            .filter(|name| !name.is_empty())
            .map(rows::playlist)
            .collect();
        let id = self.cell(record, "playlist_id");
        match (&mut playlists[..], id.split_once(':')) {
            _ if id.is_empty() => {}
            ([playlist], Some((source, _))) if ids::is_id(id) => {
                (playlist.id, playlist.source) = (id.to_owned(), source.to_owned());
            }
            _ => remarks.push(format!(
                "`{}` is not the id of one playlist; skipped",
                shortened(id)
            )),
        }
        playlists
    }

    fn artists(&self, record: &StringRecord) -> Vec<String> {
        let listed = self.cell(record, "artists");
        let written = match self.cell(record, "artist") {
            "" => listed,
            artist => artist,
        };
        serde_json::from_str(listed).unwrap_or_else(|_| names::artists(written))
    }

    fn track(&self, record: &StringRecord, remarks: &mut Vec<String>) -> Track {
        let cell = |name| self.cell(record, name);
        let artists = self.artists(record);
        let mut notes = self.notes(record);
        let listed = !cell("artists").is_empty();
        if artists.len() > 1 && !listed && cell("artist") != artists.join("; ") {
            notes.insert("artist".to_owned(), cell("artist").to_owned());
        }
        let isrc = names::isrc(cell("isrc"));
        if isrc.is_none() && !cell("isrc").is_empty() {
            remarks.push(format!(
                "`{}` is not an ISRC; skipped",
                shortened(cell("isrc"))
            ));
        }
        let duration = cell("duration");
        let duration_seconds = duration.parse().ok().filter(|seconds: &f64| *seconds > 0.0);
        if duration_seconds.is_none() && !duration.is_empty() {
            remarks.push(format!(
                "`{}` is not a duration in seconds; skipped",
                shortened(duration)
            ));
        }
        let aliases = cell("ids").split(';').map(str::trim);
        Track {
            title: cell("title").to_owned(),
            artists,
            artist_group: cell("artist_group").to_owned(),
            album: filled(cell("album")),
            isrc,
            duration_seconds,
            aliases: aliases
                .filter(|id| ids::is_id(id))
                .map(str::to_owned)
                .collect(),
            audio: filled(cell("path")).map(|path| paths::path(&path, &self.folder)),
            notes,
            ..Track::default()
        }
    }

    fn notes(&self, record: &StringRecord) -> BTreeMap<String, String> {
        let unknown =
            |(name, _): &(&String, &str)| !name.is_empty() && !KNOWN.contains(&name.as_str());
        let cells = self.header.iter().zip(record).filter(unknown);
        let cells = cells.map(|(name, cell)| (name.clone(), cell.trim().to_owned()));
        cells.filter(|(_, cell)| !cell.is_empty()).collect()
    }

    /// Licence as written, whether it permits training, quality flag.
    fn permission(
        &self,
        record: &StringRecord,
        remarks: &mut Vec<String>,
    ) -> (String, bool, Option<String>) {
        let quality_flag = filled(self.cell(record, "quality_flag"))
            .or_else(|| filled(self.cell(record, OLD_QUALITY_FLAG)));
        if !self.known.contains_key("licence") && !self.known.contains_key("license") {
            return (String::new(), true, quality_flag);
        }
        let written = [self.cell(record, "licence"), self.cell(record, "license")]
            .into_iter()
            .max();
        let written = written.unwrap_or_default().to_owned();
        if written.eq_ignore_ascii_case(UNSTATED) {
            return (String::new(), true, quality_flag);
        }
        let licence = Licence::parse(&written);
        let unstated = || (licence == Licence::Unstated).then(|| NO_LICENCE.to_owned());
        if licence == Licence::Unknown {
            remarks.push(format!(
                "licence `{}` is not understood, so it may not be trained on",
                shortened(&written)
            ));
        }
        (written, licence.may_train(), quality_flag.or_else(unstated))
    }
}

/// Lower case, trimmed.
fn header(text: &str, delimiter: u8) -> Vec<String> {
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let header = reader.headers().cloned().unwrap_or_default();
    header
        .iter()
        .map(|name| name.trim().to_lowercase())
        .collect()
}

/// Column names for a message, whatever they hold.
fn listed(header: &[String]) -> String {
    let names: Vec<String> = header
        .iter()
        .take(30)
        .map(|name| format!("`{}`", shortened(name)))
        .collect();
    if names.is_empty() {
        "(none)".to_owned()
    } else {
        names.join(", ")
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(40).flat_map(char::escape_debug).collect()
}

fn filled(cell: &str) -> Option<String> {
    (!cell.is_empty()).then(|| cell.to_owned())
}

/// 2026-11-21, with or without a time after it.
fn date(cell: &str, remarks: &mut Vec<String>) -> Option<Date> {
    let day = cell.split(['T', ' ']).next().unwrap_or_default();
    let date = day.parse().ok();
    if date.is_none() && !cell.is_empty() {
        remarks.push(format!(
            "`{}` is not a date such as 2026-11-21; skipped",
            shortened(cell)
        ));
    }
    date
}

#[cfg(test)]
mod tests;
