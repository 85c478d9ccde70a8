//! The songs that the arguments name.

use std::collections::HashSet;
use std::path::PathBuf;

use anyhow::bail;

use crate::cli::output::status;
use crate::cli::paths::require_exists;
use collection::batch::Failed;
use files::audio_below;

/// Every song once, sorted by name inside its folder, and what could not be read; each of the latter is named on stderr.
pub fn find_songs(paths: &[PathBuf]) -> anyhow::Result<(Vec<PathBuf>, Vec<Failed>)> {
    let (mut songs, mut failed) = (Vec::new(), Vec::new());
    for path in paths {
        require_exists(path)?;
        if !path.is_dir() {
            songs.push(path.clone());
            continue;
        }
        let (found, unread) = audio_below(path);
        songs.extend(found);
        let skips = unread.into_iter();
        failed.extend(skips.map(|(path, reason)| Failed { path, reason }));
    }
    let mut seen = HashSet::new();
    songs.retain(|song| seen.insert(std::path::absolute(song).unwrap_or_else(|_| song.clone())));
    for skip in &failed {
        status(&format!("skipped {}: {}", skip.path.display(), skip.reason));
    }
    if songs.is_empty() && failed.is_empty() {
        bail!(
            "{}: no audio files in it; pass songs, or a folder with songs",
            paths[0].display()
        )
    }
    Ok((songs, failed))
}
