//! One writer of a catalogue at a time: of two that read, add and write, the later would lose what the other added.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, bail};

/// Holds the folder until it is dropped, or the program ends in whatever way.
pub struct Lock {
    _file: File,
}

impl Lock {
    pub fn take(folder: &Path) -> anyhow::Result<Lock> {
        let path = folder.join(".writing");
        let mut open = OpenOptions::new();
        // Not emptied before it is ours: it names who holds it.
        open.read(true).write(true).create(true).truncate(false);
        let opened = fs::create_dir_all(folder).and_then(|()| open.open(&path));
        let writable = || format!("{}: choose a folder that you may write to", path.display());
        let mut file = opened.with_context(writable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!(
                "another playlist-fit{} is writing into {}; wait until it has ended",
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

/// The number of the process, where the file tells.
fn holder(path: &Path) -> String {
    let process = fs::read_to_string(path).ok();
    let process = process.and_then(|text| text.parse::<u32>().ok());
    process.map_or_else(String::new, |id| format!(" (process {id})"))
}
