//! The archive's plain file: the name, the description, an empty line, then `Title -- Artist, Artist -- Album` per track.
//! It has no ids, so it is read only if no other file of the playlist exists.

use std::path::Path;

use super::super::Reason;
use super::super::input_format::InputFormat;
use super::super::parsed_file::ParsedFile;
use super::super::text_file::TextFile;
use catalogue::{PlaylistSnapshot, SnapshotEntry, Track};

/// Descriptions may hold line breaks.
const HEAD: usize = 20;

fn is_plain(text: &str) -> bool {
    tracks(text).is_some_and(|lines| {
        let mut lines = lines.lines().peekable();
        lines.peek().is_some() && lines.all(|line| line.split(" -- ").count() >= 3)
    })
}

/// What follows the empty line.
fn tracks(text: &str) -> Option<&str> {
    let head: usize = text
        .split_inclusive('\n')
        .take(HEAD)
        .skip(1)
        .take_while(|line| !line.trim().is_empty())
        .map(str::len)
        .sum();
    let first = text.find('\n')? + 1;
    let (_, tracks) = text.get(first + head..)?.split_once('\n')?;
    Some(tracks)
}

/// The archive's plain file, without an extension.
pub(in super::super) struct Plain;

impl InputFormat for Plain {
    fn extensions(&self) -> &'static [&'static str] {
        &[]
    }

    fn sniff(&self, file: &TextFile) -> bool {
        is_plain(&file.text)
    }

    fn read(&self, file: &TextFile) -> Result<ParsedFile, Reason> {
        let mut parsed = ParsedFile::default();
        let mut head = file.text.lines();
        let name = head.next().unwrap_or_default();
        let description = head.next().unwrap_or_default().trim().to_owned();
        let mut playlist = super::playlist("", name, file);
        playlist.description = Some(description).filter(|text| !text.is_empty());
        let lines = tracks(&file.text).unwrap_or_default().lines();
        let entries = lines.filter_map(entry).collect();
        parsed.add(PlaylistSnapshot { playlist, entries }, true);
        Ok(parsed)
    }

    fn accepts_name(&self, path: &Path) -> bool {
        let name = path.file_name().unwrap_or_default();
        path.extension().is_none() && super::is_key(&name.to_string_lossy())
    }
}

/// A title may hold ` -- ` too.
fn entry(line: &str) -> Option<SnapshotEntry> {
    let mut parts = line.rsplitn(3, " -- ");
    let album = parts.next()?.trim();
    let artists = parts
        .next()?
        .split(", ")
        .map(str::trim)
        .filter(|artist| !artist.is_empty());
    let title = parts.next()?.trim();
    Some(SnapshotEntry {
        track: Track {
            title: title.to_owned(),
            artists: artists.map(str::to_owned).collect(),
            album: Some(album.to_owned()).filter(|album| !album.is_empty()),
            ..Track::default()
        },
        ..SnapshotEntry::default()
    })
}
