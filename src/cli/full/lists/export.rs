//! `export`: playlists of the catalogue as files that players and other programs read.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;

use super::named::find;
use crate::cli::ExitStatus;
use crate::cli::full::PlaylistsFolder;
use crate::cli::output::{print, status};
use crate::cli::table::table;
use catalogue::{Catalogue, Playlist, PlaylistSnapshot, SnapshotIndex};
use formats::{Format, Written};

#[derive(Debug, Args)]
pub struct Export {
    /// Playlists to write, by id or name; all if none is given
    #[arg(value_name = "PLAYLIST")]
    names: Vec<String>,
    #[command(flatten)]
    playlists: PlaylistsFolder,
    /// File to write, whose extension gives the format, or folder for one file per playlist
    #[arg(long, value_name = "FILE|DIR")]
    out: PathBuf,
    /// m3u8, xspf, jspf, csv, tsv or json (the cumulative format of the Spotify playlist archive)
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
}

impl Export {
    pub fn run(&self) -> anyhow::Result<ExitStatus> {
        let catalogue = store::read(&self.playlists.playlists)?;
        let chosen = self.chosen(&catalogue)?;
        let (format, files) = self.files(&chosen)?;
        let snapshots = SnapshotIndex::new(&catalogue);
        let mut rows = Vec::new();
        let mut excluded = 0;
        for (playlist, file) in chosen.into_iter().zip(files) {
            let Some(mut snapshot) = snapshots.get(&playlist.id) else {
                continue;
            };
            place_audio(&mut snapshot, &file)?;
            let written = formats::write(format, snapshot, &snapshots)?;
            excluded += written.excluded.len();
            if save(&written, playlist, &file, format)? {
                let count = written.excluded.len().to_string();
                rows.push(vec![
                    playlist.name.clone(),
                    count,
                    file.display().to_string(),
                ]);
            }
        }
        print(&table(&["playlist", "excluded", "file"], &rows));
        Ok(match excluded {
            0 => ExitStatus::Success,
            _ => ExitStatus::Partial,
        })
    }

    fn chosen<'c>(&self, catalogue: &'c Catalogue) -> anyhow::Result<Vec<&'c Playlist>> {
        if self.names.is_empty() {
            return Ok(catalogue.playlists.iter().collect());
        }
        let names = self.names.iter();
        names.map(|name| find(catalogue, name)).collect()
    }

    /// The format, and a file for each playlist.
    fn files(&self, chosen: &[&Playlist]) -> anyhow::Result<(Format, Vec<PathBuf>)> {
        let out = self.out.display();
        let extension = self.out.extension().unwrap_or_default().to_string_lossy();
        let by_extension = extension.parse().ok().filter(|_| !self.out.is_dir());
        let Some(format) = self.format.or(by_extension) else {
            let formats = Format::ALL.map(Format::name).join(", ");
            bail!("{out}: unknown format; set --format or use the extension of one of {formats}");
        };
        if by_extension.is_none() {
            let names = chosen.iter().map(|playlist| playlist.name.as_str());
            let stems = files::unique_names(names, "playlist");
            let file = |stem: &String| self.out.join(format!("{stem}.{format}"));
            return Ok((format, stems.iter().map(file).collect()));
        }
        if chosen.len() != 1 {
            let count = chosen.len();
            bail!("{out} is one file for {count} playlists; name one playlist, or a folder");
        }
        Ok((format, vec![self.out.clone()]))
    }
}

/// Writes the file, unless the format can hold none of the tracks. Returns whether it was written.
fn save(
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
pub(in crate::cli) fn place_audio(
    snapshot: &mut PlaylistSnapshot,
    file: &Path,
) -> anyhow::Result<()> {
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
