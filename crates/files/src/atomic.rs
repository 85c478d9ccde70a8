//! Atomic writes: a file appears under its name complete and on disk, or not at all.
//!
//! The bytes go into a temporary file in the target's folder; committing flushes it to disk (fsync), renames it over the
//! target and flushes the folder. On an error, or when it is dropped, the temporary file is removed and the target is
//! unchanged. Only a killed process leaves one behind; its name starts with [`TEMP_PREFIX`].

#[cfg(test)]
mod tests;

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

/// Prefix of the names of incomplete files.
pub const TEMP_PREFIX: &str = ".part-";

/// A file that replaces its target on [`AtomicFile::commit`].
#[derive(Debug)]
pub struct AtomicFile {
    target: PathBuf,
    file: NamedTempFile,
}

impl AtomicFile {
    /// Starts a file with the permissions of any new file of this user (0666 minus the umask). Missing folders are
    /// created.
    ///
    /// # Errors
    /// If the folder or the temporary file cannot be created.
    pub fn create(target: &Path) -> io::Result<Self> {
        Self::with_mode(target, 0o666)
    }

    /// As [`AtomicFile::create`], but only the owner can read and write the file (0600): for secrets.
    ///
    /// # Errors
    /// As [`AtomicFile::create`].
    pub fn create_private(target: &Path) -> io::Result<Self> {
        Self::with_mode(target, 0o600)
    }

    fn with_mode(target: &Path, mode: u32) -> io::Result<Self> {
        let folder = folder_of(target);
        fs::create_dir_all(folder)?;
        Ok(Self {
            target: target.to_owned(),
            file: temp_file(folder, mode)?,
        })
    }

    /// The temporary file, for writers that need to own or to seek it.
    #[must_use]
    pub fn as_file(&self) -> &File {
        self.file.as_file()
    }

    /// Flushes the file to disk and renames it to its target.
    ///
    /// # Errors
    /// If the disk is full or the target cannot be replaced, for instance because it is a folder.
    pub fn commit(self) -> io::Result<()> {
        self.file.as_file().sync_all()?;
        self.file.persist(&self.target)?;
        sync_folder(folder_of(&self.target))
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Writes one file atomically. Missing folders are created.
///
/// # Errors
/// If the folder cannot be created or written to, or the disk is full.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = AtomicFile::create(path)?;
    file.write_all(bytes)?;
    file.commit()
}

/// As [`write`], but only the owner can read the file (0600): for secrets.
///
/// # Errors
/// As [`write`].
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = AtomicFile::create_private(path)?;
    file.write_all(bytes)?;
    file.commit()
}

/// A file or folder that could not be written.
#[derive(Debug)]
pub struct WriteError {
    /// What could not be written.
    pub path: PathBuf,
    /// Why.
    pub source: io::Error,
}

/// Writes several files into one folder: none is renamed to its name before all are on disk. A folder that was created
/// for them is removed again if writing fails.
///
/// # Errors
/// If the folder cannot be created, or one of the files cannot be written.
pub fn write_all(folder: &Path, files: &[(&str, &[u8])]) -> Result<(), WriteError> {
    let is_new = !folder.exists();
    let written = write_each(folder, files);
    if written.is_err() && is_new {
        // Fails if the folder is not empty; the first error is the one to report.
        let _ = fs::remove_dir(folder);
    }
    written
}

fn write_each(folder: &Path, files: &[(&str, &[u8])]) -> Result<(), WriteError> {
    fs::create_dir_all(folder).map_err(|source| WriteError {
        path: folder.to_owned(),
        source,
    })?;
    let mut complete = Vec::with_capacity(files.len());
    for (name, bytes) in files {
        let path = folder.join(name);
        let file = fill(&path, bytes).map_err(|source| WriteError {
            path: path.clone(),
            source,
        })?;
        complete.push((path, file));
    }
    for (path, file) in complete {
        file.commit()
            .map_err(|source| WriteError { path, source })?;
    }
    Ok(())
}

fn fill(path: &Path, bytes: &[u8]) -> io::Result<AtomicFile> {
    // The rename would fail, but only after those of the files before it.
    if path.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    let mut file = AtomicFile::create(path)?;
    file.write_all(bytes)?;
    // Here, not in `commit`: a full disk must show before the first file is renamed.
    file.as_file().sync_all()?;
    Ok(file)
}

/// Renames a complete file to `target` on the same file system, replacing it, with both flushed to disk.
///
/// # Errors
/// If `file` is missing or `target` cannot be replaced.
pub fn rename(file: &Path, target: &Path) -> io::Result<()> {
    File::open(file)?.sync_all()?;
    fs::rename(file, target)?;
    sync_folder(folder_of(target))
}

/// Checks that files can be written into `folder`, or if it is missing that it could be created. Nothing is left behind.
///
/// # Errors
/// If the folder, or the nearest one that exists, is not a writable folder.
pub fn check_writable(folder: &Path) -> io::Result<()> {
    let existing = folder.ancestors().find(|folder| folder.exists());
    temp_file(existing.unwrap_or(Path::new(".")), 0o600).map(|_| ())
}

/// Flushes the entries of a folder to disk, so that renames survive a power failure. Does nothing on systems that cannot
/// open folders.
///
/// # Errors
/// If the folder cannot be opened.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

fn temp_file(folder: &Path, mode: u32) -> io::Result<NamedTempFile> {
    let mut builder = Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode));
    #[cfg(not(unix))]
    let _ = mode;
    builder.prefix(TEMP_PREFIX).tempfile_in(folder)
}

/// The folder of a path; the current folder for a bare file name.
fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}
