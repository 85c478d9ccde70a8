//! `export`: playlists of the catalogue as files that players and other programs read.

mod file;

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;

pub use self::file::place_audio;

use super::named::find;
use crate::cli::ExitStatus;
use crate::cli::full::PlaylistsFolder;
use crate::cli::output::print;
use crate::cli::table::table;
use catalogue::{Catalogue, Playlist, SnapshotIndex};
use formats::Format;

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
            if file::save(&written, playlist, &file, format)? {
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
