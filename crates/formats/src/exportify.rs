//! Exportify's CSV: one row per track of a Spotify playlist, which has the file's name. The header is in the user's
//! language, so columns are recognised by the English name or by their content: `spotify:track:` URIs, ISRCs, dates,
//! milliseconds. The title follows the track's URI, artists and album theirs.

use csv::{ReaderBuilder, StringRecord};

use super::input_format::InputFormat;
use super::parsed_file::ParsedFile;
use super::text_file::TextFile;
use super::{Reason, ids};
use catalogue::names;
use catalogue::{Playlist, PlaylistSnapshot, SnapshotEntry, Track};

pub(super) const SOURCE: &str = "exportify";

/// Number of rows that are read to recognise a column by its content.
const MAX_SAMPLE_ROWS: usize = 100;

/// The index of each column.
#[derive(Debug, Default)]
struct Columns {
    track: Option<usize>,
    title: Option<usize>,
    artist_uris: Option<usize>,
    artists: Option<usize>,
    album: Option<usize>,
    duration: Option<usize>,
    isrc: Option<usize>,
    added: Option<usize>,
    released: Option<usize>,
}

/// Whether one of the first rows names a Spotify track.
fn is_exportify(text: &str) -> bool {
    let (_, rows) = table(text);
    rows.take(MAX_SAMPLE_ROWS)
        .flatten()
        .any(|row| row.iter().any(is_track))
}

/// A table of Exportify.
pub(super) struct Exportify;

impl InputFormat for Exportify {
    fn extensions(&self) -> &'static [&'static str] {
        &["csv"]
    }

    fn sniff(&self, file: &TextFile) -> bool {
        is_exportify(&file.text)
    }

    fn read(&self, file: &TextFile) -> Result<ParsedFile, Reason> {
        let (header, rows) = table(&file.text);
        let rows: Vec<_> = rows.collect();
        let sample: Vec<&StringRecord> = rows.iter().flatten().take(MAX_SAMPLE_ROWS).collect();
        let columns = Columns::from_header(&header, &sample);
        let mut parsed = ParsedFile::default();
        let mut entries = Vec::new();
        for (line, row) in (2..).zip(&rows) {
            let entry = match row {
                Ok(row) => columns.entry(row),
                Err(error) => Err(error.to_string()),
            };
            match entry {
                Ok(entry) => entries.push(entry),
                Err(reason) => parsed.skip(format!("row {line} of {}", file.name()), reason),
            }
        }
        let name = file.stem();
        let playlist = Playlist {
            id: format!("{SOURCE}:{name}"),
            source: SOURCE.to_owned(),
            name,
            ..Playlist::default()
        };
        parsed.add(PlaylistSnapshot { playlist, entries }, true);
        Ok(parsed)
    }
}

type Rows<'t> = csv::StringRecordsIntoIter<&'t [u8]>;

/// Header and rows; the separator is the sign that makes the most columns.
fn table(text: &str) -> (Vec<String>, Rows<'_>) {
    let reader = |delimiter| {
        ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .from_reader(text.as_bytes())
    };
    let width = |delimiter: &u8| reader(*delimiter).headers().map_or(0, StringRecord::len);
    let delimiter = [b'\t', b';', b',']
        .into_iter()
        .max_by_key(width)
        .unwrap_or(b',');
    let mut reader = reader(delimiter);
    let header = reader.headers().cloned().unwrap_or_default();
    let header = header
        .iter()
        .map(|name| name.trim().to_lowercase())
        .collect();
    (header, reader.into_records())
}

fn is_track(cell: &str) -> bool {
    cell.starts_with("spotify:track:")
}

impl Columns {
    fn from_header(header: &[String], rows: &[&StringRecord]) -> Columns {
        let named = |names: &[&str]| {
            header
                .iter()
                .position(|name| names.contains(&name.as_str()))
        };
        let holding = |fits: &dyn Fn(&str) -> bool| {
            (0..header.len()).find(|&column| holds(rows, column, fits))
        };
        let some = |start: &str| {
            let begins = |row: &&StringRecord, column: usize| {
                row.get(column).is_some_and(|cell| cell.starts_with(start))
            };
            (0..header.len()).find(|&column| rows.iter().any(|row| begins(row, column)))
        };
        let after = |column: Option<usize>| {
            column
                .map(|column| column + 1)
                .filter(|column| *column < header.len())
        };
        let track =
            some("spotify:track:").or_else(|| named(&["track uri", "spotify uri", "spotify id"]));
        let artist_uris = some("spotify:artist:");
        Columns {
            track,
            title: named(&["track name"]).or_else(|| after(track)),
            artist_uris,
            artists: named(&["artist name(s)", "artist name"]).or_else(|| after(artist_uris)),
            album: named(&["album name"]).or_else(|| after(some("spotify:album:"))),
            duration: named(&["track duration (ms)", "duration (ms)"])
                .or_else(|| milliseconds(header.len(), rows)),
            isrc: named(&["isrc"]).or_else(|| holding(&|cell| names::isrc(cell).is_some())),
            added: named(&["added at"])
                .or_else(|| holding(&|cell| cell.contains('T') && day(cell).is_some())),
            released: named(&["album release date", "release date"])
                .or_else(|| holding(&is_release)),
        }
    }

    fn entry(&self, row: &StringRecord) -> Result<SnapshotEntry, String> {
        let cell = |column: Option<usize>| {
            column
                .and_then(|column| row.get(column))
                .unwrap_or_default()
                .trim()
        };
        let address = cell(self.track);
        let title = cell(self.title);
        if address.starts_with("spotify:episode:") {
            return Err("is an episode, not a track; skipped".to_owned());
        }
        if address.starts_with("spotify:local:") {
            return Err(format!(
                "`{title}` is a local file of the playlist's owner, without data of Spotify; skipped"
            ));
        }
        if address.is_empty() && title.is_empty() {
            return Err("names no track".to_owned());
        }
        let id = if address.chars().all(|c| c.is_ascii_alphanumeric()) {
            Some(format!("spotify:{address}")).filter(|_| !address.is_empty())
        } else {
            ids::from_link(address)
        };
        let released = Some(cell(self.released)).filter(|day| !day.is_empty());
        let album = Some(cell(self.album)).filter(|album| !album.is_empty());
        Ok(SnapshotEntry {
            added: day(cell(self.added)),
            track: Track {
                title: title.to_owned(),
                artists: artists(
                    cell(self.artists),
                    self.artist_uris.map(|_| cell(self.artist_uris)),
                ),
                album: album.map(str::to_owned),
                isrc: names::isrc(cell(self.isrc)),
                duration_seconds: cell(self.duration).parse().ok().map(|ms: f64| ms / 1000.0),
                aliases: id.into_iter().collect(),
                notes: released
                    .map(|day| ("released".to_owned(), day.to_owned()))
                    .into_iter()
                    .collect(),
                ..Track::default()
            },
            ..SnapshotEntry::default()
        })
    }
}

/// Whether every cell of a column that is not empty fits, and there is one.
fn holds(rows: &[&StringRecord], column: usize, fits: &dyn Fn(&str) -> bool) -> bool {
    let mut cells = rows
        .iter()
        .filter_map(|row| row.get(column))
        .filter(|cell| !cell.trim().is_empty())
        .peekable();
    cells.peek().is_some() && cells.all(|cell| fits(cell.trim()))
}

/// Numbers, and too large for a place on the disc or a popularity.
fn milliseconds(width: usize, rows: &[&StringRecord]) -> Option<usize> {
    let is_number = |cell: &str| cell.parse::<u64>().is_ok();
    let is_large = |cell: &str| cell.parse::<u64>().is_ok_and(|ms| ms >= 10_000);
    (0..width).find(|&column| {
        holds(rows, column, &is_number)
            && rows.iter().any(|row| row.get(column).is_some_and(is_large))
    })
}

fn day(cell: &str) -> Option<jiff::civil::Date> {
    cell.get(..10)?.parse().ok()
}

/// `2026-04-01`, `2026-04` or `2026`.
fn is_release(cell: &str) -> bool {
    let year = cell.get(..4).and_then(|year| year.parse::<u16>().ok());
    matches!(cell.len(), 4 | 7 | 10) && year.is_some_and(|year| (1900..2100).contains(&year))
}

/// Names are separated by `, `, with `\,` inside a name, or by `;`. The addresses beside them say how many there are.
fn artists(field: &str, uris: Option<&str>) -> Vec<String> {
    const INSIDE: &str = "\u{0}";
    let field = field.replace("\\,", INSIDE);
    let separator = if field.contains(';') && !field.contains(", ") {
        ";"
    } else {
        ", "
    };
    let alone = uris.is_some_and(|uris| uris.matches("spotify:artist:").count() == 1);
    let names = if alone {
        vec![field.as_str()]
    } else {
        field.split(separator).collect()
    };
    let names = names
        .into_iter()
        .map(|name| name.replace(INSIDE, ",").trim().to_owned());
    names.filter(|name| !name.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::fake::{import, on};

    const ENGLISH: &str = r#""Track URI","Track Name","Artist URI(s)","Artist Name(s)","Album URI","Album Name","Album Artist URI(s)","Album Artist Name(s)","Album Release Date","Album Image URL","Disc Number","Track Number","Track Duration (ms)","Track Preview URL","Explicit","Popularity","ISRC","Added By","Added At""#;
    const GERMAN: &str = r#""Titel-URI","Titelname","Künstler-URI(s)","Künstlername(n)","Album-URI","Albumname","Albumkünstler-URI(s)","Albumkünstlername(n)","Album-Veröffentlichungsdatum","Album-Bild-URL","Disc-Nummer","Titelnummer","Titeldauer (ms)","Titel-Vorschau-URL","Explizit","Popularität","ISRC-Code","Hinzugefügt von","Hinzugefügt am""#;
    const ROWS: &str = r#"
"spotify:track:7ouM","Song, the ""first""","spotify:artist:1, spotify:artist:2","Tyler\, The Creator, Kali Uchis","spotify:album:3","Alb","spotify:artist:1","Tyler\, The Creator","2026-04-01","https://i.example/x","1","2","201000","","false","61","USUM72600001","spotify:user:u1","2026-05-01T10:00:00Z"
"spotify:track:8ouM","Other","spotify:artist:4","Earth, Wind & Fire","spotify:album:5","LP","spotify:artist:4","Earth, Wind & Fire","1975","","1","1","180000","","false","7","","spotify:user:u1","2026-05-02T10:00:00Z"
"spotify:local:A:B:C:61","Mine","","A","","B","","","","","0","0","61000","","false","","","spotify:user:u1","2026-05-02T10:00:00Z"
"spotify:episode:9","Talk","","","","","","","","","0","0","61000","","false","","","spotify:user:u1","2026-05-02T10:00:00Z"
"#;

    #[test]
    fn a_header_in_any_language_gives_the_same_list() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("late_night.csv");
        for header in [ENGLISH, GERMAN] {
            fs::write(&file, format!("\u{feff}{header}{ROWS}")).unwrap();
            let imported = import(&file).unwrap();
            assert_eq!(
                on(&imported.catalogue, "exportify:late_night"),
                ["Other", "Song, the \"first\""]
            );
            let song = &imported.catalogue.tracks[0];
            assert_eq!(
                (song.id.as_str(), song.duration_seconds),
                ("isrc:USUM72600001", Some(201.0))
            );
            assert_eq!(song.artists, ["Tyler, The Creator", "Kali Uchis"]);
            assert_eq!(
                (song.album.as_deref(), song.notes["released"].as_str()),
                (Some("Alb"), "2026-04-01")
            );
            assert!(song.aliases.contains("spotify:7ouM"));
            assert_eq!(imported.catalogue.tracks[1].artists, ["Earth, Wind & Fire"]);
            let days: Vec<String> = imported
                .catalogue
                .placements
                .iter()
                .filter_map(|row| Some(row.added?.to_string()))
                .collect();
            assert_eq!(days, ["2026-05-01", "2026-05-02"]);
            let skipped: Vec<&str> = imported
                .skipped
                .iter()
                .map(|skipped| skipped.path.as_str())
                .collect();
            assert_eq!(
                skipped,
                ["row 4 of late_night.csv", "row 5 of late_night.csv"]
            );
            assert!(imported.complete.contains("exportify:late_night"));
            assert!(
                imported
                    .catalogue
                    .provenance
                    .iter()
                    .all(|row| !row.may_train)
            );
        }
    }

    #[test]
    fn a_short_layout_is_known_by_its_names() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("short.csv");
        let text = "Track URI,Track Name,Album Name,Artist Name(s),Release Date,Duration (ms),Added At\n\
                    spotify:track:1,One,LP,A;B,2020,61000,2020-01-02T00:00:00Z\n";
        fs::write(&file, text).unwrap();
        let imported = import(&file).unwrap();
        assert_eq!(imported.catalogue.tracks[0].artists, ["A", "B"]);
        assert_eq!(imported.catalogue.tracks[0].album.as_deref(), Some("LP"));
    }
}
