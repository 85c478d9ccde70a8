//! Which format a file is of: by its content first, since `.json`, `.csv`, `.md` and `.txt` are shared by several,
//! then by its extension.

use std::path::Path;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::list_file::ListFile;
use super::parsed_file::ParsedFile;
use super::{Reason, archive, exportify, jspf, m3u, mpd, table, xspf};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InputFormat {
    Table,
    Exportify,
    M3u,
    Xspf,
    Jspf,
    ArchiveJson,
    ArchiveMarkdown,
    ArchivePlain,
    Mpd,
}

impl InputFormat {
    pub(super) fn read(self, file: &ListFile) -> Result<ParsedFile, Reason> {
        match self {
            InputFormat::Table => table::read(file),
            InputFormat::Exportify => Ok(exportify::read(file)),
            InputFormat::M3u => Ok(m3u::read(file)),
            InputFormat::Xspf => xspf::read(file),
            InputFormat::Jspf => jspf::read(file),
            InputFormat::ArchiveJson => archive::json::read(file),
            InputFormat::ArchiveMarkdown => Ok(archive::markdown::read(file)),
            InputFormat::ArchivePlain => Ok(archive::plain::read(file)),
            InputFormat::Mpd => mpd::read(file),
        }
    }
}

/// Whether a file in a folder is looked into.
pub(super) fn may_be_list(file: &Path) -> bool {
    const LISTS: [&str; 9] = [
        "csv", "tsv", "txt", "m3u", "m3u8", "xspf", "jspf", "json", "md",
    ];
    let extension = file.extension().unwrap_or_default();
    LISTS
        .iter()
        .any(|list| extension.eq_ignore_ascii_case(list))
        || (extension.is_empty()
            && archive::is_key(&file.file_name().unwrap_or_default().to_string_lossy()))
}

/// # Errors
/// Where it is of none.
pub(super) fn detect_format(file: &ListFile) -> Result<InputFormat, Reason> {
    let text = file.text.trim_start();
    if text.starts_with("#EXTM3U") {
        Ok(InputFormat::M3u)
    } else if text.starts_with('{') {
        json(text)
    } else if file.has_extension(&["m3u", "m3u8"]) {
        Ok(InputFormat::M3u)
    } else if text.starts_with('<') {
        Some(InputFormat::Xspf)
            .filter(|_| xspf::sniff(text))
            .ok_or(Reason::NoList)
    } else if archive::markdown::sniff(text) {
        Ok(InputFormat::ArchiveMarkdown)
    } else if table::sniff(file) {
        Ok(InputFormat::Table)
    } else if exportify::sniff(text) {
        Ok(InputFormat::Exportify)
    } else if archive::plain::sniff(&file.text) {
        Ok(InputFormat::ArchivePlain)
    } else if file.has_extension(&["csv", "tsv", "txt"]) {
        Ok(InputFormat::Table)
    } else {
        Err(Reason::NoList)
    }
}

fn json(text: &str) -> Result<InputFormat, Reason> {
    #[derive(Deserialize)]
    struct Shape {
        playlist: Option<IgnoredAny>,
        playlists: Option<IgnoredAny>,
        tracks: Option<IgnoredAny>,
    }
    let shape: Shape = serde_json::from_str(text).map_err(broken_json)?;
    if shape.playlists.is_some() {
        Ok(InputFormat::Mpd)
    } else if shape.playlist.is_some() {
        Ok(InputFormat::Jspf)
    } else if shape.tracks.is_some() {
        Ok(InputFormat::ArchiveJson)
    } else {
        Err(Reason::NoList)
    }
}

pub(super) fn broken_json(error: serde_json::Error) -> Reason {
    if error.is_eof() {
        Reason::Broken(format!("the JSON breaks off at line {}", error.line()))
    } else {
        Reason::Broken(format!("its JSON cannot be read: {error}"))
    }
}
