//! What an import or a service could not use.

use std::path::PathBuf;

/// An item that was skipped or repaired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The file, or `row 7 of manifest.csv`.
    pub path: String,
    pub why: String,
}

impl From<(PathBuf, String)> for Skipped {
    fn from((path, why): (PathBuf, String)) -> Self {
        Self {
            path: path.display().to_string(),
            why,
        }
    }
}
