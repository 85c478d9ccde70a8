//! `export`: lists of the catalogue as files that players and other programs read.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;

use crate::cli::table::table;
use crate::cli::terminal::{answer, remark};
use crate::cli::{Outcome, PlaylistsFolder};
use crate::disk;
use crate::playlists::files::{self, Form};
use crate::playlists::{Catalogue, Listing, Listings, Playlist};

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
    format: Option<Form>,
}

impl Export {
    pub fn run(&self) -> anyhow::Result<Outcome> {
        let catalogue = Catalogue::read(&self.playlists.playlists)?;
        let chosen = self.chosen(&catalogue.playlists)?;
        let (form, files) = self.files(&chosen)?;
        let listings = Listings::of(&catalogue);
        let mut rows = Vec::new();
        let mut left_out = 0;
        for (playlist, file) in chosen.into_iter().zip(files) {
            let Some(mut listing) = listings.get(&playlist.id) else {
                continue;
            };
            place_audio(&mut listing, &file)?;
            let tracks = listing.entries.len();
            let written = files::write(form, listing, &listings)?;
            for skip in &written.left_out {
                remark(&format!(
                    "left out of {}: {} {}",
                    playlist.name, skip.path, skip.why
                ));
            }
            left_out += written.left_out.len();
            if !written.left_out.is_empty()
                && written.text.lines().all(|line| line.starts_with('#'))
            {
                remark(&format!(
                    "{}: none of its {tracks} tracks has audio, so no {form} was written; xspf, jspf, csv, tsv and json \
                     need none",
                    playlist.name
                ));
                continue;
            }
            disk::write(&file, written.text.as_bytes()).with_context(|| {
                format!("{} cannot be written; choose another --out", file.display())
            })?;
            rows.push(vec![
                playlist.name.clone(),
                written.left_out.len().to_string(),
                file.display().to_string(),
            ]);
        }
        answer(&table(&["list", "left out", "file"], &rows));
        Ok(match left_out {
            0 => Outcome::Done,
            _ => Outcome::Skipped,
        })
    }

    fn chosen<'c>(&self, playlists: &'c [Playlist]) -> anyhow::Result<Vec<&'c Playlist>> {
        if self.lists.is_empty() {
            return Ok(playlists.iter().collect());
        }
        self.lists
            .iter()
            .map(|name| find(name, playlists))
            .collect()
    }

    /// The form, and a file for each list.
    fn files(&self, chosen: &[&Playlist]) -> anyhow::Result<(Form, Vec<PathBuf>)> {
        let extension = self.out.extension().unwrap_or_default().to_string_lossy();
        let by_name = extension.parse().ok().filter(|_| !self.out.is_dir());
        let Some(form) = self.format.or(by_name) else {
            bail!(
                "{}: say in which format, with --format or a file's extension: one of {}",
                self.out.display(),
                Form::ALL.map(Form::name).join(", ")
            );
        };
        if by_name.is_none() {
            return Ok((form, file_names(chosen, &self.out, form)));
        }
        match chosen {
            [_] => Ok((form, vec![self.out.clone()])),
            _ => bail!(
                "{} is one file, and there are {} lists to write; name one list, or a folder",
                self.out.display(),
                chosen.len()
            ),
        }
    }
}

/// By id, by name, or by name without regard to case, whichever is the first that one list answers to.
fn find<'c>(name: &str, playlists: &'c [Playlist]) -> anyhow::Result<&'c Playlist> {
    let folded = name.to_lowercase();
    let ways: [&dyn Fn(&Playlist) -> bool; 3] = [
        &|playlist| playlist.id == name,
        &|playlist| playlist.name == name,
        &|playlist| playlist.name.to_lowercase() == folded || playlist.id.to_lowercase() == folded,
    ];
    for way in ways {
        let found: Vec<&Playlist> = playlists.iter().filter(|playlist| way(playlist)).collect();
        match found[..] {
            [] => {}
            [one] => return Ok(one),
            _ => {
                let ids: Vec<&str> = found.iter().map(|playlist| playlist.id.as_str()).collect();
                bail!(
                    "several lists are called `{name}`; name one by its id: {}",
                    ids.join(", ")
                );
            }
        }
    }
    let likeness =
        |playlist: &Playlist| strsim::jaro_winkler(&folded, &playlist.name.to_lowercase());
    let mut near: Vec<&Playlist> = playlists.iter().collect();
    near.sort_by(|one, other| likeness(other).total_cmp(&likeness(one)));
    let near: Vec<String> = near
        .iter()
        .take(3)
        .map(|playlist| format!("`{}`", playlist.name))
        .collect();
    bail!(
        "no list is called `{name}`; the nearest are {}",
        near.join(", ")
    )
}

/// A file in `folder` for each list, no two of them the same to any file system.
fn file_names(chosen: &[&Playlist], folder: &Path, form: Form) -> Vec<PathBuf> {
    let mut taken = HashSet::new();
    let file = |playlist: &&Playlist| {
        let stem = safe(&playlist.name);
        let numbered = (2..).map(|number| format!("{stem} ({number})"));
        let free = std::iter::once(stem.clone())
            .chain(numbered)
            .find(|name| taken.insert(name.to_lowercase()));
        folder.join(format!("{}.{form}", free.unwrap_or(stem)))
    };
    chosen.iter().map(file).collect()
}

/// A list's name as a file's, on any system.
fn safe(name: &str) -> String {
    const RESERVED: [&str; 6] = ["con", "prn", "aux", "nul", "com", "lpt"];
    /// File systems take 255 bytes; a number and an extension come behind.
    const LONGEST: usize = 200;
    let sign = |c: char| match c {
        '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '_',
        c if c.is_control() => '_',
        c => c,
    };
    let mut safe: String = name.chars().map(sign).collect();
    while safe.len() > LONGEST {
        safe.pop();
    }
    let safe = safe.trim_matches(['.', ' ']);
    let stem = safe.split('.').next().unwrap_or_default().to_lowercase();
    let bare = stem.trim_end_matches(|c: char| c.is_ascii_digit()).trim();
    match safe {
        "" => "list".to_owned(),
        _ if RESERVED.contains(&bare) => format!("_{safe}"),
        _ => safe.to_owned(),
    }
}

/// Paths of audio as they shall stand in the file: relative where the two are near each other.
fn place_audio(listing: &mut Listing, file: &Path) -> anyhow::Result<()> {
    let folder = std::path::absolute(file).context("the folder of --out is not known")?;
    let folder = folder.parent().unwrap_or(&folder);
    std::fs::create_dir_all(folder)
        .with_context(|| format!("{} cannot be made; choose another --out", folder.display()))?;
    let real = folder
        .canonicalize()
        .with_context(|| format!("{} cannot be read", folder.display()))?;
    for entry in &mut listing.entries {
        let Some(audio) = entry.track.audio.take() else {
            continue;
        };
        let placed = match (audio.strip_prefix(folder), audio.canonicalize()) {
            (Ok(below), _) => below.to_owned(),
            // Links make `..` lead elsewhere than it reads, so that only real folders are compared.
            (Err(_), Ok(audio)) => files::way(&real, &audio),
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
    fn names_of_lists_become_names_of_files_on_any_system() {
        for (name, file) in [
            ("Jazz", "Jazz"),
            ("AC/DC: <live>", "AC_DC_ _live_"),
            ("../../etc/passwd", "_.._etc_passwd"),
            ("..", "list"),
            ("", "list"),
            ("a\0b\nc", "a_b_c"),
            ("NUL", "_NUL"),
            ("com1.txt", "_com1.txt"),
            ("Comfort", "Comfort"),
            ("🎵", "🎵"),
        ] {
            assert_eq!(safe(name), file, "{name:?}");
        }
        assert!(safe(&"é".repeat(500)).len() <= 200);
        let lists = [
            playlist("a:1", "Jazz"),
            playlist("a:2", "JAZZ"),
            playlist("a:3", "Jazz (2)"),
        ];
        let names = file_names(
            &lists.iter().collect::<Vec<_>>(),
            Path::new("out"),
            Form::Csv,
        );
        let names: Vec<_> = names.iter().map(|path| path.to_str().unwrap()).collect();
        assert_eq!(
            names,
            ["out/Jazz.csv", "out/JAZZ (2).csv", "out/Jazz (2) (2).csv"]
        );
    }

    #[test]
    fn a_list_is_found_by_id_and_name_and_the_nearest_are_offered() {
        let lists = [
            playlist("archive:1", "RapCaviar"),
            playlist("archive:2", "Jazz"),
            playlist("archive:3", "jazz"),
            playlist("archive:4", "Lofi Beats"),
        ];
        let id = |name: &str| {
            find(name, &lists)
                .map(|list| list.id.clone())
                .map_err(|error| error.to_string())
        };
        assert_eq!(id("archive:4").unwrap(), "archive:4");
        assert_eq!(id("rapcaviar").unwrap(), "archive:1");
        assert_eq!(id("jazz").unwrap(), "archive:3");
        assert!(id("JAZZ").unwrap_err().contains("archive:2, archive:3"));
        assert!(
            id("lofi")
                .unwrap_err()
                .contains("the nearest are `Lofi Beats`")
        );
    }
}
