//! The archive's Markdown: a heading with the playlist's name and link, its description, and a table. Older files escape
//! nothing, so a title may contain a `|`; newer ones escape each punctuation mark with `\`.

use jiff::civil::Date;

use super::super::input_format::InputFormat;
use super::super::parsed_file::ParsedFile;
use super::super::text_file::TextFile;
use super::super::{Reason, ids};
use catalogue::{Playlist, PlaylistSnapshot, SnapshotEntry, Track};

const CUMULATIVE: &str = "| Title | Artist(s) | Album | Length | Added | Removed |";
const PRETTY: &str = "| No. | Title | Artist(s) | Album | Length |";

/// Lines before the table, at most; a description may hold line breaks.
const HEAD: usize = 60;

fn is_archive_markdown(text: &str) -> bool {
    text.lines()
        .take(HEAD)
        .any(|line| [CUMULATIVE, PRETTY].contains(&line.trim()))
}

/// The Markdown of the archive.
pub(in super::super) struct Markdown;

impl InputFormat for Markdown {
    fn extensions(&self) -> &'static [&'static str] {
        &["md"]
    }

    fn sniff(&self, file: &TextFile) -> bool {
        is_archive_markdown(file.text.trim_start())
    }

    fn read(&self, file: &TextFile) -> Result<ParsedFile, Reason> {
        let lines = || file.text.lines().map(str::trim);
        let cumulative = lines().any(|line| line == CUMULATIVE);
        let mut parsed = ParsedFile::default();
        let mut entries = Vec::new();
        for (number, line) in (1..).zip(lines()) {
            if !line.starts_with("| ") || [CUMULATIVE, PRETTY].contains(&line) {
                continue;
            }
            match entry(line, cumulative) {
                Some(entry) => entries.push(entry),
                None => parsed.skip(
                    format!("line {number} of {}", file.name()),
                    "names no track; skipped",
                ),
            }
        }
        let mut playlist = head(file);
        if cumulative {
            let earliest = entries
                .iter()
                .filter_map(|entry: &SnapshotEntry| entry.added)
                .min();
            playlist.first_seen = first_scraped(&file.text).or(earliest);
        }
        parsed.add(PlaylistSnapshot { playlist, entries }, !cumulative);
        Ok(parsed)
    }
}

/// What stands above the table.
fn head(file: &TextFile) -> Playlist {
    let mut lines = file.text.lines().take_while(|line| !line.starts_with("| "));
    let heading = lines
        .find_map(|line| line.strip_prefix("### "))
        .unwrap_or_default();
    let (name, link) = linked(heading);
    let mut playlist = super::playlist(link, &name, file);
    for line in lines {
        if let Some(description) = line.strip_prefix("> ") {
            playlist.description =
                Some(unescaped(description.trim())).filter(|text| !text.is_empty());
        } else if let Some((owner, rest)) =
            line.split_once(" - ").filter(|_| line.contains(" like"))
        {
            let likes = rest
                .split(" like")
                .next()
                .unwrap_or_default()
                .replace(',', "");
            playlist.owner = Some(linked(owner).0);
            playlist.followers = likes.parse().ok();
        }
    }
    playlist
}

/// `*This playlist was first scraped on 2021-12-15. …`, below the table.
fn first_scraped(text: &str) -> Option<Date> {
    let (_, day) = text.rsplit_once("was first scraped on ")?;
    day.get(..10)?.parse().ok()
}

fn entry(line: &str, cumulative: bool) -> Option<SnapshotEntry> {
    let line = line.strip_prefix("| ")?.strip_suffix(" |")?;
    let mut cells: Vec<&str> = line.split(" | ").collect();
    let (mut added, mut removed) = (None, None);
    if cumulative {
        removed = day(cells.pop()?);
        added = day(cells.pop()?);
    } else {
        cells.remove(0);
    }
    let length = cells.pop()?;
    // A title with a bar in it is cut in several; its link ends it.
    let titles = 1 + cells
        .iter()
        .position(|cell| cell.contains("/track/") && cell.ends_with(')'))
        .unwrap_or(0);
    let titled = cells.get(..titles)?.join(" | ");
    let (title, link) = linked(&titled);
    let (album, artists) = cells.get(titles..)?.split_last()?;
    let id = ids::from_link(link);
    if title.is_empty() && id.is_none() {
        return None;
    }
    Some(SnapshotEntry {
        track: Track {
            title,
            artists: linked_names(&artists.join(" | ")),
            album: Some(linked(album).0).filter(|album| !album.is_empty()),
            duration_seconds: seconds(length),
            aliases: id.into_iter().collect(),
            ..Track::default()
        },
        added,
        removed,
        ..SnapshotEntry::default()
    })
}

/// `[text](link)`, or text alone.
fn linked(cell: &str) -> (String, &str) {
    let parts = cell
        .strip_prefix('[')
        .and_then(|cell| cell.strip_suffix(')'))
        .and_then(|cell| cell.rsplit_once("]("));
    let (text, link) = parts.unwrap_or((cell, ""));
    (unescaped(text).trim().to_owned(), link)
}

/// `[A](link), [B](link), C`.
fn linked_names(cell: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = cell;
    while !rest.is_empty() {
        let end = if rest.starts_with('[') {
            rest.find("](")
                .and_then(|at| Some(at + rest[at..].find(')')? + 1))
        } else {
            rest.find(", ")
        };
        let (name, next) = rest.split_at(end.unwrap_or(rest.len()));
        names.push(linked(name).0);
        rest = next.strip_prefix(", ").unwrap_or_default();
    }
    names.retain(|name| !name.is_empty());
    names
}

/// A sign behind `\` stands for itself.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut signs = text.chars().peekable();
    while let Some(sign) = signs.next() {
        let escapes = sign == '\\' && signs.peek().is_some_and(char::is_ascii_punctuation);
        plain.extend(if escapes { signs.next() } else { Some(sign) });
    }
    plain
}

/// With or without the star of what was there on the first day.
fn day(cell: &str) -> Option<Date> {
    cell.trim().trim_end_matches(['*', '\\']).parse().ok()
}

/// `2:37` or `1:02:37`.
fn seconds(length: &str) -> Option<f64> {
    let mut seconds = 0.0;
    for part in length.trim().split(':') {
        seconds = seconds * 60.0 + f64::from(part.parse::<u32>().ok()?);
    }
    Some(seconds).filter(|seconds| *seconds > 0.0)
}
