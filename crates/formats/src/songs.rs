//! The songs that a user names as audio files, folders or playlist files, as a catalogue of the tracks with audio.

use std::path::{Path, PathBuf};

use super::import::read;
use super::parsed_file::ParsedFile;
use super::rows::{WithoutAudio, import_rows};
use super::{ImportContext, ImportError, Imported, Reason, folders};
use catalogue::SkippedItem;

/// Imports the tracks whose audio exists; everything else is in `skipped`.
///
/// # Errors
/// If a path does not exist, or holds neither audio nor a playlist.
pub fn songs(paths: &[PathBuf], context: &ImportContext) -> Result<Imported, ImportError> {
    let contents: Result<Vec<ParsedFile>, ImportError> =
        paths.iter().map(|path| parse_path(path)).collect();
    let ParsedFile {
        snapshots,
        rows,
        mut skipped,
        ..
    } = ParsedFile::joined(contents?);
    let (rows, without): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|row| row.track.audio.is_some());
    let of_services = snapshots.iter().flat_map(|snapshot| {
        let of = &snapshot.playlist.name;
        (1..=snapshot.entries.len()).map(move |number| format!("track {number} of {of}"))
    });
    let silent: Vec<String> = without
        .into_iter()
        .map(|row| row.label)
        .chain(of_services)
        .collect();
    for path in silent {
        skipped.push(catalogue::SkippedItem {
            path,
            reason: "names no audio file".into(),
        });
    }
    Ok(import_rows(rows, WithoutAudio::Drop, skipped, context))
}

fn parse_path(path: &Path) -> Result<ParsedFile, ImportError> {
    let wrong = |reason| ImportError::new(path, Reason::Read(reason));
    let absolute = std::path::absolute(path).map_err(wrong)?;
    if absolute.is_dir() {
        let (files, unreadable) = files::audio_below(&absolute);
        let skipped = unreadable
            .into_iter()
            .map(SkippedItem::from)
            .collect::<Vec<_>>();
        return Ok(ParsedFile {
            rows: files.into_iter().map(row).collect(),
            skipped,
            ..ParsedFile::default()
        });
    }
    if !files::is_audio(&absolute) {
        return read(path);
    }
    absolute.metadata().map_err(wrong)?;
    Ok(ParsedFile {
        rows: vec![row(absolute)],
        ..ParsedFile::default()
    })
}

/// A file on a playlist without a name.
fn row(file: PathBuf) -> super::rows::ImportRow {
    folders::row(file, "")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::fake::{Fake, titles};
    use super::*;

    fn songs_of(paths: &[PathBuf]) -> Result<Imported, ImportError> {
        let context = ImportContext {
            facts: &Fake,
            retrieved: jiff::Timestamp::UNIX_EPOCH,
            progress: &|_, _| (),
        };
        songs(paths, &context)
    }

    #[test]
    fn files_folders_and_lists_are_one_list_of_songs() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("more/deep")).unwrap();
        for (file, text) in [
            ("alone.mp3", "1|Alone|A"),
            ("more/deep/b.ogg", "2"),
            ("more/broken.ogg", "broken"),
            ("listed.flac", "3"),
            ("again.mp3", "1"),
        ] {
            fs::write(at(file), text).unwrap();
        }
        let list = "#EXTM3U\nlisted.flac\nagain.mp3\ngone.mp3\nhttps://example.org/stream.mp3\n";
        fs::write(at("list.m3u8"), list).unwrap();
        let found = songs_of(&[at("alone.mp3"), at("more"), at("list.m3u8")]).unwrap();
        let mut titles = titles(&found.catalogue);
        titles.sort_unstable();
        assert_eq!(titles, ["Alone", "b", "listed"]);
        assert!(
            found
                .catalogue
                .tracks
                .iter()
                .all(|track| track.audio.is_some())
        );
        let skipped: Vec<&str> = found
            .skipped
            .iter()
            .map(|skip| skip.path.as_str())
            .collect();
        assert_eq!(skipped.len(), 3, "{skipped:?}");
        assert!(
            found
                .skipped
                .iter()
                .any(|skip| skip.reason == "names no audio file")
        );
    }

    #[test]
    fn what_is_not_there_or_no_list_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let text = folder.path().join("notes.txt");
        fs::write(&text, "\u{1}").unwrap();
        for path in [
            folder.path().join("gone.mp3"),
            folder.path().join("gone"),
            text,
        ] {
            let error = songs_of(std::slice::from_ref(&path))
                .unwrap_err()
                .to_string();
            assert!(error.starts_with(&path.display().to_string()), "{error}");
        }
    }
}
