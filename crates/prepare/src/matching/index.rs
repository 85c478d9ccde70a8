//! The user's audio files with tags, duration and audio hash. Each is read once: a cache in the catalogue's folder is
//! keyed by path, size and modification time.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::MatchError;
use super::score::FileSong;
use catalogue::SkippedItem;
use catalogue::{AudioFileInfo, FileProbe};
use files::audio_below;

/// The cache in the catalogue's folder, one JSON document per line. If it is deleted, all files are read again.
const CACHE: &str = "audio-facts.jsonl";
/// The cache is saved after this number of files, so that an interrupted run loses little.
const SAVED_EVERY: usize = 1_000;

/// All audio files below some folders.
pub struct FileIndex {
    pub(super) songs: Vec<FileSong>,
    /// Files and folders that could not be read.
    pub skipped: Vec<SkippedItem>,
}

impl FileIndex {
    /// Number of files that could be read.
    pub fn len(&self) -> usize {
        self.songs.len()
    }

    /// Whether no file could be read.
    pub fn is_empty(&self) -> bool {
        self.songs.is_empty()
    }

    /// Reads the files below `folders`, except in the catalogue's own folder. `progress` gets the number of files that
    /// were read, and of all. Unreadable files are skipped.
    ///
    /// # Errors
    /// If one of `folders` is not a folder, or the cache cannot be written.
    pub fn read(
        folders: &[PathBuf],
        catalogue: &Path,
        facts: &dyn FileProbe,
        progress: &dyn Fn(usize, usize),
    ) -> Result<FileIndex, MatchError> {
        let (files, skipped) = files(folders, catalogue)?;
        let mut library = FileIndex {
            songs: Vec::new(),
            skipped,
        };
        let path = catalogue.join(CACHE);
        let mut cache = Cache::read(&path);
        for (number, chunk) in files.chunks(SAVED_EVERY).enumerate() {
            let read: Vec<Result<Line, SkippedItem>> = chunk
                .par_iter()
                .map(|file| cache.line(file, facts))
                .collect();
            let mut news = false;
            for line in read {
                match line {
                    Ok(line) => {
                        library
                            .songs
                            .push(FileSong::new(line.path.clone(), line.file_info()));
                        news |= cache.insert(line);
                    }
                    Err(skipped) => library.skipped.push(skipped),
                }
            }
            if news {
                cache.write(&path).map_err(MatchError::write(&path))?;
            }
            progress(number * SAVED_EVERY + chunk.len(), files.len());
        }
        Ok(library)
    }
}

/// Each file once, by path.
fn files(
    folders: &[PathBuf],
    catalogue: &Path,
) -> Result<(Vec<PathBuf>, Vec<SkippedItem>), MatchError> {
    let own = catalogue.canonicalize().ok();
    let (mut files, mut skipped) = (BTreeSet::new(), Vec::new());
    for folder in folders {
        let no_folder = |source| MatchError::Folder {
            path: folder.clone(),
            source,
        };
        let absolute = std::path::absolute(folder).map_err(no_folder)?;
        fs::read_dir(&absolute).map_err(no_folder)?;
        let (found, unread) = audio_below(&absolute);
        skipped.extend(unread.into_iter().map(SkippedItem::from));
        files.extend(found);
    }
    let is_own = |file: &PathBuf| {
        own.as_ref()
            .is_some_and(|own| file.canonicalize().is_ok_and(|file| file.starts_with(own)))
    };
    Ok((
        files.into_iter().filter(|file| !is_own(file)).collect(),
        skipped,
    ))
}

/// The cached data of one file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Line {
    path: PathBuf,
    bytes: u64,
    /// Nanoseconds since 1970, or 0 where the system does not know.
    changed: u64,
    #[serde(rename = "content")]
    audio_hash: String,
    title: Option<String>,
    artists: Vec<String>,
    album: Option<String>,
    isrc: Option<String>,
    seconds: Option<f64>,
}

impl Line {
    fn file_info(&self) -> AudioFileInfo {
        AudioFileInfo {
            audio_hash: self.audio_hash.clone(),
            title: self.title.clone(),
            artists: self.artists.clone(),
            album: self.album.clone(),
            isrc: self.isrc.clone(),
            duration_seconds: self.seconds,
        }
    }
}

#[derive(Default)]
struct Cache {
    lines: BTreeMap<PathBuf, Line>,
}

impl Cache {
    /// Lines that are not understood, and a file that is not there, are as if never written.
    fn read(path: &Path) -> Cache {
        let text = fs::read_to_string(path).unwrap_or_default();
        let lines = text
            .lines()
            .filter_map(|line| serde_json::from_str::<Line>(line).ok());
        Cache {
            lines: lines.map(|line| (line.path.clone(), line)).collect(),
        }
    }

    fn write(&self, path: &Path) -> io::Result<()> {
        let mut text = String::new();
        for line in self.lines.values() {
            text.push_str(&serde_json::to_string(line)?);
            text.push('\n');
        }
        files::write(path, text.as_bytes())
    }

    /// Whether it is news.
    fn insert(&mut self, line: Line) -> bool {
        let news = self.lines.get(&line.path) != Some(&line);
        self.lines.insert(line.path.clone(), line);
        news
    }

    /// What was read of the file as it is, or what it says now.
    fn line(&self, path: &Path, facts: &dyn FileProbe) -> Result<Line, SkippedItem> {
        let skip = |reason: String| SkippedItem {
            path: path.display().to_string(),
            reason,
        };
        let metadata = fs::metadata(path).map_err(|reason| skip(reason.to_string()))?;
        let bytes = metadata.len();
        let changed = metadata
            .modified()
            .ok()
            .and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let changed = changed
            .and_then(|time| u64::try_from(time.as_nanos()).ok())
            .unwrap_or(0);
        let known = self
            .lines
            .get(path)
            .filter(|line| (line.bytes, line.changed) == (bytes, changed));
        if let Some(line) = known {
            return Ok(line.clone());
        }
        let facts = facts.probe(path).map_err(skip)?;
        Ok(Line {
            path: path.to_owned(),
            bytes,
            changed,
            audio_hash: facts.audio_hash,
            title: facts.title,
            artists: facts.artists,
            album: facts.album,
            isrc: facts.isrc,
            seconds: facts.duration_seconds,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// A file's text is its audio hash; `broken` is not audio. Counts the calls.
    #[derive(Default)]
    struct Counting(AtomicUsize);

    impl FileProbe for Counting {
        fn probe(&self, path: &Path) -> Result<AudioFileInfo, String> {
            self.0.fetch_add(1, Ordering::Relaxed);
            match fs::read_to_string(path) {
                Ok(audio_hash) if audio_hash != "broken" => Ok(AudioFileInfo {
                    audio_hash,
                    ..AudioFileInfo::default()
                }),
                _ => Err("is broken".to_owned()),
            }
        }
    }

    #[test]
    fn files_are_read_once_and_again_when_they_change() {
        let music = tempfile::tempdir().unwrap();
        let catalogue = tempfile::tempdir().unwrap();
        let deep = music.path().join("a/b");
        fs::create_dir_all(&deep).unwrap();
        fs::write(deep.join("one.mp3"), "one").unwrap();
        fs::write(music.path().join("two.flac"), "two").unwrap();
        fs::write(music.path().join("bad.ogg"), "broken").unwrap();
        let facts = Counting::default();
        let folders = [music.path().to_owned(), deep.clone()];
        let read = || FileIndex::read(&folders, catalogue.path(), &facts, &|_, _| {}).unwrap();
        let library = read();
        assert_eq!((library.len(), library.skipped.len()), (2, 1));
        assert_eq!(facts.0.load(Ordering::Relaxed), 3);
        read();
        assert_eq!(
            facts.0.load(Ordering::Relaxed),
            4,
            "only the broken one is tried again"
        );
        fs::write(deep.join("one.mp3"), "changed").unwrap();
        assert!(
            read()
                .songs
                .iter()
                .any(|song| song.facts.audio_hash == "changed")
        );
        // A damaged cache is none.
        fs::write(catalogue.path().join(CACHE), "{\"path\":\n\u{0}").unwrap();
        assert_eq!(read().len(), 2);
    }

    #[test]
    fn the_catalogue_itself_is_not_searched_and_a_missing_folder_is_named() {
        let music = tempfile::tempdir().unwrap();
        let catalogue = music.path().join("catalogue");
        fs::create_dir_all(catalogue.join("clips")).unwrap();
        fs::write(catalogue.join("clips/x.wav"), "clip").unwrap();
        let facts = Counting::default();
        let read = |folder: PathBuf| FileIndex::read(&[folder], &catalogue, &facts, &|_, _| {});
        assert!(read(music.path().to_owned()).unwrap().is_empty());
        let error = read(music.path().join("gone")).err().unwrap().to_string();
        assert!(
            error.contains("gone") && error.contains("--audio"),
            "{error}"
        );
    }
}
