//! Atomic writes, file names that every file system accepts, and folder walks.

mod atomic;
mod walk;

pub use atomic::{
    AtomicFile, TEMP_PREFIX, WriteError, check_writable, rename, sync_folder, write, write_all,
    write_private,
};
pub use walk::{audio_below, is_audio, sorted_entries};

use std::collections::HashSet;
use std::path::Path;
use std::process::Command;

/// Longest name in bytes: file systems take 255, and a number and an extension may follow.
const MAX_FILE_NAME_BYTES: usize = 160;
/// Device names that Windows reserves, whatever follows them.
const RESERVED: [&str; 6] = ["con", "prn", "aux", "nul", "com", "lpt"];

/// Free space in an existing folder, in bytes, as reported by `df`; `None` if the system has no `df`.
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

/// Turns untrusted text (a title, the name of a playlist) into a file name without an extension that every file system
/// accepts and that cannot leave its folder; `otherwise` if no character remains.
#[must_use]
pub fn file_name(text: &str, otherwise: &str) -> String {
    let plain = |sign: char| match sign {
        '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' | '#' | '%' => '_',
        sign if sign.is_control() => '_',
        sign => sign,
    };
    let mut name: String = text.chars().map(plain).take(MAX_FILE_NAME_BYTES).collect();
    while name.len() > MAX_FILE_NAME_BYTES {
        name.pop();
    }
    let name = name.trim_matches(['.', ' ']);
    let stem = name.split('.').next().unwrap_or_default().to_lowercase();
    let device = stem
        .trim_end_matches(|sign: char| sign.is_ascii_digit())
        .trim();
    match name {
        "" => otherwise.to_owned(),
        _ if RESERVED.contains(&device) => format!("_{name}"),
        _ => name.to_owned(),
    }
}

/// A file name without an extension for each text, by [`file_name`]. A number is added to names that a
/// case-insensitive file system does not distinguish: `Jazz`, `JAZZ (2)`.
#[must_use]
pub fn unique_names<'a>(texts: impl IntoIterator<Item = &'a str>, otherwise: &str) -> Vec<String> {
    let mut taken = HashSet::new();
    let mut unique = |text: &str| {
        let stem = file_name(text, otherwise);
        let mut name = stem.clone();
        let mut number = 2;
        while !taken.insert(name.to_lowercase()) {
            name = format!("{stem} ({number})");
            number += 1;
        }
        name
    };
    texts.into_iter().map(&mut unique).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_without_regard_to_case() {
        assert_eq!(
            unique_names(["Jazz", "JAZZ", "Jazz (2)"], "playlist"),
            ["Jazz", "JAZZ (2)", "Jazz (2) (2)"]
        );
    }

    #[test]
    fn any_name_becomes_a_file_s_name_on_any_system() {
        for (name, file) in [
            ("Jazz", "Jazz"),
            ("Pop / Rock", "Pop _ Rock"),
            ("AC/DC: <live>", "AC_DC_ _live_"),
            ("../../etc/passwd", "_.._etc_passwd"),
            ("..", "list"),
            ("", "list"),
            ("a\0b\nc", "a_b_c"),
            ("100 %", "100 _"),
            ("NUL", "_NUL"),
            ("com1.txt", "_com1.txt"),
            ("Comfort", "Comfort"),
            ("🎵", "🎵"),
        ] {
            assert_eq!(file_name(name, "list"), file, "{name:?}");
        }
        assert_eq!(
            file_name(&"é".repeat(5_000), "list").len(),
            MAX_FILE_NAME_BYTES
        );
        assert!(file_name(&"🎵".repeat(5_000), "list").len() <= MAX_FILE_NAME_BYTES);
    }
}
