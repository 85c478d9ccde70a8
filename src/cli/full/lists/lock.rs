//! One writer of a catalogue at a time: of two that read, add and write, the second would lose the changes of the first.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, bail};

/// A lock on the catalogue's folder until it is dropped or the process ends.
pub struct Lock {
    _file: File,
}

impl Lock {
    pub fn take(folder: &Path) -> anyhow::Result<Lock> {
        let path = folder.join(".writing");
        let mut open = OpenOptions::new();
        // Not truncated before it is locked: it holds the id of the process that has the lock.
        open.read(true).write(true).create(true).truncate(false);
        let opened = fs::create_dir_all(folder).and_then(|()| open.open(&path));
        let writable = || {
            format!(
                "{}: cannot write here; choose a writable folder",
                path.display()
            )
        };
        let mut file = opened.with_context(writable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!(
                "another playlist-fit{} is writing to {}; wait until it has finished",
                holder(&path),
                folder.display()
            ),
            Err(TryLockError::Error(reason)) => return Err(reason).with_context(writable),
        }
        file.set_len(0)
            .and_then(|()| write!(file, "{}", std::process::id()))
            .with_context(writable)?;
        Ok(Lock { _file: file })
    }
}

/// ` (process 123)` if the lock file names the process.
fn holder(path: &Path) -> String {
    let process = fs::read_to_string(path).ok();
    let process = process.and_then(|text| text.parse::<u32>().ok());
    process.map_or_else(String::new, |id| format!(" (process {id})"))
}
