//! `import`: track lists from files into the catalogue.

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
    /// Folders whose folders are playlists, files with lists (CSV, Exportify, M3U, XSPF, JSPF, MPD), folders of such
    /// files, or a clone of the Spotify playlist archive
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Folder to bring the track lists into
    #[arg(long, value_name = "DIR", default_value = "catalogue")]
    into: PathBuf,
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
        let mut held = None;
        for path in &self.paths {
            require_exists(path)?;
            let imported = formats::import(path, &context)?;
            // Only now: a path that holds nothing leaves no folder behind.
            let (_, catalogue) = match &mut held {
                Some(held) => held,
                None => held.insert(self.open()?),
            };
            let merged = catalogue.update(imported.catalogue, &imported.whole, today);
            store::write(catalogue, &self.into)?;
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
        if let Some((_, catalogue)) = &held {
            let sizes = [
                catalogue.tracks.len(),
                catalogue.playlists.len(),
                catalogue.placements.len(),
            ];
            let all = vec![format!("all in {}", self.into.display())];
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
        let lock = Lock::take(&self.into)?;
        match store::read(&self.into) {
            Err(StoreError::Missing(_)) => Ok((lock, Catalogue::default())),
            read => Ok((lock, read?)),
        }
    }
}
