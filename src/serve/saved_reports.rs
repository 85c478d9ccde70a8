//! The reports on disk: one folder each in `--out`, as `fit` writes them, so that a server finds those of earlier ones and
//! of `fit`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::Serialize;

use analysis::{FitReport, PlaylistFit, Verdict};
use files::file_name;
use report::ReportError;

/// Playlists in a summary.
const SHOWN: usize = 5;

/// A report on disk.
pub struct SavedReport {
    pub folder: PathBuf,
    pub file: String,
    pub summary: Summary,
}

/// What the list of the page shows of a report.
#[derive(Serialize)]
pub struct Summary {
    title: Option<String>,
    artists: Option<String>,
    verdict: Verdict,
    /// The verdict as a sentence.
    verdict_text: String,
    /// The best ones.
    playlists: Vec<PlaylistFit>,
}

impl Summary {
    pub fn from_report(report: &FitReport) -> Self {
        Self {
            title: report.song.title.clone(),
            artists: report.song.artists.clone(),
            verdict: report.verdict.clone(),
            verdict_text: report::verdict(report),
            playlists: report.playlists.iter().take(SHOWN).cloned().collect(),
        }
    }
}

/// The reports in a folder, oldest first. Unreadable ones are skipped.
pub fn found(out: &Path) -> Vec<SavedReport> {
    let entries = fs::read_dir(out).into_iter().flatten().flatten();
    let mut found: Vec<(SystemTime, SavedReport)> = entries
        .filter_map(|entry| read(entry.path()).ok())
        .collect();
    found.sort_by(|(left, saved), (right, next)| {
        left.cmp(right).then_with(|| saved.folder.cmp(&next.folder))
    });
    found.into_iter().map(|(_, saved)| saved).collect()
}

fn read(folder: PathBuf) -> io::Result<(SystemTime, SavedReport)> {
    let path = folder.join("report.json");
    let report: FitReport = serde_json::from_slice(&fs::read(&path)?)?;
    let saved = SavedReport {
        summary: Summary::from_report(&report),
        file: report.song.file,
        folder,
    };
    Ok((fs::metadata(&path)?.modified()?, saved))
}

/// Creates a new folder for a song's report, named after its file, with a number if the name is taken.
///
/// # Errors
/// If it cannot be created.
pub fn new_folder(out: &Path, file: &str) -> Result<PathBuf, ReportError> {
    let stem = Path::new(file).file_stem().unwrap_or_default();
    let name = file_name(&stem.to_string_lossy(), "song");
    let mut free = name.clone();
    let mut number = 1;
    loop {
        let folder = out.join(&free);
        match fs::create_dir(&folder) {
            Ok(()) => return Ok(folder),
            Err(reason) if reason.kind() == io::ErrorKind::AlreadyExists => {}
            Err(source) => return Err(ReportError::Folder { folder, source }),
        }
        number += 1;
        free = format!("{name}-{number}");
    }
}

/// Deletes a report, and its folder if it contains nothing else.
///
/// # Errors
/// If a file cannot be deleted.
pub fn delete(folder: &Path) -> io::Result<()> {
    for name in report::FILES {
        match fs::remove_file(folder.join(name)) {
            Err(reason) if reason.kind() != io::ErrorKind::NotFound => return Err(reason),
            _ => {}
        }
    }
    match fs::remove_dir(folder) {
        Err(reason) if reason.kind() != io::ErrorKind::DirectoryNotEmpty => Err(reason),
        _ => Ok(()),
    }
}
