//! The formats that an import reads.

use std::path::Path;

use super::input_format::InputFormat;
use super::text_file::TextFile;
use super::{Reason, archive, exportify, jspf, m3u, mpd, table, xspf};

/// In the order in which they are tried: `.json`, `.csv`, `.md` and `.txt` are shared by several.
const FORMATS: [&dyn InputFormat; 9] = [
    &mpd::Mpd,
    &jspf::Jspf,
    &archive::Json,
    &m3u::M3u,
    &xspf::Xspf,
    &archive::Markdown,
    &table::Table,
    &exportify::Exportify,
    &archive::Plain,
];

/// Whether a file of a folder is opened, judged by its name.
pub(super) fn may_be_playlist(file: &Path) -> bool {
    FORMATS.iter().any(|format| format.accepts_name(file))
}

/// The format of a file: by its content first, then by the extension of a table.
///
/// # Errors
/// If it has none of the formats.
pub(super) fn detect_format(file: &TextFile) -> Result<&'static dyn InputFormat, Reason> {
    let by_content = FORMATS.into_iter().find(|format| format.sniff(file));
    // The reader of tables names the columns that are missing.
    let table: &dyn InputFormat = &table::Table;
    let is_table = !file.is_markup() && file.has_extension(table.extensions());
    by_content
        .or(is_table.then_some(table))
        .ok_or_else(|| file.unknown_format())
}
