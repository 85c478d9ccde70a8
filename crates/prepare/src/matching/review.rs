//! `unsure.csv` in the catalogue's folder: files that may be a track's, for the user to judge.
//!
//! The user writes `yes` or `no` under `accept`. The next `prepare` takes what has a yes, and never offers again what
//! has a no. Rows without either are made anew by each search.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use csv::{ReaderBuilder, Writer};
use serde::Serialize;

use super::MatchError;

const FILE: &str = "unsure.csv";
const COLUMNS: [&str; 7] = [
    "accept",
    "track",
    "artists",
    "title",
    "candidate",
    "score",
    "why",
];

/// A file that may be a track's.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PendingMatch {
    /// As the user wrote it.
    #[serde(skip)]
    pub accept: String,
    /// The track's id.
    pub track: String,
    pub artists: String,
    pub title: String,
    pub candidate: PathBuf,
    pub score: f64,
    /// Why it was not taken without asking.
    #[serde(rename = "why")]
    pub reason: String,
}

impl PendingMatch {
    pub fn is_accepted(&self) -> bool {
        self.accept.trim().eq_ignore_ascii_case("yes")
    }

    pub fn is_rejected(&self) -> bool {
        self.accept.trim().eq_ignore_ascii_case("no")
    }

    /// Neither yes nor no, but something.
    pub fn is_unclear(&self) -> bool {
        !self.accept.trim().is_empty() && !self.is_accepted() && !self.is_rejected()
    }
}

/// Where the rows of this catalogue lie.
pub fn path(catalogue: &Path) -> PathBuf {
    catalogue.join(FILE)
}

/// The rows; none where there is no file. Commas, semicolons and tabs separate, as spreadsheets like it.
pub(super) fn read(catalogue: &Path) -> Result<Vec<PendingMatch>, MatchError> {
    let path = path(catalogue);
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

/// None where the needed columns are not there.
fn rows(text: &str, delimiter: u8) -> Result<Option<Vec<PendingMatch>>, String> {
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .from_reader(text.as_bytes());
    let header = reader
        .headers()
        .map_err(|reason| reason.to_string())?
        .clone();
    let places: HashMap<String, usize> = header
        .iter()
        .enumerate()
        .map(|(place, name)| (name.trim().to_lowercase(), place))
        .collect();
    if ["accept", "track", "candidate"]
        .iter()
        .any(|name| !places.contains_key(*name))
    {
        return Ok(None);
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|reason| reason.to_string())?;
        let cell = |name: &str| {
            let cell = places
                .get(name)
                .and_then(|&place| record.get(place))
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
            reason: cell("why"),
        });
    }
    Ok(Some(rows))
}

/// Replaces the file; without rows there is none.
pub(super) fn write(catalogue: &Path, rows: &[PendingMatch]) -> Result<(), MatchError> {
    let path = path(catalogue);
    let failed = MatchError::write(&path);
    if rows.is_empty() {
        return match fs::remove_file(&path) {
            Err(reason) if reason.kind() != io::ErrorKind::NotFound => Err(failed(reason)),
            _ => Ok(()),
        };
    }
    csv_of(rows)
        .and_then(|bytes| files::write(&path, &bytes))
        .map_err(failed)
}

fn csv_of(rows: &[PendingMatch]) -> io::Result<Vec<u8>> {
    let mut writer = Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    for row in rows {
        writer.write_record([
            &row.accept,
            &row.track,
            &harmless(&row.artists),
            &harmless(&row.title),
            &row.candidate.display().to_string(),
            &format!("{:.2}", row.score),
            &harmless(&row.reason),
        ])?;
    }
    writer.into_inner().map_err(csv::IntoInnerError::into_error)
}

/// A spreadsheet takes a cell that begins with one of these for a formula.
fn harmless(cell: &str) -> String {
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
    fn rows_come_back_as_they_were_and_formulas_are_disarmed() {
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
    fn what_a_spreadsheet_makes_of_it_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let text = "\u{feff}Accept;track;artists;title;candidate;score;why\r\nYES;name:a/b;;;/m/x.mp3;0,75;\r\n";
        fs::write(path(folder.path()), text).unwrap();
        let rows = read(folder.path()).unwrap();
        assert!(rows[0].is_accepted() && rows[0].score == 0.75, "{rows:?}");
        assert_eq!(rows[0].candidate, Path::new("/m/x.mp3"));
    }

    #[test]
    fn a_table_that_is_none_is_named_and_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        for bytes in [&b"a,b\n1,2\n"[..], b"accept,track,candidate\n\xff"] {
            fs::write(path(folder.path()), bytes).unwrap();
            let error = read(folder.path()).unwrap_err().to_string();
            assert!(error.contains("unsure.csv"), "{error}");
        }
        assert!(row("maybe", "").is_unclear() && !row(" ", "").is_unclear());
    }
}
