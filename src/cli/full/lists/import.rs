//! `import`: playlists from files into the catalogue.

use std::path::PathBuf;

use clap::Args;
use jiff::{Timestamp, Zoned};

use super::lock::Lock;
use crate::cli::ExitStatus;
use crate::cli::full::track_progress;
use crate::cli::output::{print, progress, status};
use crate::cli::paths::require_exists;
use crate::cli::table::table;
use catalogue::Catalogue;
use formats::ImportContext;
use prepare::SymphoniaProbe;
use store::StoreError;

#[derive(Debug, Args)]
pub struct Import {
    /// Folders of playlist folders with audio, playlist files (CSV, Exportify, M3U, XSPF, JSPF, MPD), folders of such
    /// files, or a clone of the Spotify playlist archive
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Folder of the catalogue to import into
    #[arg(long, alias = "into", value_name = "DIR", default_value = "catalogue")]
    out: PathBuf,
}

impl Import {
    pub fn run(&self) -> anyhow::Result<ExitStatus> {
        let bar = progress("Reading");
        let seen = track_progress(&bar);
        let context = ImportContext {
            facts: &SymphoniaProbe,
            retrieved: Timestamp::now(),
            progress: &seen,
        };
        let today = Zoned::now().date();
        let mut skipped = Vec::new();
        let mut rows = Vec::new();
        let mut opened = None;
        for path in &self.paths {
            require_exists(path)?;
            let imported = formats::import(path, &context)?;
            // Opened late, so that an invalid path leaves no folder.
            let (_, catalogue) = match &mut opened {
                Some(opened) => opened,
                None => opened.insert(self.open()?),
            };
            let merged = catalogue.update(imported.catalogue, &imported.complete, today);
            store::write(catalogue, &self.out)?;
            skipped.extend(imported.skipped);
            let changes = [merged.tracks, merged.playlists, merged.placements];
            let cells =
                changes.map(|change| format!("{} new, {} changed", change.added, change.changed));
            rows.push([vec![path.display().to_string()], cells.to_vec()].concat());
        }
        bar.finish_and_clear();
        for skip in &skipped {
            status(&format!("skipped {}: {}", skip.path, skip.reason));
        }
        if let Some((_, catalogue)) = &opened {
            let sizes = [
                catalogue.tracks.len(),
                catalogue.playlists.len(),
                catalogue.placements.len(),
            ];
            let all = vec![format!("all in {}", self.out.display())];
            rows.push([all, sizes.map(|size| size.to_string()).to_vec()].concat());
        }
        print(&table(
            &["from", "tracks", "playlists", "placements"],
            &rows,
        ));
        Ok(if skipped.is_empty() {
            ExitStatus::Success
        } else {
            ExitStatus::Partial
        })
    }

    fn open(&self) -> anyhow::Result<(Lock, Catalogue)> {
        let lock = Lock::take(&self.out)?;
        match store::read(&self.out) {
            Err(StoreError::Missing(_)) => Ok((lock, Catalogue::default())),
            read => Ok((lock, read?)),
        }
    }
}
