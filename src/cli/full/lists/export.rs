//! `export`: lists of the catalogue as files that players and other programs read.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;

use super::named::find;
use crate::cli::ExitStatus;
use crate::cli::full::PlaylistsFolder;
use crate::cli::output::{print, status};
use crate::cli::table::table;
use catalogue::{Playlist, PlaylistSnapshot, SnapshotIndex};
use files::file_name;
use formats::Format;

#[derive(Debug, Args)]
pub struct Export {
    /// Lists to write, by id or name; without any, all
    #[arg(value_name = "LIST")]
    lists: Vec<String>,
    #[command(flatten)]
    playlists: PlaylistsFolder,
    /// File to write, its extension being the format, or folder that gets one file a list
    #[arg(long, value_name = "FILE|DIR")]
    out: PathBuf,
    /// m3u8, xspf, jspf, csv, tsv or json (the cumulative form of the Spotify playlist archive)
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
}

impl Export {
    pub fn run(&self) -> anyhow::Result<ExitStatus> {
        let catalogue = store::read(&self.playlists.playlists)?;
        let chosen = self.chosen(&catalogue.playlists)?;
        let (format, files) = self.files(&chosen)?;
        let snapshots = SnapshotIndex::new(&catalogue);
        let mut rows = Vec::new();
        let mut excluded = 0;
        for (playlist, file) in chosen.into_iter().zip(files) {
            let Some(mut snapshot) = snapshots.get(&playlist.id) else {
                continue;
            };
            place_audio(&mut snapshot, &file)?;
            let tracks = snapshot.entries.len();
            let written = formats::write(format, snapshot, &snapshots)?;
            excluded += written.excluded.len();
            if !written.excluded.is_empty()
                && written.text.lines().all(|line| line.starts_with('#'))
            {
                status(&format!(
                    "{}: none of its {tracks} tracks has audio, so no {format} was written; xspf, jspf, csv, tsv and json \
                     need none",
                    playlist.name
                ));
                continue;
            }
            for skip in &written.excluded {
                status(&format!(
                    "left out of {}: {} {}",
                    playlist.name, skip.path, skip.reason
                ));
            }
            files::write(&file, written.text.as_bytes()).with_context(|| {
                format!("{} cannot be written; choose another --out", file.display())
            })?;
            rows.push(vec![
                playlist.name.clone(),
                written.excluded.len().to_string(),
                file.display().to_string(),
            ]);
        }
        print(&table(&["list", "left out", "file"], &rows));
        Ok(match excluded {
            0 => ExitStatus::Success,
            _ => ExitStatus::Partial,
        })
    }

    fn chosen<'c>(&self, playlists: &'c [Playlist]) -> anyhow::Result<Vec<&'c Playlist>> {
        if self.lists.is_empty() {
            return Ok(playlists.iter().collect());
        }
        self.lists
            .iter()
            .map(|name| find(playlists, name))
            .collect()
    }

    /// The form, and a file for each list.
    fn files(&self, chosen: &[&Playlist]) -> anyhow::Result<(Format, Vec<PathBuf>)> {
        let extension = self.out.extension().unwrap_or_default().to_string_lossy();
        let by_name = extension.parse().ok().filter(|_| !self.out.is_dir());
        let Some(format) = self.format.or(by_name) else {
            bail!(
                "{}: say in which format, with --format or a file's extension: one of {}",
                self.out.display(),
                Format::ALL.map(Format::name).join(", ")
            );
        };
        if by_name.is_none() {
            return Ok((format, file_names(chosen, &self.out, format)));
        }
        match chosen {
            [_] => Ok((format, vec![self.out.clone()])),
            _ => bail!(
                "{} is one file, and there are {} lists to write; name one list, or a folder",
                self.out.display(),
                chosen.len()
            ),
        }
    }
}

/// A file in `folder` for each list, no two of them the same to any file system.
fn file_names(chosen: &[&Playlist], folder: &Path, format: Format) -> Vec<PathBuf> {
    let mut taken = HashSet::new();
    let file = |playlist: &&Playlist| {
        let stem = file_name(&playlist.name, "list");
        let numbered = (2..).map(|number| format!("{stem} ({number})"));
        let free = std::iter::once(stem.clone())
            .chain(numbered)
            .find(|name| taken.insert(name.to_lowercase()));
        folder.join(format!("{}.{format}", free.unwrap_or(stem)))
    };
    chosen.iter().map(file).collect()
}

/// Paths of audio as they shall stand in the file: relative where the two are near each other.
pub(in crate::cli) fn place_audio(
    snapshot: &mut PlaylistSnapshot,
    file: &Path,
) -> anyhow::Result<()> {
    let folder = std::path::absolute(file).context("the folder of --out is not known")?;
    let folder = folder.parent().unwrap_or(&folder);
    std::fs::create_dir_all(folder)
        .with_context(|| format!("{} cannot be made; choose another --out", folder.display()))?;
    let real = folder
        .canonicalize()
        .with_context(|| format!("{} cannot be read", folder.display()))?;
    for entry in &mut snapshot.entries {
        let Some(audio) = entry.track.audio.take() else {
            continue;
        };
        let placed = match (audio.strip_prefix(folder), audio.canonicalize()) {
            (Ok(below), _) => below.to_owned(),
            // Links make `..` lead elsewhere than it reads, so that only real folders are compared.
            (Err(_), Ok(audio)) => formats::relative_path(&real, &audio),
            (Err(_), Err(_)) => audio,
        };
        entry.track.audio = Some(placed);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn playlist(id: &str, name: &str) -> Playlist {
        Playlist {
            id: id.to_owned(),
            name: name.to_owned(),
            ..Playlist::default()
        }
    }

    #[test]
    fn no_two_lists_share_a_file() {
        let lists = [
            playlist("a:1", "Jazz"),
            playlist("a:2", "JAZZ"),
            playlist("a:3", "Jazz (2)"),
        ];
        let names = file_names(
            &lists.iter().collect::<Vec<_>>(),
            Path::new("out"),
            Format::Csv,
        );
        let names: Vec<_> = names.iter().map(|path| path.to_str().unwrap()).collect();
        assert_eq!(
            names,
            ["out/Jazz.csv", "out/JAZZ (2).csv", "out/Jazz (2) (2).csv"]
        );
    }
}
