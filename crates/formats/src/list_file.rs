//! The text of a file with a list, and where it lies.

use std::fs;
use std::path::{Path, PathBuf};

use super::Reason;

/// How files of ZIP and gzip begin.
const PACKED: [&[u8]; 2] = [b"PK\x03\x04", b"\x1f\x8b"];

pub(super) struct ListFile {
    /// Absolute.
    pub path: PathBuf,
    /// Without a byte order mark.
    pub text: String,
}

impl ListFile {
    /// # Errors
    /// Where there is no such file, or no text in it.
    pub(super) fn open(path: &Path) -> Result<ListFile, Reason> {
        let kind = fs::metadata(path).map_err(Reason::Read)?;
        if !kind.is_file() || files::is_audio(path) {
            return Err(Reason::NoList);
        }
        let bytes = fs::read(path).map_err(Reason::Read)?;
        ListFile::new(path, bytes)
    }

    /// What came from elsewhere than the disk, under a name.
    ///
    /// # Errors
    /// Where it is no text.
    pub(super) fn new(path: &Path, bytes: Vec<u8>) -> Result<ListFile, Reason> {
        let path = std::path::absolute(path).map_err(Reason::Read)?;
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) if PACKED.iter().any(|head| error.as_bytes().starts_with(head)) => {
                return Err(Reason::Packed);
            }
            Err(error) if has_extension(&path, "m3u") => latin_1(error.as_bytes()),
            Err(error) => {
                let readable = &error.as_bytes()[..error.utf8_error().valid_up_to()];
                let line = 1 + readable.iter().filter(|byte| **byte == b'\n').count();
                return Err(Reason::NoText(line));
            }
        };
        let text = match text.strip_prefix('\u{feff}') {
            Some(text) => text.to_owned(),
            None => text,
        };
        if text.trim().is_empty() {
            Err(Reason::Empty)
        } else {
            Ok(ListFile { path, text })
        }
    }

    /// As messages write it.
    pub(super) fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    /// The name without the extension.
    pub(super) fn stem(&self) -> String {
        let stem = self.path.file_stem().unwrap_or_default();
        stem.to_string_lossy().into_owned()
    }

    /// Relative paths count from here.
    pub(super) fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(&self.path)
    }

    pub(super) fn has_extension(&self, extensions: &[&str]) -> bool {
        let has = |extension: &&str| has_extension(&self.path, extension);
        extensions.iter().any(has)
    }
}

fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension()
        .is_some_and(|found| found.eq_ignore_ascii_case(extension))
}

/// What `.m3u` is where it is not UTF-8: a byte is a character.
fn latin_1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}
