//! What a format of playlist files provides, and which format a file has.

use std::path::Path;

use super::Reason;
use super::parsed_file::ParsedFile;
use super::text_file::TextFile;

/// A format of playlist files that can be imported.
pub(super) trait InputFormat: Sync {
    /// The extensions of its files, in lower case.
    fn extensions(&self) -> &'static [&'static str];

    /// Whether the content is of this format. Called for each format in turn, so it reads as little as possible.
    fn sniff(&self, file: &TextFile) -> bool;

    /// Reads the whole file. A track that cannot be read is skipped with its reason.
    ///
    /// # Errors
    /// If the file as a whole is invalid.
    fn read(&self, file: &TextFile) -> Result<ParsedFile, Reason>;

    /// Whether a file of a folder is opened, judged by its name.
    fn accepts_name(&self, path: &Path) -> bool {
        let extension = path.extension().unwrap_or_default();
        let mut extensions = self.extensions().iter();
        extensions.any(|known| extension.eq_ignore_ascii_case(known))
    }
}

/// Reads a file in the first of `formats` whose content matches.
///
/// # Errors
/// If none matches, or the file is invalid in the format that does.
pub(super) fn read_first(
    formats: &[&dyn InputFormat],
    file: &TextFile,
) -> Result<ParsedFile, Reason> {
    let mut formats = formats.iter();
    let format = formats.find(|format| format.sniff(file));
    format.ok_or_else(|| file.unknown_format())?.read(file)
}
