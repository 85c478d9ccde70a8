//! Where the places that a list writes down lie: paths relative to the list, `file://` addresses, paths from Windows,
//! percent signs; and the way back, for a list that is written.

use std::path::{Component, Path, PathBuf};

use url::Url;

use super::ids;
use super::list_file::ListFile;
use catalogue::Track;

/// How a format writes a place; where nothing lies there, the other way is tried too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Path,
    /// A URI reference: `%20` is a space.
    Uri,
}

/// Takes in where a track lies: a file of the user's becomes its audio, a service's link its id.
pub(super) fn learn(track: &mut Track, written: &str, place: Place, list: &ListFile) {
    if ids::from_link(written).is_some() || ids::is_web(written) {
        ids::learn(track, written);
    } else if track.audio.is_none() {
        track.audio = Some(file(written, place, list));
    }
}

fn file(written: &str, place: Place, list: &ListFile) -> PathBuf {
    let by_uri = || {
        let list = Url::from_file_path(&list.path).ok()?;
        list.join(written).ok()?.to_file_path().ok()
    };
    let is_address = written
        .get(..5)
        .is_some_and(|start| start.eq_ignore_ascii_case("file:"));
    if is_address && let Some(path) = by_uri() {
        return path;
    }
    let (first, second) = match place {
        Place::Path => (path(written, list.folder()), by_uri()),
        Place::Uri => (
            by_uri().unwrap_or_else(|| path(written, list.folder())),
            Some(path(written, list.folder())),
        ),
    };
    match second {
        Some(second) if !first.exists() && second.exists() => second,
        _ => first,
    }
}

/// Relative paths count from the list's folder; `\` is read as `/` where only that finds the file.
pub(super) fn path(written: &str, folder: &Path) -> PathBuf {
    let as_written = folder.join(written);
    let with_slashes = folder.join(written.replace('\\', "/"));
    if !as_written.exists() && with_slashes.exists() {
        with_slashes
    } else {
        as_written
    }
}

/// The way from a folder to a file, both absolute: relative where the two have more in common than the root.
#[must_use]
pub fn relative_path(folder: &Path, file: &Path) -> PathBuf {
    let shared = |(one, other): &(Component, Component)| one == other;
    let common = folder
        .components()
        .zip(file.components())
        .take_while(shared)
        .count();
    if common < 2 {
        return file.to_owned();
    }
    let up = folder
        .components()
        .skip(common)
        .map(|_| Component::ParentDir);
    up.chain(file.components().skip(common)).collect()
}

/// A path as a URI reference.
pub(super) fn uri(path: &Path) -> String {
    let written = path.to_string_lossy();
    let mut uri = String::new();
    if path.is_absolute() {
        uri.push_str("file://");
    } else if written
        .split('/')
        .next()
        .is_some_and(|first| first.contains(':'))
    {
        uri.push_str("./");
    }
    for byte in written.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => {
                uri.push(char::from(byte));
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    fn located(written: &str, place: Place, folder: &Path) -> PathBuf {
        let list = ListFile {
            path: folder.join("list.m3u8"),
            text: String::new(),
        };
        let mut track = Track::default();
        learn(&mut track, written, place, &list);
        track.audio.unwrap()
    }

    #[test]
    fn every_way_to_write_a_place_finds_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        std::fs::create_dir(folder.join("deep")).unwrap();
        let song = folder.join("deep/a b #1 50%.mp3");
        std::fs::write(&song, "").unwrap();
        let address = uri(&song);
        assert!(
            address.starts_with("file:///") && address.ends_with("deep/a%20b%20%231%2050%25.mp3")
        );
        for written in [
            "deep/a b #1 50%.mp3",
            "./deep/a b #1 50%.mp3",
            "deep\\a b #1 50%.mp3",
            "deep/a%20b%20%231%2050%25.mp3",
            address.as_str(),
            &address.replace("file:///", "file://localhost/"),
        ] {
            for place in [Place::Path, Place::Uri] {
                assert!(
                    located(written, place, folder).exists(),
                    "{written} {place:?}"
                );
            }
        }
    }

    #[test]
    fn a_file_that_is_gone_keeps_the_name_that_the_list_writes() {
        let folder = Path::new("/lists");
        assert_eq!(
            located("a%20b.mp3", Place::Path, folder),
            Path::new("/lists/a%20b.mp3")
        );
        assert_eq!(
            located("a%20b.mp3", Place::Uri, folder),
            Path::new("/lists/a b.mp3")
        );
        assert_eq!(located("../b.mp3", Place::Uri, folder), Path::new("/b.mp3"));
    }

    #[test]
    fn the_way_is_relative_where_both_share_more_than_the_root() {
        let from = |folder: &str, file: &str| relative_path(Path::new(folder), Path::new(file));
        assert_eq!(
            from("/home/me/lists", "/home/me/lists/a.mp3"),
            Path::new("a.mp3")
        );
        assert_eq!(
            from("/home/me/lists", "/home/me/music/a.mp3"),
            Path::new("../music/a.mp3")
        );
        assert_eq!(
            from("/home/me/lists", "/mnt/a.mp3"),
            Path::new("/mnt/a.mp3")
        );
    }
}
