//! One file of an export.

use std::path::Path;

use anyhow::Context as _;

use crate::cli::output::status;
use catalogue::{Playlist, PlaylistSnapshot};
use formats::{Format, Written};

/// Writes the file, unless the format can hold none of the tracks. Returns whether it was written.
pub fn save(
    written: &Written,
    playlist: &Playlist,
    file: &Path,
    format: Format,
) -> anyhow::Result<bool> {
    let name = &playlist.name;
    if !written.excluded.is_empty() && written.is_empty() {
        status(&format!(
            "{name}: none of its {} tracks has audio, so no {format} was written; xspf, jspf, csv, tsv and json need none",
            written.excluded.len()
        ));
        return Ok(false);
    }
    for skip in &written.excluded {
        status(&format!(
            "excluded from {name}: {} {}",
            skip.path, skip.reason
        ));
    }
    files::write(file, written.text.as_bytes())
        .with_context(|| format!("{}: cannot write; choose another --out", file.display()))?;
    Ok(true)
}

/// Makes the folder of `file`, and the audio paths of the snapshot relative to it.
pub fn place_audio(snapshot: &mut PlaylistSnapshot, file: &Path) -> anyhow::Result<()> {
    let file = std::path::absolute(file).context("--out: cannot resolve the working directory")?;
    let folder = file.parent().unwrap_or(&file);
    let made = std::fs::create_dir_all(folder);
    made.and_then(|()| formats::make_audio_relative(snapshot, folder))
        .with_context(|| {
            format!(
                "{}: cannot use this folder; choose another --out",
                folder.display()
            )
        })
}
