//! A table of what was played, with a heading or without.

use csv::{ReaderBuilder, StringRecord};

use super::super::Reason;
use super::super::text_file::TextFile;
use super::{Listens, named};
use catalogue::SkippedItem;

const NEEDED: &str = "`artist` and `track`, and perhaps `plays`";
const ARTIST: [&str; 3] = ["artist", "artist name", "artist_name"];
const TITLE: [&str; 6] = ["track", "title", "song", "name", "track name", "track_name"];
const PLAYS: [&str; 5] = ["plays", "playcount", "play count", "scrobbles", "count"];

/// Where each column stands.
#[derive(Clone, Copy)]
struct Columns {
    artist: usize,
    title: usize,
    plays: Option<usize>,
}

pub(super) fn read(file: &TextFile) -> Result<Listens, Reason> {
    let rows = rows(&file.text);
    let first = rows.first().and_then(|row| row.as_ref().ok());
    let first: Vec<String> = first.into_iter().flatten().map(heading).collect();
    let (columns, from) = match columns_named(&first) {
        Some(columns) => (columns, 1),
        None => (columns_by_width(&first).ok_or_else(|| unknown(&first))?, 0),
    };
    let mut found = Listens::default();
    for (number, row) in (1..).zip(&rows).skip(from) {
        let row = row.as_ref().map_err(ToString::to_string);
        match row.and_then(|row| columns.listen(row)) {
            Ok(listen) => found.listens.push(listen),
            Err(reason) => found.skipped.push(SkippedItem {
                path: format!("row {number} of {}", file.name()),
                reason,
            }),
        }
    }
    Ok(found)
}

/// Separated by whatever makes most columns of the first row.
fn rows(text: &str) -> Vec<csv::Result<StringRecord>> {
    let parts = |delimiter: u8| {
        let line = text.lines().next().unwrap_or_default();
        line.matches(char::from(delimiter)).count()
    };
    let delimiter = [b'\t', b';', b',']
        .into_iter()
        .max_by_key(|&one| parts(one));
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter.unwrap_or(b','))
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    reader.records().collect()
}

fn heading(cell: &str) -> String {
    cell.trim().to_lowercase()
}

fn columns_named(first: &[String]) -> Option<Columns> {
    let place = |names: &[&str]| first.iter().position(|cell| names.contains(&cell.as_str()));
    Some(Columns {
        artist: place(&ARTIST)?,
        title: place(&TITLE)?,
        plays: place(&PLAYS),
    })
}

fn columns_by_width(first: &[String]) -> Option<Columns> {
    let columns = |artist, title, plays| Columns {
        artist,
        title,
        plays,
    };
    match first.len() {
        2 => Some(columns(0, 1, None)),
        3 => Some(columns(0, 1, Some(2))),
        // Last.fm's listens: artist, album, track, date.
        4 => Some(columns(0, 2, None)),
        _ => None,
    }
}

fn unknown(first: &[String]) -> Reason {
    let shown = |cell: &String| format!("`{}`", cell.chars().take(40).collect::<String>());
    Reason::Columns {
        found: first
            .iter()
            .take(30)
            .map(shown)
            .collect::<Vec<_>>()
            .join(", "),
        needed: NEEDED,
    }
}

impl Columns {
    fn listen(self, row: &StringRecord) -> Result<super::Listen, String> {
        let cell = |place: usize| row.get(place).unwrap_or_default().trim();
        let plays = self.plays.map(cell).filter(|plays| !plays.is_empty());
        let number = plays.map_or(Ok(1.0), str::parse::<f64>);
        let number = number.map_err(|_| {
            let shown: String = plays.unwrap_or_default().chars().take(40).collect();
            format!("`{shown}` is not a number of plays")
        })?;
        named(cell(self.artist), cell(self.title), number)
            .ok_or_else(|| "names no song that was played".to_owned())
    }
}
