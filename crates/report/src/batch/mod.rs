//! A [`BatchReport`] comes in; into its folder go `index.html`, `fits.png`, `songs.csv` (a row a song)
//! and `assignment.csv` (a row a list).
//!
//! The page is one file that loads nothing; its script, without which the table stands as it is, only sorts and hides
//! rows, and its policy lets no other run.
//!
//! Must not: decide anything; what is pitched where, and which songs are one, the batch says.

mod heat_map;
mod page;
#[cfg(test)]
mod synthetic;
mod tables;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use super::ReportError;
use collection::batch::{BatchReport, Caution};

/// Writes the four files into `folder`, which is made where it is missing; each appears whole or not at all. Answers where
/// the page lies.
///
/// # Errors
/// Where the folder or a file cannot be written.
pub fn write_batch(batch: &BatchReport, folder: &Path) -> Result<PathBuf, ReportError> {
    let picture = heat_map::png(batch)?;
    let page = page::html(batch, &picture)?;
    let files = [
        ("fits.png", picture),
        ("songs.csv", tables::songs(batch)?),
        ("assignment.csv", tables::assignment(batch)?),
        ("index.html", page.into_bytes()),
    ];
    for (name, content) in files {
        let file = folder.join(name);
        files::write(&file, &content).map_err(|source| ReportError::Write { file, source })?;
    }
    Ok(folder.join("index.html"))
}

/// What to know before a pitch, in words.
#[must_use]
pub fn caution(caution: Caution) -> &'static str {
    match caution {
        Caution::OutOfDistribution => "unlike what was learned: do not rely on it",
        Caution::NoGoodFit => "no good fit",
    }
}
