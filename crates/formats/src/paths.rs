//! Paths in playlist files: relative to the file, `file://` URIs, Windows separators, percent-encoding; read and written.

use std::io;
use std::path::{Component, Path, PathBuf};

use url::Url;

use super::ids;
use super::text_file::TextFile;
use catalogue::{PlaylistSnapshot, Track};

/// How a format writes locations; if no such file exists, the other syntax is tried too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LocationSyntax {
    /// A path.
    Path,
    /// A URI reference: `%20` is a space.
    Uri,
}

/// Stores a written location in a track: a file becomes its audio, a service's link an id.
pub(super) fn learn(track: &mut Track, written: &str, syntax: LocationSyntax, list: &TextFile) {
    if ids::from_link(written).is_some() || ids::is_web(written) {
        ids::learn(track, written);
    } else if track.audio.is_none() {
        track.audio = Some(file(written, syntax, list));
    }
}

fn file(written: &str, syntax: LocationSyntax, list: &TextFile) -> PathBuf {
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
    let (first, second) = match syntax {
        LocationSyntax::Path => (path(written, list.folder()), by_uri()),
        LocationSyntax::Uri => (
            by_uri().unwrap_or_else(|| path(written, list.folder())),
            Some(path(written, list.folder())),
        ),
    };
    match second {
        Some(second) if !first.exists() && second.exists() => second,
        _ => first,
    }
}

/// Resolves a path against the folder of the playlist file; `\` is read as `/` if only that finds a file.
pub(super) fn path(written: &str, folder: &Path) -> PathBuf {
    let as_written = folder.join(written);
    let with_slashes = folder.join(written.replace('\\', "/"));
    if !as_written.exists() && with_slashes.exists() {
        with_slashes
    } else {
        as_written
    }
}

/// Rewrites the audio paths of a snapshot relative to `folder`, in which its file will be written. Paths that share only
/// the root with `folder` stay absolute, paths that do not exist stay as they are unless they are inside `folder`.
///
/// # Errors
/// If `folder` (absolute) does not exist or cannot be read.
pub fn make_audio_relative(snapshot: &mut PlaylistSnapshot, folder: &Path) -> io::Result<()> {
    let real = folder.canonicalize()?;
    for entry in &mut snapshot.entries {
        let Some(audio) = entry.track.audio.take() else {
            continue;
        };
        let relative = match (audio.strip_prefix(folder), audio.canonicalize()) {
            (Ok(below), _) => below.to_owned(),
            // `..` does not lead back through a symbolic link, so only resolved folders are compared.
            (Err(_), Ok(audio)) => relative_path(&real, &audio),
            (Err(_), Err(_)) => audio,
        };
        entry.track.audio = Some(relative);
    }
    Ok(())
}

/// The path from a folder to a file, both absolute: relative if the two share more than the root.
fn relative_path(folder: &Path, file: &Path) -> PathBuf {
    let shared = |(a, b): &(Component, Component)| a == b;
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

    fn located(written: &str, syntax: LocationSyntax, folder: &Path) -> PathBuf {
        let list = TextFile::from_text(folder.join("list.m3u8"), String::new());
        let mut track = Track::default();
        learn(&mut track, written, syntax, &list);
        track.audio.unwrap()
    }

    #[test]
    fn each_way_to_write_a_location_finds_the_file() {
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
            for syntax in [LocationSyntax::Path, LocationSyntax::Uri] {
                assert!(
                    located(written, syntax, folder).exists(),
                    "{written} {syntax:?}"
                );
            }
        }
    }

    #[test]
    fn a_missing_file_keeps_the_written_name() {
        let folder = Path::new("/lists");
        assert_eq!(
            located("a%20b.mp3", LocationSyntax::Path, folder),
            Path::new("/lists/a%20b.mp3")
        );
        assert_eq!(
            located("a%20b.mp3", LocationSyntax::Uri, folder),
            Path::new("/lists/a b.mp3")
        );
        assert_eq!(
            located("../b.mp3", LocationSyntax::Uri, folder),
            Path::new("/b.mp3")
        );
    }

    #[test]
    fn a_path_is_relative_if_both_share_more_than_the_root() {
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
