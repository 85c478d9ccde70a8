//! What was fetched, from its temporary folder to `audio/` in the catalogue's folder, under its content hash.
//!
//! It is taken only when it is audio by its content, whatever its name says, and not too large. A file has its name only
//! when all of it is on the disk, so a kill leaves temporary folders and nothing else; those are removed a day later.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::{Builder, TempDir};

use super::MatchError;
use catalogue::{AudioFileInfo, FileProbe};

const TEMP_PREFIX: &str = ".part-";
/// The name that a fetch is asked to write.
const FETCHED: &str = "audio";
/// Older temporary folders are of interrupted runs: fetching one song takes less time.
const STALE: Duration = Duration::from_secs(24 * 60 * 60);
/// Endings under which players know audio; another one is left off.
const ENDINGS: [&str; 10] = [
    "wav", "flac", "mp3", "ogg", "oga", "m4a", "mp4", "aac", "aif", "aiff",
];

/// The folder of what was fetched.
pub(super) struct FetchedFiles {
    folder: PathBuf,
    max_bytes: u64,
}

impl FetchedFiles {
    pub fn in_catalogue(catalogue: &Path, max_bytes: u64) -> Result<FetchedFiles, MatchError> {
        let folder = std::path::absolute(catalogue)
            .map_err(MatchError::write(catalogue))?
            .join("audio");
        Ok(FetchedFiles { folder, max_bytes })
    }

    pub fn holds(&self, path: &Path) -> bool {
        path.starts_with(&self.folder)
    }

    /// An empty folder for one fetch, and the name in it that is to be written.
    pub fn temporary(&self) -> Result<(TempDir, PathBuf), MatchError> {
        let made = fs::create_dir_all(&self.folder)
            .and_then(|()| Builder::new().prefix(TEMP_PREFIX).tempdir_in(&self.folder));
        let folder = made.map_err(MatchError::write(&self.folder))?;
        let name = folder.path().join(FETCHED);
        Ok((folder, name))
    }

    /// What a fetch left in its folder, if it is audio.
    pub fn check(
        &self,
        folder: &Path,
        facts: &dyn FileProbe,
    ) -> Result<(PathBuf, AudioFileInfo), String> {
        let mut files: Vec<PathBuf> = fs::read_dir(folder)
            .map_err(|reason| reason.to_string())?
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.file_stem().is_some_and(|stem| stem == FETCHED))
            .collect();
        files.sort();
        let mut wrong = "nothing was written to {out}".to_owned();
        for file in files {
            match self.check_file(&file, facts) {
                Ok(facts) => return Ok((file, facts)),
                Err(reason) => wrong = reason,
            }
        }
        Err(wrong)
    }

    fn check_file(&self, file: &Path, facts: &dyn FileProbe) -> Result<AudioFileInfo, String> {
        let metadata = fs::symlink_metadata(file).map_err(|reason| reason.to_string())?;
        if !metadata.is_file() {
            return Err("the output is not a plain file".to_owned());
        }
        if metadata.len() > self.max_bytes {
            return Err(format!(
                "what was written is larger than {} MB",
                self.max_bytes.div_ceil(1_000_000)
            ));
        }
        facts.probe(file).map_err(|reason| {
            let reason = reason.replace(&file.display().to_string(), "what was written");
            reason.split(';').next().unwrap_or_default().to_owned()
        })
    }

    /// Renames the file to its final name; an existing file is the same audio and is not replaced.
    pub fn store(&self, file: &Path, audio_hash: &str) -> Result<PathBuf, MatchError> {
        let ending = file
            .extension()
            .and_then(|ending| ending.to_str())
            .map(str::to_lowercase);
        let name = match ending.filter(|ending| ENDINGS.contains(&ending.as_str())) {
            Some(ending) => format!("{audio_hash}.{ending}"),
            None => audio_hash.to_owned(),
        };
        let target = self.folder.join(name);
        if !target.is_file() {
            files::rename(file, &target).map_err(MatchError::write(&target))?;
        }
        Ok(target)
    }

    /// Deletes the files of killed runs. Links are deleted, never followed; files that cannot be deleted are ignored.
    pub fn remove_stale(&self) {
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let old = |metadata: fs::Metadata| -> io::Result<bool> {
                Ok(metadata.modified()?.elapsed().is_ok_and(|age| age > STALE))
            };
            let is_temporary = entry.file_name().to_string_lossy().starts_with(TEMP_PREFIX);
            if is_temporary && entry.metadata().and_then(old).unwrap_or(false) {
                let path = entry.path();
                // Removes no folder behind a link: it removes the link.
                let _ = fs::remove_dir_all(&path).or_else(|_| fs::remove_file(&path));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::os::unix::fs::symlink;
    use std::time::SystemTime;

    use super::*;

    struct TextIsAudio;

    impl FileProbe for TextIsAudio {
        fn probe(&self, path: &Path) -> Result<AudioFileInfo, String> {
            match fs::read_to_string(path).unwrap_or_default() {
                text if text.starts_with("audio ") => Ok(AudioFileInfo {
                    audio_hash: text[6..].to_owned(),
                    ..AudioFileInfo::default()
                }),
                _ => Err(format!(
                    "{}: no audio that can be read; try another",
                    path.display()
                )),
            }
        }
    }

    fn fetched(folder: &TempDir) -> FetchedFiles {
        FetchedFiles::in_catalogue(folder.path(), 100).unwrap()
    }

    #[test]
    fn only_audio_of_sane_size_in_a_plain_file_is_taken() {
        let catalogue = tempfile::tempdir().unwrap();
        let fetched = fetched(&catalogue);
        let outside = catalogue.path().join("secret");
        fs::write(&outside, "audio 1").unwrap();
        type Write<'a> = &'a dyn Fn(&Path);
        let cases: [(Write, &str); 6] = [
            (&|_| {}, "nothing was written"),
            (
                &|to| fs::write(to, "").unwrap(),
                "what was written: no audio",
            ),
            (
                &|to| fs::write(to.with_extension("mp3"), "<html>").unwrap(),
                "no audio",
            ),
            (
                &|to| fs::write(to, format!("audio {}", "x".repeat(200))).unwrap(),
                "larger than 1 MB",
            ),
            (&|to| symlink(&outside, to).unwrap(), "not a plain file"),
            (&|to| fs::create_dir(to).unwrap(), "not a plain file"),
        ];
        for (write, says) in cases {
            let (folder, to) = fetched.temporary().unwrap();
            write(&to);
            let error = fetched.check(folder.path(), &TextIsAudio).unwrap_err();
            assert!(error.contains(says), "{error}");
        }
        assert_eq!(fs::read_to_string(outside).unwrap(), "audio 1");
        assert_eq!(
            fs::read_dir(catalogue.path().join("audio"))
                .unwrap()
                .count(),
            0
        );
    }

    #[test]
    fn it_lies_under_its_hash_and_twice_the_same_is_one() {
        let catalogue = tempfile::tempdir().unwrap();
        let fetched = fetched(&catalogue);
        for ending in ["mp3", "MP3"] {
            let (folder, to) = fetched.temporary().unwrap();
            fs::write(to.with_extension("webp"), "an image").unwrap();
            fs::write(to.with_extension(ending), "audio abc").unwrap();
            let (file, facts) = fetched.check(folder.path(), &TextIsAudio).unwrap();
            let path = fetched.store(&file, &facts.audio_hash).unwrap();
            assert!(
                fetched.holds(&path) && path.ends_with("audio/abc.mp3"),
                "{}",
                path.display()
            );
        }
        assert_eq!(
            fs::read_dir(catalogue.path().join("audio"))
                .unwrap()
                .count(),
            1
        );
    }

    #[test]
    fn what_a_killed_run_left_goes_after_a_day_and_nothing_behind_a_link_does() {
        let catalogue = tempfile::tempdir().unwrap();
        let fetched = fetched(&catalogue);
        let precious = catalogue.path().join("precious");
        fs::create_dir(&precious).unwrap();
        fs::write(precious.join("file"), "").unwrap();
        let stale = fetched.temporary().unwrap().0.keep();
        symlink(&precious, stale.join("inner")).unwrap();
        let fresh = fetched.temporary().unwrap().0.keep();
        let long_ago = SystemTime::now() - 2 * STALE;
        File::open(&stale).unwrap().set_modified(long_ago).unwrap();
        File::open(&precious)
            .unwrap()
            .set_modified(long_ago)
            .unwrap();
        symlink(&precious, fetched.folder.join(".part-link")).unwrap();
        fetched.remove_stale();
        assert!(!stale.exists() && fresh.exists() && precious.join("file").exists());
    }
}
