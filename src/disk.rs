//! Files that appear whole or not at all.

use std::io::{self, Write as _};
use std::path::Path;
use std::process::Command;

use tempfile::{Builder, NamedTempFile};

/// What the names of files begin with that are not whole yet.
pub const TEMPORARY: &str = ".part-";

/// An empty file in `folder`, which is made where it is missing; it is gone when dropped, unless it is persisted under
/// its name. Others may read it, as any file that the user makes.
///
/// # Errors
/// Where the folder or the file cannot be made.
pub fn temporary_in(folder: &Path) -> io::Result<NamedTempFile> {
    std::fs::create_dir_all(folder)?;
    let mut builder = Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.prefix(TEMPORARY).tempfile_in(folder)
}

/// Writes a file under its name only when all of it is on the disk.
///
/// # Errors
/// Where the disk is full, or the folder cannot be made or written.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = temporary_in(path.parent().unwrap_or(Path::new(".")))?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

/// Room for new files in a folder that is there, in bytes, as `df` says; none where the system has no `df`.
#[must_use]
pub fn free_bytes(folder: &Path) -> Option<u64> {
    let answer = Command::new("df")
        .args(["-P", "-k"])
        .arg(folder)
        .output()
        .ok()?;
    // POSIX: a heading, then file system, blocks, used, available, …
    let text = String::from_utf8(answer.stdout).ok()?;
    let cells = text.lines().nth(1)?.split_whitespace();
    let mut numbers = cells.filter_map(|cell| cell.parse::<u64>().ok());
    numbers.nth(2)?.checked_mul(1024)
}
