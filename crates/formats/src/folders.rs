//! A folder of folders: each direct sub-folder is a playlist of its name, and each audio file in it, at any depth, a
//! track. Hidden files and files that are not audio are ignored.

use std::path::{Path, PathBuf};

use super::rows::{self, ImportRow, WithoutAudio, import_rows};
use super::{ImportContext, ImportError, Imported, Reason};
use catalogue::terms::OWN_FILES;
use catalogue::{SkippedItem, Track};
use files::{audio_below, is_audio, sorted_entries};

/// Imports the user's own files; without a stated licence the user may train on them.
pub(super) fn import(root: &Path, context: &ImportContext) -> Result<Imported, ImportError> {
    let unreadable = |source| ImportError::new(root, Reason::Read(source));
    let root = std::path::absolute(root).map_err(unreadable)?;
    let entries = sorted_entries(&root).map_err(unreadable)?;
    let mut rows = Vec::new();
    let mut skipped = Vec::new();
    for entry in entries {
        if entry.is_dir() {
            rows.extend(playlist(&entry, &mut skipped));
        } else if is_audio(&entry) {
            skipped.push(skip(
                &entry,
                "is not in a sub-folder, so it is on no playlist",
            ));
        }
    }
    if rows.is_empty()
        && skipped
            .iter()
            .all(|skipped| Path::new(&skipped.path).is_file())
    {
        return Err(ImportError::new(&root, Reason::NoPlaylists));
    }
    Ok(import_rows(rows, WithoutAudio::Drop, skipped, context))
}

/// The tracks of one sub-folder.
fn playlist(folder: &Path, skipped: &mut Vec<SkippedItem>) -> Vec<ImportRow> {
    let Some(name) = folder.file_name().and_then(|name| name.to_str()) else {
        skipped.push(skip(folder, "its name is not Unicode text; rename it"));
        return Vec::new();
    };
    let (files, unreadable) = audio_below(folder);
    skipped.extend(
        unreadable
            .into_iter()
            .map(|(path, reason)| skip(&path, &reason)),
    );
    files.into_iter().map(|file| row(file, name)).collect()
}

pub(super) fn row(file: PathBuf, playlist: &str) -> ImportRow {
    ImportRow {
        label: file.display().to_string(),
        track: Track {
            audio: Some(file),
            ..Track::default()
        },
        playlists: vec![rows::playlist(playlist)],
        source: OWN_FILES.to_owned(),
        may_train: true,
        ..ImportRow::default()
    }
}

fn skip(path: &Path, reason: &str) -> SkippedItem {
    SkippedItem {
        path: path.display().to_string(),
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::fake::{Fake, import, on, titles};
    use super::*;

    fn music(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    #[test]
    fn each_sub_folder_is_a_playlist_and_its_files_at_any_depth_its_tracks() {
        let folder = music(&[
            ("jazz/Miles Davis - So What.MP3", "1"),
            ("jazz/live/deep/01 Title.flac", "2"),
            ("jazz/.hidden.mp3", "3"),
            ("jazz/cover.jpg", "4"),
            ("rock/a.ogg", "5"),
            (".trash/b.ogg", "6"),
        ]);
        let imported = import(folder.path()).unwrap();
        assert_eq!(imported.skipped, []);
        assert_eq!(on(&imported.catalogue, "files:jazz"), ["So What", "Title"]);
        assert_eq!(on(&imported.catalogue, "files:rock"), ["a"]);
        assert_eq!(imported.catalogue.playlists.len(), 2);
        let known = imported
            .catalogue
            .tracks
            .iter()
            .find(|track| track.title == "So What")
            .unwrap();
        assert_eq!(
            (known.artists.as_slice(), known.artist_group.as_str()),
            (&["Miles Davis".to_owned()][..], "Miles Davis")
        );
        assert!(known.audio.as_ref().unwrap().is_absolute());
        assert!(
            imported
                .catalogue
                .provenance
                .iter()
                .all(|row| row.may_train && row.source == "files")
        );
    }

    #[test]
    fn the_same_recording_in_two_folders_is_on_both_and_tags_win_over_names() {
        let folder = music(&[
            ("jazz/tagged.mp3", "song|Tagged|A"),
            ("rock/02 Other.mp3", "song"),
        ]);
        let imported = import(folder.path()).unwrap();
        assert_eq!(titles(&imported.catalogue), ["Tagged"]);
        assert_eq!(imported.catalogue.tracks[0].artists, ["A"]);
        assert_eq!(
            on(&imported.catalogue, "files:jazz"),
            on(&imported.catalogue, "files:rock")
        );
    }

    #[test]
    fn a_file_that_is_no_audio_is_reported_and_the_rest_comes_in() {
        let folder = music(&[
            ("jazz/a.mp3", "1"),
            ("jazz/b.mp3", "broken"),
            ("c.mp3", "3"),
        ]);
        let imported = import(folder.path()).unwrap();
        assert_eq!(titles(&imported.catalogue), ["a"]);
        let reason: Vec<&str> = imported
            .skipped
            .iter()
            .map(|skipped| skipped.reason.as_str())
            .collect();
        assert_eq!(
            reason,
            [
                "is not in a sub-folder, so it is on no playlist",
                "is broken"
            ]
        );
        assert!(imported.skipped[1].path.ends_with("jazz/b.mp3"));
    }

    #[test]
    fn a_folder_without_playlists_says_what_is_needed() {
        for files in [&[][..], &[("a.mp3", "1")], &[("jazz/readme.txt", "1")]] {
            let folder = music(files);
            let error = import(folder.path()).unwrap_err().to_string();
            assert!(error.contains("each folder in it is a playlist"), "{error}");
        }
    }

    #[test]
    fn tracks_without_an_artist_do_not_form_one_group() {
        let folder = music(&[("jazz/a.mp3", "1"), ("jazz/b.mp3", "2||Various Artists")]);
        let tracks = import(folder.path()).unwrap().catalogue.tracks;
        assert_ne!(tracks[0].split_group(), tracks[1].split_group());
        assert!(
            tracks
                .iter()
                .all(|track| !track.has_known_artist() && track.artists == ["unknown artist"])
        );
    }

    #[cfg(unix)]
    #[test]
    fn links_in_a_circle_end() {
        let folder = music(&[("jazz/deep/a.mp3", "1")]);
        std::os::unix::fs::symlink(folder.path(), folder.path().join("jazz/deep/again")).unwrap();
        let imported = import(folder.path()).unwrap();
        assert_eq!(titles(&imported.catalogue), ["a"]);
    }

    #[test]
    fn every_file_counts_in_the_progress() {
        let folder = music(&[
            ("jazz/a.mp3", "1"),
            ("jazz/b.mp3", "broken"),
            ("rock/c.mp3", "1"),
        ]);
        let counts = std::sync::Mutex::new(Vec::new());
        let progress = |done, total| counts.lock().unwrap().push((done, total));
        let retrieved = jiff::Timestamp::UNIX_EPOCH;
        super::import(
            folder.path(),
            &ImportContext {
                facts: &Fake,
                retrieved,
                progress: &progress,
            },
        )
        .unwrap();
        let mut counts = counts.into_inner().unwrap();
        counts.sort_unstable();
        assert_eq!(counts, [(1, 3), (2, 3), (3, 3)]);
    }
}
