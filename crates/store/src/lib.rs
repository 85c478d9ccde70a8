//! A catalogue as four Parquet files in one folder.
//!
//! | file | columns |
//! |---|---|
//! | `tracks.parquet` | `id` text, `aliases` list of text, `title` text, `artists` list of text, `artist_group` text, `album` text?, `isrc` text?, `duration_seconds` float?, `audio` text? (absolute path), `audio_hash` text? (blake3, hexadecimal), `notes` text (a JSON object) |
//! | `playlists.parquet` | `id` text, `source` text, `name` text, `description` text?, `owner` text?, `followers` unsigned?, `market` text?, `first_seen` date?, `last_seen` date? |
//! | `placements.parquet` | `playlist` text, `track` text, `added` date?, `removed` date?; one row per interval |
//! | `provenance.parquet` | `track` text, `source` text, `retrieved` date and time (UTC, microseconds), `licence` text, `may_train` boolean, `quality_flag` text? |
//!
//! `?` may be null. Further columns are ignored.
//!
//! The four files change together. A write creates four new files beside the old ones, syncs them, writes a marker, and
//! renames them only then; a read that finds the marker finishes the renames first, one that finds new files without it
//! ignores them. So after a crash or `kill -9` at any time the folder holds the complete old catalogue or the complete
//! new one. This does not hold for two writers at once, nor for a reader that opens the files during the renames.

mod columns;
mod table;
mod tables;

pub use table::{Column, table_to_parquet};

use std::fs::{self, File};
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};

use polars::prelude::{
    DataFrame, ParquetReader, ParquetWriter, PolarsError, PolarsResult, SerReader,
};

use self::columns::Table;
use catalogue::Catalogue;

const FILES: [&str; 4] = [
    "tracks.parquet",
    "playlists.parquet",
    "placements.parquet",
    "provenance.parquet",
];
/// Exists while new files are to be renamed.
const MARKER: &str = ".rename-new-files";

/// Why a catalogue could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder holds no catalogue.
    #[error("{} holds no playlists; run `playlist-fit import` first", .0.display())]
    Missing(PathBuf),
    /// One of the four files is missing.
    #[error("{}: this file is missing, but others of the four exist; run `playlist-fit import` into a new folder", .0.display())]
    Incomplete(PathBuf),
    /// A file is not valid Parquet.
    #[error("{}: cannot read this Parquet file ({reason}); run `playlist-fit import` into a new folder", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// Why.
        reason: String,
    },
    /// A column is missing or has the wrong type.
    #[error("{}: column `{column}` {what}; run `playlist-fit import` into a new folder", file.display())]
    Column {
        /// The file.
        file: PathBuf,
        /// The column's name.
        column: String,
        /// What is wrong with it.
        what: String,
    },
    /// A file cannot be written.
    #[error("{}: cannot write ({source}); free some space or choose a writable folder", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The path of an audio file is not Unicode, so Parquet cannot hold it.
    #[error("{}: the file's name is not Unicode text; rename it", .0.display())]
    Name(PathBuf),
}

/// Reads the four tables of a folder.
///
/// # Errors
/// If the folder holds no catalogue, or a damaged one.
pub fn read(folder: &Path) -> Result<Catalogue, StoreError> {
    finish_renames(folder)?;
    if FILES.iter().all(|file| !folder.join(file).exists()) {
        return Err(StoreError::Missing(folder.to_owned()));
    }
    let [tracks, playlists, placements, provenance] = FILES;
    Ok(Catalogue {
        tracks: tables::tracks(&read_table(folder, tracks)?)?,
        playlists: tables::playlists(&read_table(folder, playlists)?)?,
        placements: tables::placements(&read_table(folder, placements)?)?,
        provenance: tables::provenance(&read_table(folder, provenance)?)?,
    })
}

/// Creates the folder if it is missing, and replaces the catalogue in it.
///
/// # Errors
/// If the folder cannot be written to; the old catalogue is then unchanged.
pub fn write(catalogue: &Catalogue, folder: &Path) -> Result<(), StoreError> {
    let nameless = |path: &&PathBuf| path.to_str().is_none();
    if let Some(path) = catalogue
        .tracks
        .iter()
        .filter_map(|track| track.audio.as_ref())
        .find(nameless)
    {
        return Err(StoreError::Name(path.clone()));
    }
    fs::create_dir_all(folder).map_err(failed(folder))?;
    finish_renames(folder)?;
    let frames = [
        tables::track_frame(&catalogue.tracks),
        tables::playlist_frame(&catalogue.playlists),
        tables::placement_frame(&catalogue.placements),
        tables::provenance_frame(&catalogue.provenance),
    ];
    let mut files = FILES.iter().zip(frames);
    files
        .try_for_each(|(file, frame)| write_new(&new_file(folder, file), frame))
        .inspect_err(|_| remove_new_files(folder))?;
    let marker = folder.join(MARKER);
    File::create(&marker)
        .and_then(|file| file.sync_all())
        .map_err(failed(&marker))?;
    finish_renames(folder)
}

fn new_file(folder: &Path, file: &str) -> PathBuf {
    folder.join(format!(".{file}.new"))
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> StoreError + use<'_> {
    |source| StoreError::Write {
        path: path.to_owned(),
        source,
    }
}

/// Renames the new files of a write that has set the marker.
fn finish_renames(folder: &Path) -> Result<(), StoreError> {
    let marker = folder.join(MARKER);
    if !marker.exists() {
        return Ok(());
    }
    sync_folder(folder)?;
    for file in FILES {
        let new = new_file(folder, file);
        if new.exists() {
            fs::rename(&new, folder.join(file)).map_err(failed(&new))?;
        }
    }
    sync_folder(folder)?;
    fs::remove_file(&marker).map_err(failed(&marker))
}

/// Syncs the folder, so that the renames are on the disk, if the system supports it.
fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    files::sync_folder(folder).map_err(failed(folder))
}

fn write_new(path: &Path, frame: PolarsResult<DataFrame>) -> Result<(), StoreError> {
    let write = || {
        let file = File::create(path)?;
        ParquetWriter::new(&file).finish(&mut frame?)?;
        file.sync_all().map_err(PolarsError::from)
    };
    write().map_err(|error| failed(path)(io::Error::other(error)))
}

/// Deletes the new files of a failed write. A file that remains is ignored by [`read`].
fn remove_new_files(folder: &Path) {
    for file in FILES {
        let _ = fs::remove_file(new_file(folder, file));
    }
}

fn read_table(folder: &Path, file: &str) -> Result<Table, StoreError> {
    let path = folder.join(file);
    let damaged = |reason: String| StoreError::Damaged {
        file: path.clone(),
        reason,
    };
    let opened = match File::open(&path) {
        Ok(opened) => opened,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(StoreError::Incomplete(path));
        }
        Err(error) => return Err(damaged(error.to_string())),
    };
    // The decoder may panic on damaged pages; that is reported like other damage.
    let decoded = panic::catch_unwind(AssertUnwindSafe(|| ParquetReader::new(opened).finish()));
    match decoded {
        Ok(Ok(frame)) => Ok(Table { file: path, frame }),
        Ok(Err(error)) => Err(damaged(error.to_string())),
        Err(_) => Err(damaged("its pages contradict each other".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::Timestamp;
    use jiff::civil::date;
    use tempfile::TempDir;

    use super::*;
    use catalogue::{Placement, Playlist, Provenance, Track};

    fn catalogue(title: &str) -> Catalogue {
        Catalogue {
            tracks: vec![
                Track {
                    id: "isrc:A".into(),
                    aliases: ["content:1".to_owned()].into(),
                    title: title.into(),
                    artists: vec!["A & B".into(), "C, D".into()],
                    artist_group: "A".into(),
                    album: Some("<script>".into()),
                    isrc: Some("A".into()),
                    duration_seconds: Some(12.5),
                    audio: Some("/music/a.ogg".into()),
                    audio_hash: Some("2".into()),
                    notes: BTreeMap::from([("tags".into(), "a;\"b\"".into())]),
                },
                Track {
                    title: "no facts".into(),
                    ..Track::default()
                },
            ],
            playlists: vec![
                Playlist {
                    followers: Some(u64::MAX),
                    name: "jazz".into(),
                    ..Playlist::default()
                },
                Playlist {
                    description: Some("d".into()),
                    market: Some("DE".into()),
                    ..Playlist::default()
                },
            ],
            placements: vec![Placement {
                playlist: "files:jazz".into(),
                track: "isrc:A".into(),
                added: Some(date(1969, 12, 31)),
                removed: None,
            }],
            provenance: vec![Provenance {
                track: "isrc:A".into(),
                source: "files".into(),
                retrieved: Timestamp::from_microsecond(1_763_700_000_123_456).unwrap(),
                licence: "CC0".into(),
                may_train: true,
                quality_flag: None,
            }],
        }
    }

    fn written(catalogue: &Catalogue) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        write(catalogue, folder.path()).unwrap();
        folder
    }

    #[track_caller]
    fn read_error(folder: &TempDir) -> String {
        read(folder.path()).unwrap_err().to_string()
    }

    #[test]
    fn what_was_written_is_read() {
        for title in ["Song", "", "🎵 \0 <b>", &"x".repeat(10_000)] {
            let catalogue = catalogue(title);
            assert_eq!(read(written(&catalogue).path()).unwrap(), catalogue);
        }
        let empty = Catalogue::default();
        assert_eq!(read(written(&empty).path()).unwrap(), empty);
    }

    #[test]
    fn a_second_write_replaces_the_first_and_leaves_nothing_behind() {
        let folder = written(&catalogue("old"));
        write(&catalogue("new"), folder.path()).unwrap();
        assert_eq!(read(folder.path()).unwrap(), catalogue("new"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4);
    }

    #[test]
    fn a_folder_without_a_catalogue_says_what_to_do() {
        let error = read(Path::new("/nowhere/at/all")).unwrap_err().to_string();
        assert!(
            error.contains("/nowhere/at/all") && error.contains("playlist-fit import"),
            "{error}"
        );
    }

    #[test]
    fn a_kill_at_any_step_leaves_a_complete_old_or_new_catalogue() {
        let new = written(&catalogue("new"));
        let moved = |folder: &TempDir, file: &str, to: PathBuf| {
            fs::copy(new.path().join(file), to).unwrap();
            assert!(folder.path().exists());
        };
        // Killed while the new files were written: the marker is not there.
        let folder = written(&catalogue("old"));
        moved(
            &folder,
            "tracks.parquet",
            new_file(folder.path(), "tracks.parquet"),
        );
        fs::write(new_file(folder.path(), "playlists.parquet"), b"half").unwrap();
        assert_eq!(read(folder.path()).unwrap(), catalogue("old"));
        // Killed after `renamed` renames.
        for renamed in 0..=FILES.len() {
            let folder = written(&catalogue("old"));
            for (number, file) in FILES.iter().enumerate() {
                let to = if number < renamed {
                    folder.path().join(file)
                } else {
                    new_file(folder.path(), file)
                };
                moved(&folder, file, to);
            }
            fs::write(folder.path().join(MARKER), b"").unwrap();
            assert_eq!(read(folder.path()).unwrap(), catalogue("new"));
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4);
        }
    }

    #[test]
    fn a_missing_file_and_a_damaged_one_are_named() {
        let folder = written(&catalogue("Song"));
        let file = folder.path().join("placements.parquet");
        for damage in [
            &b""[..],
            b"PAR1",
            b"not parquet at all, but long enough to hold a footer PAR1",
        ] {
            fs::write(&file, damage).unwrap();
            let error = read_error(&folder);
            assert!(
                error.contains("placements.parquet") && error.contains("cannot read"),
                "{error}"
            );
        }
        fs::remove_file(&file).unwrap();
        assert!(read_error(&folder).contains("placements.parquet: this file is missing"));
    }

    #[test]
    fn flipped_and_missing_bytes_are_no_panic() {
        let folder = written(&catalogue("Song"));
        let file = folder.path().join("tracks.parquet");
        let whole = fs::read(&file).unwrap();
        for at in (0..whole.len()).step_by(7) {
            let mut flipped = whole.clone();
            flipped[at] ^= 0xff;
            fs::write(&file, flipped).unwrap();
            let _ = read(folder.path());
            fs::write(&file, &whole[..at]).unwrap();
            assert!(read(folder.path()).is_err());
        }
    }

    #[test]
    fn a_missing_or_wrong_column_is_named() {
        let folder = written(&catalogue("Song"));
        let file = folder.path().join("tracks.parquet");
        let rewrite = |change: &dyn Fn(&mut DataFrame)| {
            write(&catalogue("Song"), folder.path()).unwrap();
            let mut frame = read_table(folder.path(), "tracks.parquet").unwrap().frame;
            change(&mut frame);
            ParquetWriter::new(File::create(&file).unwrap())
                .finish(&mut frame)
                .unwrap();
            read_error(&folder)
        };
        let error = rewrite(&|frame| *frame = frame.drop("isrc").unwrap());
        assert!(
            error.contains("tracks.parquet: column `isrc` is missing"),
            "{error}"
        );
        let error = rewrite(&|frame| {
            let titles = frame.column("title").unwrap().clone();
            frame
                .replace(
                    "duration_seconds",
                    titles.with_name("duration_seconds".into()),
                )
                .unwrap();
        });
        assert!(
            error.contains("`duration_seconds` is of the wrong type"),
            "{error}"
        );
        let error = rewrite(&|frame| {
            let albums = frame.column("isrc").unwrap().clone();
            frame.replace("id", albums.with_name("id".into())).unwrap();
        });
        assert!(error.contains("`id` has 1 empty cells"), "{error}");
    }

    #[test]
    fn columns_with_the_names_of_an_older_version_are_read() {
        let mut catalogue = catalogue("Song");
        catalogue.provenance[0].quality_flag = Some("version assumed".into());
        let folder = written(&catalogue);
        for (file, name, old_name) in [
            ("tracks.parquet", "audio_hash", "content"),
            ("provenance.parquet", "quality_flag", "doubt"),
        ] {
            let mut frame = read_table(folder.path(), file).unwrap().frame;
            frame.rename(name, old_name.into()).unwrap();
            let file = File::create(folder.path().join(file)).unwrap();
            ParquetWriter::new(file).finish(&mut frame).unwrap();
        }
        assert_eq!(read(folder.path()).unwrap(), catalogue);
    }

    #[test]
    fn a_write_that_fails_leaves_the_old_catalogue_and_no_new_files() {
        let folder = written(&catalogue("old"));
        fs::create_dir(new_file(folder.path(), "placements.parquet")).unwrap();
        assert!(write(&catalogue("new"), folder.path()).is_err());
        assert_eq!(read(folder.path()).unwrap(), catalogue("old"));
        assert!(!new_file(folder.path(), "tracks.parquet").exists());
    }

    #[test]
    fn a_folder_that_cannot_be_written_to_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, b"").unwrap();
        let error = write(&catalogue("Song"), &file).unwrap_err().to_string();
        assert!(error.contains(file.to_str().unwrap()), "{error}");
    }
}
