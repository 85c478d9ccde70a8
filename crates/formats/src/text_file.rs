//! The text of a file, and what is needed to recognise its format.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde::de::{DeserializeOwned, IgnoredAny};

use super::Reason;

/// The first bytes of ZIP and gzip files.
const PACKED: [&[u8]; 2] = [b"PK\x03\x04", b"\x1f\x8b"];

pub(super) struct TextFile {
    /// Absolute.
    pub path: PathBuf,
    /// Without a byte order mark.
    pub text: String,
    /// See [`TextFile::has_json_key`].
    json_keys: OnceLock<BTreeSet<String>>,
}

impl TextFile {
    /// # Errors
    /// If the file cannot be read, is empty or is not text.
    pub(super) fn open(path: &Path) -> Result<TextFile, Reason> {
        let kind = fs::metadata(path).map_err(Reason::Read)?;
        if !kind.is_file() || files::is_audio(path) {
            return Err(Reason::UnknownFormat);
        }
        let bytes = fs::read(path).map_err(Reason::Read)?;
        TextFile::new(path, bytes)
    }

    /// A file that is not on the disk, under a name.
    ///
    /// # Errors
    /// If it is empty or is not text.
    pub(super) fn new(path: &Path, bytes: Vec<u8>) -> Result<TextFile, Reason> {
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
                return Err(Reason::NotUtf8(line));
            }
        };
        let text = match text.strip_prefix('\u{feff}') {
            Some(text) => text.to_owned(),
            None => text,
        };
        if text.trim().is_empty() {
            Err(Reason::Empty)
        } else {
            Ok(TextFile::from_text(path, text))
        }
    }

    /// `path` absolute, `text` without a byte order mark.
    pub(super) fn from_text(path: PathBuf, text: String) -> TextFile {
        TextFile {
            path,
            text,
            json_keys: OnceLock::new(),
        }
    }

    /// The file's name, for messages.
    pub(super) fn name(&self) -> String {
        let name = self.path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    /// The name without the extension.
    pub(super) fn stem(&self) -> String {
        let stem = self.path.file_stem().unwrap_or_default();
        stem.to_string_lossy().into_owned()
    }

    /// The folder against which relative paths are resolved.
    pub(super) fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(&self.path)
    }

    /// The text as JSON.
    ///
    /// # Errors
    /// If it is not JSON of this shape.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, Reason> {
        serde_json::from_str(&self.text).map_err(invalid_json)
    }

    /// Whether the text is a JSON object with this key, and its value is not null.
    pub(super) fn has_json_key(&self, key: &str) -> bool {
        let keys = || {
            let is_object = self.text.trim_start().starts_with('{');
            let object: BTreeMap<String, Option<IgnoredAny>> = is_object
                .then(|| self.json().ok())
                .flatten()
                .unwrap_or_default();
            let stated = object.into_iter().filter(|(_, value)| value.is_some());
            stated.map(|(key, _)| key).collect()
        };
        self.json_keys.get_or_init(keys).contains(key)
    }

    /// Whether the text starts like JSON or XML.
    pub(super) fn is_markup(&self) -> bool {
        self.text.trim_start().starts_with(['{', '<'])
    }

    /// Why no format matches: the text is invalid JSON, or anything else.
    pub(super) fn unknown_format(&self) -> Reason {
        let is_json = self.text.trim_start().starts_with('{');
        match self.json::<IgnoredAny>() {
            Err(invalid) if is_json => invalid,
            _ => Reason::UnknownFormat,
        }
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

/// Decodes Latin-1, the encoding of `.m3u` files that are not UTF-8: each byte is a character.
fn latin_1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

fn invalid_json(error: serde_json::Error) -> Reason {
    if error.is_eof() {
        Reason::Invalid(format!("the JSON ends early, at line {}", error.line()))
    } else {
        Reason::Invalid(format!("invalid JSON: {error}"))
    }
}
