//! The playlist as a file for players.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use jiff::Timestamp;

use crate::cli::full::lists::place_audio;
use crate::cli::output::status;
use catalogue::{Catalogue, PlaylistSnapshot, SnapshotIndex};
use collection::similar::SimilarReport;
use formats::Format;

/// The file to write and its format.
pub struct Output {
    file: PathBuf,
    format: Format,
}

impl Output {
    /// # Errors
    /// If the extension is not a format or the folder is not writable: checked before the songs are analysed.
    pub fn new(file: &Path) -> anyhow::Result<Self> {
        let extension = file.extension().unwrap_or_default().to_string_lossy();
        let format = extension
            .parse()
            .with_context(|| format!("--out {}: the extension sets the format", file.display()))?;
        let folder = file
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        files::check_writable(folder.unwrap_or(Path::new(".")))
            .with_context(|| format!("{}: choose another --out", file.display()))?;
        if file.is_dir() {
            bail!(
                "--out {}: this is a folder; pass a file name",
                file.display()
            );
        }
        Ok(Self {
            file: file.into(),
            format,
        })
    }

    /// Writes the playlist; returns how many of its tracks the format cannot hold.
    pub fn write(&self, report: &SimilarReport) -> anyhow::Result<usize> {
        let Output { file, format } = self;
        let mut snapshot = PlaylistSnapshot::from(report);
        place_audio(&mut snapshot, file)?;
        let sources = Catalogue {
            provenance: report.provenance(Timestamp::now()),
            ..Catalogue::default()
        };
        let written = formats::write(*format, snapshot, &SnapshotIndex::new(&sources))?;
        let excluded = written.excluded.len();
        if excluded > 0 && excluded == report.tracks.len() {
            bail!(
                "--out {}: none of the tracks has an audio file here, and {format} needs one; use .xspf, .jspf or .csv, which \
                 name the tracks, or choose from your own songs with --candidates",
                file.display()
            );
        }
        for skip in &written.excluded {
            status(&format!(
                "excluded from {}: {} {}",
                file.display(),
                skip.path,
                skip.reason
            ));
        }
        files::write(file, written.text.as_bytes()).with_context(|| {
            format!(
                "{}: cannot write this file; choose another --out",
                file.display()
            )
        })?;
        status(&format!("Playlist: {}", file.display()));
        Ok(excluded)
    }
}
