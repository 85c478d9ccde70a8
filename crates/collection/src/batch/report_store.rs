//! The folder of a batch: which song's report lies where, and whether it still says what a new one would. A note of
//! what was heard, `heard.json`, is written last, so that a song without it is heard again.

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

const MANIFEST: &str = "heard.json";
const REPORT: &str = "report.json";

/// What was heard by whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct StampFields {
    /// Absolute.
    path: PathBuf,
    bytes: u64,
    modified: Timestamp,
    /// The bundle's id.
    bundle: String,
    /// Version of the program, and of its JSON.
    program: String,
}

#[derive(Serialize, Deserialize)]
struct ReportManifest {
    #[serde(flatten)]
    stamp: StampFields,
    /// As [`Fingerprint::to_bytes`], in base64.
    fingerprint: String,
}

/// A song as it lies on the disk now.
#[derive(Clone, Debug)]
pub struct FileStamp(StampFields);

pub struct ReportStore {
    folder: PathBuf,
    bundle: String,
    /// What a report consists of.
    files: &'static [&'static str],
    /// By the song's absolute path.
    folders: HashMap<PathBuf, String>,
}

impl ReportStore {
    /// `bundle` is the id of the bundle that hears now, `files` what a report consists of. Notes that cannot be read are as
    /// if they were not there.
    #[must_use]
    pub fn open(folder: &Path, bundle: String, files: &'static [&'static str]) -> Self {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let recorded = entries.filter_map(|entry| {
            let manifest: ReportManifest = read_json(&entry.path().join(MANIFEST))?;
            Some((manifest.stamp.path, entry.file_name().into_string().ok()?))
        });
        let mut recorded: Vec<(PathBuf, String)> = recorded.collect();
        // Where two folders name one song, the same one counts in every run.
        recorded.sort_unstable_by(|left, right| right.cmp(left));
        Self {
            folder: folder.to_owned(),
            bundle,
            files,
            folders: recorded.into_iter().collect(),
        }
    }

    /// Where each song's report goes: where it lies, else under a name that `name` makes and that it adds to those which
    /// are taken (in lower case).
    #[must_use]
    pub fn folders(
        &self,
        songs: &[PathBuf],
        name: impl Fn(&Path, &mut HashSet<String>) -> String,
    ) -> Vec<String> {
        let taken = self.folders.values().map(|folder| folder.to_lowercase());
        let mut taken: HashSet<String> = taken.collect();
        let place = |song: &PathBuf| {
            let known = std::path::absolute(song).ok();
            let known = known.and_then(|path| self.folders.get(&path).cloned());
            known.unwrap_or_else(|| name(song, &mut taken))
        };
        songs.iter().map(place).collect()
    }

    /// What the song is now; to be asked before it is heard, so that a change meanwhile is noticed by the next run.
    ///
    /// # Errors
    /// Where the file is gone or cannot be looked at.
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

    /// The report of an earlier run, where it is whole and the song, the bundle and the program are still the same.
    #[must_use]
    pub fn load(&self, song: &FileStamp, folder: &str) -> Option<(FitReport, Fingerprint)> {
        let folder = self.folder.join(folder);
        let manifest: ReportManifest = read_json(&folder.join(MANIFEST))
            .filter(|manifest: &ReportManifest| manifest.stamp == song.0)?;
        if !self.files.iter().all(|file| folder.join(file).is_file()) {
            return None;
        }
        let report: FitReport = read_json(&folder.join(REPORT))?;
        if report.bundle.id != self.bundle {
            // A run with another bundle came as far as the report and not as far as its note.
            return None;
        }
        let fingerprint = Fingerprint::from_bytes(&BASE64.decode(manifest.fingerprint).ok()?)?;
        Some((report, fingerprint))
    }

    /// Takes away what a run that was killed had begun to write of a song's report.
    pub fn remove_temp_files(&self, folder: &str) {
        let entries = fs::read_dir(self.folder.join(folder));
        for entry in entries.into_iter().flatten().flatten() {
            if entry
                .file_name()
                .to_string_lossy()
                .starts_with(files::TEMP_PREFIX)
            {
                // One that stays does no harm.
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    /// Notes that the song's report lies in its folder, whole.
    ///
    /// # Errors
    /// Where the note cannot be written.
    pub fn save(&self, song: FileStamp, folder: &str, fingerprint: &Fingerprint) -> io::Result<()> {
        let manifest = ReportManifest {
            stamp: song.0,
            fingerprint: BASE64.encode(fingerprint.to_bytes()),
        };
        let bytes = serde_json::to_vec(&manifest)?;
        files::write(&self.folder.join(folder).join(MANIFEST), &bytes)
    }
}

/// None where it is missing or damaged.
fn read_json<T: for<'de> Deserialize<'de>>(path: &Path) -> Option<T> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}
