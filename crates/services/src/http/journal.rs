//! Which playlists were started and not finished, stored on the disk: after `kill -9` a collection resumes.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::cache::CacheEntry;
use crate::CollectError;

/// Pages of a playlist that was started longer ago are requested again; its version may be a mere count.
const RESUMABLE: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The unfinished playlists of one service, a file each.
pub(super) struct ResumeJournal {
    folder: PathBuf,
    /// The playlist that is being collected.
    current: Mutex<Option<JournalEntry>>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct JournalEntry {
    list: String,
    version: String,
    since: Timestamp,
}

impl JournalEntry {
    /// The identifier that every response of this collection stores.
    fn mark(&self) -> String {
        let JournalEntry {
            list,
            version,
            since,
        } = self;
        format!("{since} {list} {version}")
    }
}

impl ResumeJournal {
    pub(super) fn below(source: &Path) -> ResumeJournal {
        ResumeJournal {
            folder: source.join("unfinished"),
            current: Mutex::default(),
        }
    }

    /// The identifier of the current collection.
    pub(super) fn current(&self) -> Option<String> {
        self.lock().as_ref().map(JournalEntry::mark)
    }

    /// Whether the response belongs to the current collection.
    pub(super) fn has(&self, entry: &CacheEntry) -> bool {
        entry.collection.is_some() && entry.collection == self.current()
    }

    pub(super) fn begin(
        &self,
        list: &str,
        version: &str,
        now: Timestamp,
    ) -> Result<(), CollectError> {
        self.discard();
        let file = self.file(list);
        let known = fs::read(&file).ok();
        let known = known.and_then(|text| serde_json::from_slice::<JournalEntry>(&text).ok());
        let resumed = known.filter(|known| {
            known.list == list
                && known.version == version
                && now.duration_since(known.since) < RESUMABLE
        });
        let begun = match resumed {
            Some(begun) => begun,
            None => {
                let begun = JournalEntry {
                    list: list.to_owned(),
                    version: version.to_owned(),
                    since: now,
                };
                let text = serde_json::to_vec(&begun).map_err(io::Error::from);
                let written = text.and_then(|text| files::write(&file, &text));
                written.map_err(|source| CollectError::Disk { path: file, source })?;
                begun
            }
        };
        *self.lock() = Some(begun);
        Ok(())
    }

    pub(super) fn finish(&self, list: &str) -> Result<(), CollectError> {
        self.lock().take_if(|current| current.list == list);
        let path = self.file(list);
        match fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(CollectError::Disk { path, source })
            }
            _ => Ok(()),
        }
    }

    /// The current collection ended without a response and can resume later.
    pub(super) fn interrupted(&self) {
        *self.lock() = None;
    }

    /// Drops a collection that got its responses and was not finished: they were invalid and must be requested again.
    fn discard(&self) {
        let current = self.lock().take();
        if let Some(current) = current {
            // A file that remains does little harm: its pages are requested again when the version changes.
            let _ = fs::remove_file(self.file(&current.list));
        }
    }

    fn file(&self, list: &str) -> PathBuf {
        let name = blake3::hash(list.as_bytes()).to_hex();
        self.folder.join(&name[..32])
    }

    fn lock(&self) -> MutexGuard<'_, Option<JournalEntry>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for ResumeJournal {
    fn drop(&mut self) {
        self.discard();
    }
}
