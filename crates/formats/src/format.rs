//! Which format a file is of: by its content first, since `.json`, `.csv`, `.md` and `.txt` are shared by several,
//! then by its extension.

use std::path::Path;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::content::Content;
use super::list_file::ListFile;
use super::{Why, archive, exportify, jspf, m3u, mpd, table, xspf};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
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

impl Format {
    pub(super) fn read(self, file: &ListFile) -> Result<Content, Why> {
        match self {
            Format::Table => table::read(file),
            Format::Exportify => Ok(exportify::read(file)),
            Format::M3u => Ok(m3u::read(file)),
            Format::Xspf => xspf::read(file),
            Format::Jspf => jspf::read(file),
            Format::ArchiveJson => archive::json::read(file),
            Format::ArchiveMarkdown => Ok(archive::markdown::read(file)),
            Format::ArchivePlain => Ok(archive::plain::read(file)),
            Format::Mpd => mpd::read(file),
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
pub(super) fn recognise(file: &ListFile) -> Result<Format, Why> {
    let text = file.text.trim_start();
    if text.starts_with("#EXTM3U") {
        Ok(Format::M3u)
    } else if text.starts_with('{') {
        json(text)
    } else if file.has_extension(&["m3u", "m3u8"]) {
        Ok(Format::M3u)
    } else if text.starts_with('<') {
        Some(Format::Xspf)
            .filter(|_| xspf::begins(text))
            .ok_or(Why::NoList)
    } else if archive::markdown::begins(text) {
        Ok(Format::ArchiveMarkdown)
    } else if table::begins(file) {
        Ok(Format::Table)
    } else if exportify::begins(text) {
        Ok(Format::Exportify)
    } else if archive::plain::begins(&file.text) {
        Ok(Format::ArchivePlain)
    } else if file.has_extension(&["csv", "tsv", "txt"]) {
        Ok(Format::Table)
    } else {
        Err(Why::NoList)
    }
}

fn json(text: &str) -> Result<Format, Why> {
    #[derive(Deserialize)]
    struct Shape {
        playlist: Option<IgnoredAny>,
        playlists: Option<IgnoredAny>,
        tracks: Option<IgnoredAny>,
    }
    let shape: Shape = serde_json::from_str(text).map_err(broken_json)?;
    if shape.playlists.is_some() {
        Ok(Format::Mpd)
    } else if shape.playlist.is_some() {
        Ok(Format::Jspf)
    } else if shape.tracks.is_some() {
        Ok(Format::ArchiveJson)
    } else {
        Err(Why::NoList)
    }
}

pub(super) fn broken_json(error: serde_json::Error) -> Why {
    match error.is_eof() {
        true => Why::Broken(format!("the JSON breaks off at line {}", error.line())),
        false => Why::Broken(format!("its JSON cannot be read: {error}")),
    }
}
