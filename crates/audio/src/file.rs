//! Opening files: the only place of this crate that touches a file system.

use std::fs::File;
use std::path::Path;

use super::AudioError;

pub(super) fn open(path: &Path) -> Result<File, AudioError> {
    let failed = |source| AudioError::Open {
        path: path.into(),
        source,
    };
    let file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if metadata.is_dir() {
        return Err(AudioError::Folder(path.into()));
    }
    if metadata.is_file() && metadata.len() == 0 {
        return Err(AudioError::Empty(path.into()));
    }
    Ok(file)
}
