//! What an import or a service could not use.

use std::path::PathBuf;

/// An item that was skipped or repaired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkippedItem {
    /// The file, or `row 7 of manifest.csv`.
    pub path: String,
    /// Why.
    pub reason: String,
}

impl From<(PathBuf, String)> for SkippedItem {
    fn from((path, reason): (PathBuf, String)) -> Self {
        Self {
            path: path.display().to_string(),
            reason,
        }
    }
}
