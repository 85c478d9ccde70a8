//! The folder of a batch: where the report of each song is, and whether it is still up to date. The record of a finished
//! report, `analysed.json`, is written last, so that a song without it is analysed again.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use analysis::{FitReport, SCHEMA_VERSION};
use audio::fingerprint::Fingerprint;

const RECORD: &str = "analysed.json";
/// Name of the record in earlier versions.
const OLD_RECORD: &str = "heard.json";
const REPORT: &str = "report.json";

/// A song file, and what made its report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct StampFields {
    /// Absolute.
    path: PathBuf,
    bytes: u64,
    modified: Timestamp,
    /// The bundle's id.
    bundle: String,
    /// Version of the program and of its JSON, as `0.1.0 1`.
    program: String,
}

#[derive(Serialize, Deserialize)]
struct ReportRecord {
    #[serde(flatten)]
    stamp: StampFields,
    /// As [`Fingerprint::to_bytes`], in base64.
    fingerprint: String,
}

/// The state of a song file: path, size and time of its last change.
#[derive(Clone, Debug)]
pub struct FileStamp(StampFields);

/// The folder of a batch with one report folder per song.
#[derive(Debug)]
pub struct ReportStore {
    folder: PathBuf,
    bundle: String,
    /// Names of the files of a report.
    files: &'static [&'static str],
    /// By the song's absolute path.
    folders: HashMap<PathBuf, String>,
}

impl ReportStore {
    /// `bundle` is the id of the bundle that judges now, `files` the names of the files of a report. Records that cannot be
    /// read count as absent.
    #[must_use]
    pub fn open(folder: &Path, bundle: String, files: &'static [&'static str]) -> Self {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let recorded = entries.filter_map(|entry| {
            let record = read_record(&entry.path())?;
            Some((record.stamp.path, entry.file_name().into_string().ok()?))
        });
        let mut recorded: Vec<(PathBuf, String)> = recorded.collect();
        // If two folders have the same song, every run picks the same one.
        recorded.sort_unstable_by(|left, right| right.cmp(left));
        Self {
            folder: folder.to_owned(),
            bundle,
            files,
            folders: recorded.into_iter().collect(),
        }
    }

    /// The report folder of each song, `[songs]`: that of an earlier run, else a new one named by `name`, which gets the
    /// names in use (in lower case) and adds its own.
    #[must_use]
    pub fn folders(
        &self,
        songs: &[PathBuf],
        name: impl Fn(&Path, &mut HashSet<String>) -> String,
    ) -> Vec<String> {
        let taken = self.folders.values().map(|folder| folder.to_lowercase());
        let mut taken: HashSet<String> = taken.collect();
        let folder_of = |song: &PathBuf| {
            let known = std::path::absolute(song).ok();
            let known = known.and_then(|path| self.folders.get(&path).cloned());
            known.unwrap_or_else(|| name(song, &mut taken))
        };
        songs.iter().map(folder_of).collect()
    }

    /// The present state of a song file. Take it before the analysis, so that the next run notices a change meanwhile.
    ///
    /// # Errors
    /// If the file is missing or its metadata cannot be read.
    pub fn stamp(&self, song: &Path) -> io::Result<FileStamp> {
        let facts = fs::metadata(song)?;
        Ok(FileStamp(StampFields {
            path: std::path::absolute(song)?,
            bytes: facts.len(),
            modified: Timestamp::try_from(facts.modified()?).map_err(io::Error::other)?,
            bundle: self.bundle.clone(),
            program: format!("{} {SCHEMA_VERSION}", env!("CARGO_PKG_VERSION")),
        }))
    }

    /// The report of an earlier run; `None` if it is incomplete, or the song, the bundle or the program has changed.
    #[must_use]
    pub fn load(&self, song: &FileStamp, folder: &str) -> Option<(FitReport, Fingerprint)> {
        let folder = self.folder.join(folder);
        let record = read_record(&folder).filter(|record| record.stamp.is_same(&song.0))?;
        if !self.files.iter().all(|file| folder.join(file).is_file()) {
            return None;
        }
        let report: FitReport = read_json(&folder.join(REPORT))?;
        if report.bundle.id != self.bundle {
            // A run with another bundle was interrupted between the report and its record.
            return None;
        }
        let fingerprint = Fingerprint::from_bytes(&BASE64.decode(record.fingerprint).ok()?)?;
        Some((report, fingerprint))
    }

    /// Removes the temporary files that an interrupted run left in a report folder.
    pub fn remove_temp_files(&self, folder: &str) {
        let entries = fs::read_dir(self.folder.join(folder));
        for entry in entries.into_iter().flatten().flatten() {
            if entry
                .file_name()
                .to_string_lossy()
                .starts_with(files::TEMP_PREFIX)
            {
                // One that remains does no harm.
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    /// Records that the report of a song is complete in its folder.
    ///
    /// # Errors
    /// If the record cannot be written.
    pub fn save(&self, song: FileStamp, folder: &str, fingerprint: &Fingerprint) -> io::Result<()> {
        let record = ReportRecord {
            stamp: song.0,
            fingerprint: BASE64.encode(fingerprint.to_bytes()),
        };
        let bytes = serde_json::to_vec(&record)?;
        let folder = self.folder.join(folder);
        files::write(&folder.join(RECORD), &bytes)?;
        match fs::remove_file(folder.join(OLD_RECORD)) {
            Err(reason) if reason.kind() != io::ErrorKind::NotFound => Err(reason),
            _ => Ok(()),
        }
    }
}

impl StampFields {
    /// Whether a report for one is up to date for the other. Reports with an older JSON of the same program are; whether
    /// they can still be read is up to [`FitReport`].
    fn is_same(&self, other: &Self) -> bool {
        let version = |stamp: &Self| stamp.program.split(' ').next().map(str::to_owned);
        (&self.path, self.bytes, self.modified, &self.bundle)
            == (&other.path, other.bytes, other.modified, &other.bundle)
            && version(self) == version(other)
    }
}

/// The record of a report folder, also of an earlier version; `None` if it is missing or damaged.
fn read_record(folder: &Path) -> Option<ReportRecord> {
    read_json(&folder.join(RECORD)).or_else(|| read_json(&folder.join(OLD_RECORD)))
}

/// `None` if the file is missing or damaged.
fn read_json<T: for<'de> Deserialize<'de>>(path: &Path) -> Option<T> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}
