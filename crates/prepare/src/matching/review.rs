//! `pending.csv` in the catalogue's folder: uncertain matches of files and tracks, for the user to decide.
//!
//! The user writes `yes` or `no` in the column `accept`. The next `prepare` uses the files with a yes, and never offers
//! those with a no again. Rows without an answer are recomputed by each search.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use csv::{ReaderBuilder, Writer};
use serde::Serialize;

use super::MatchError;

const FILE: &str = "pending.csv";
/// The file's name until version 0.1: still read, and replaced by [`FILE`] at the next write.
const OLD_FILE: &str = "unsure.csv";
const COLUMNS: [&str; 7] = [
    "accept",
    "track",
    "artists",
    "title",
    "candidate",
    "score",
    "reason",
];

/// A file that may be the audio of a track.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PendingMatch {
    /// The user's answer as written: empty, yes, no or anything else.
    #[serde(skip)]
    pub accept: String,
    /// The track's id.
    pub track: String,
    /// The track's artists, joined by `, `.
    pub artists: String,
    /// The track's title.
    pub title: String,
    /// The file.
    pub candidate: PathBuf,
    /// Match score, 0 to 1.
    pub score: f64,
    /// Why the match is uncertain.
    pub reason: String,
}

impl PendingMatch {
    /// Whether the answer is yes.
    pub fn is_accepted(&self) -> bool {
        self.accept.trim().eq_ignore_ascii_case("yes")
    }

    /// Whether the answer is no.
    pub fn is_rejected(&self) -> bool {
        self.accept.trim().eq_ignore_ascii_case("no")
    }

    /// Whether the answer is neither yes nor no, but not empty.
    pub fn is_unclear(&self) -> bool {
        !self.accept.trim().is_empty() && !self.is_accepted() && !self.is_rejected()
    }
}

/// The path of `pending.csv` of a catalogue.
pub fn path(catalogue: &Path) -> PathBuf {
    catalogue.join(FILE)
}

/// The rows; empty if there is no file. Columns are separated by commas, semicolons or tabs, as spreadsheets save them.
pub(super) fn read(catalogue: &Path) -> Result<Vec<PendingMatch>, MatchError> {
    let (current, old) = (path(catalogue), catalogue.join(OLD_FILE));
    let path = if current.exists() { current } else { old };
    let unreadable = |reason: String| MatchError::Review {
        path: path.clone(),
        reason,
    };
    let text = match fs::read(&path) {
        Ok(bytes) => String::from_utf8(bytes)
            .map_err(|_| unreadable("it is not UTF-8 text; save it as `CSV UTF-8`".to_owned()))?,
        Err(reason) if reason.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(reason) => return Err(unreadable(reason.to_string())),
    };
    let text = text.trim_start_matches('\u{feff}');
    let found = [b',', b';', b'\t']
        .into_iter()
        .find_map(|delimiter| rows(text, delimiter).transpose());
    match found {
        Some(rows) => rows.map_err(unreadable),
        None => Err(unreadable(
            "it needs the columns accept, track and candidate".to_owned(),
        )),
    }
}

/// `None` if a required column is missing.
fn rows(text: &str, delimiter: u8) -> Result<Option<Vec<PendingMatch>>, String> {
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .from_reader(text.as_bytes());
    let header = reader
        .headers()
        .map_err(|reason| reason.to_string())?
        .clone();
    let columns: HashMap<String, usize> = header
        .iter()
        .enumerate()
        .map(|(index, name)| (name.trim().to_lowercase(), index))
        .collect();
    if ["accept", "track", "candidate"]
        .iter()
        .any(|name| !columns.contains_key(*name))
    {
        return Ok(None);
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|reason| reason.to_string())?;
        let cell = |name: &str| {
            let cell = columns
                .get(name)
                .and_then(|&index| record.get(index))
                .unwrap_or_default();
            cell.to_owned()
        };
        rows.push(PendingMatch {
            accept: cell("accept"),
            track: cell("track"),
            artists: cell("artists"),
            title: cell("title"),
            candidate: PathBuf::from(cell("candidate")),
            score: cell("score").replace(',', ".").parse().unwrap_or_default(),
            reason: match cell("reason") {
                // The column's name until version 0.1.
                empty if empty.is_empty() => cell("why"),
                reason => reason,
            },
        });
    }
    Ok(Some(rows))
}

/// Replaces the file; deletes it if there are no rows.
pub(super) fn write(catalogue: &Path, rows: &[PendingMatch]) -> Result<(), MatchError> {
    let path = path(catalogue);
    let failed = MatchError::write(&path);
    let written = if rows.is_empty() {
        remove(&path)
    } else {
        to_csv(rows).and_then(|bytes| files::write(&path, &bytes))
    };
    written
        .and_then(|()| remove(&catalogue.join(OLD_FILE)))
        .map_err(failed)
}

/// Deletes a file that may be absent.
fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(reason) if reason.kind() != io::ErrorKind::NotFound => Err(reason),
        _ => Ok(()),
    }
}

fn to_csv(rows: &[PendingMatch]) -> io::Result<Vec<u8>> {
    let mut writer = Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    for row in rows {
        writer.write_record([
            &row.accept,
            &row.track,
            &without_formula(&row.artists),
            &without_formula(&row.title),
            &row.candidate.display().to_string(),
            &format!("{:.2}", row.score),
            &without_formula(&row.reason),
        ])?;
    }
    writer.into_inner().map_err(csv::IntoInnerError::into_error)
}

/// Quotes a cell that a spreadsheet would evaluate as a formula.
fn without_formula(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(accept: &str, title: &str) -> PendingMatch {
        PendingMatch {
            accept: accept.into(),
            track: "name:a/b".into(),
            artists: "A, \"B\"; C".into(),
            title: title.into(),
            candidate: "/music/a, b;c\n.mp3".into(),
            score: 0.75,
            reason: "x; y".into(),
        }
    }

    #[test]
    fn rows_survive_a_round_trip_and_formulas_are_quoted() {
        let folder = tempfile::tempdir().unwrap();
        let rows = [row("", "Song"), row("yes", "Other"), row("No ", "")];
        write(folder.path(), &rows).unwrap();
        assert_eq!(read(folder.path()).unwrap(), rows);
        write(folder.path(), &[row("", "=cmd|' /C calc'!A0")]).unwrap();
        let text = fs::read_to_string(path(folder.path())).unwrap();
        assert!(text.contains("'=cmd") && !text.contains(",=cmd"), "{text}");
        write(folder.path(), &[]).unwrap();
        assert_eq!(read(folder.path()).unwrap(), []);
        assert!(!path(folder.path()).exists());
    }

    #[test]
    fn the_csv_of_a_spreadsheet_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let text = "\u{feff}Accept;track;artists;title;candidate;score;why\r\nYES;name:a/b;;;/m/x.mp3;0,75;\r\n";
        fs::write(path(folder.path()), text).unwrap();
        let rows = read(folder.path()).unwrap();
        assert!(rows[0].is_accepted() && rows[0].score == 0.75, "{rows:?}");
        assert_eq!(rows[0].candidate, Path::new("/m/x.mp3"));
    }

    #[test]
    fn the_file_of_an_older_version_is_read_and_migrated() {
        let folder = tempfile::tempdir().unwrap();
        let old = folder.path().join(OLD_FILE);
        let text =
            "accept,track,artists,title,candidate,score,why\nno,isrc:A,A,B,/m/x.mp3,0.75,length\n";
        fs::write(&old, text).unwrap();
        let rows = read(folder.path()).unwrap();
        assert!(
            rows[0].is_rejected() && rows[0].reason == "length",
            "{rows:?}"
        );
        write(folder.path(), &rows).unwrap();
        assert!(!old.exists());
        assert_eq!(read(folder.path()).unwrap(), rows);
    }

    #[test]
    fn an_invalid_table_is_named_and_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        for bytes in [&b"a,b\n1,2\n"[..], b"accept,track,candidate\n\xff"] {
            fs::write(path(folder.path()), bytes).unwrap();
            let error = read(folder.path()).unwrap_err().to_string();
            assert!(error.contains("pending.csv"), "{error}");
        }
        assert!(row("maybe", "").is_unclear() && !row(" ", "").is_unclear());
    }
}
