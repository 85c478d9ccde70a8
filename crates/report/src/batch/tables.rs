//! The tables of a batch for spreadsheets: no cell begins like a formula.

use csv::{Writer, WriterBuilder};

use super::caution;
use crate::ReportError;
use crate::spreadsheet::text;
use crate::words;
use analysis::VerdictLevel;
use collection::batch::{BatchReport, BatchSong, Failed, Pitch};

const SONG_COLUMNS: [&str; 17] = [
    "song",
    "title",
    "artists",
    "report",
    "verdict",
    "unlike",
    "best_playlist",
    "best_fit",
    "pitch_to",
    "pitch_fit",
    "pitch_caution",
    "same_recording",
    "seconds",
    "loudness_lufs",
    "true_peak_dbtp",
    "warnings",
    "error",
];
const ASSIGNMENT_COLUMNS: [&str; 9] = [
    "playlist",
    "song",
    "title",
    "artists",
    "fit",
    "caution",
    "greedy_song",
    "greedy_title",
    "greedy_fit",
];

/// One row a song, its fit to each list behind the other columns; then one a file that could not be heard. Songs with the
/// same number under `same_recording` are one recording.
///
/// # Errors
/// Never in truth: what is written to is memory.
pub fn songs(batch: &BatchReport) -> Result<Vec<u8>, ReportError> {
    let lists = batch.lists.iter().map(|list| text(&list.name));
    let heading = SONG_COLUMNS.map(str::to_owned).into_iter().chain(lists);
    let pitches = batch.pitches();
    let analysed = batch.songs.iter().zip(&pitches).enumerate();
    let analysed = analysed.map(|(place, (song, pitch))| {
        let fits = song.fits.iter().map(|fit| fit.fit.to_string());
        let cells = song_cells(batch, place, pitch.as_ref());
        cells.into_iter().chain(fits).collect()
    });
    let failed = batch.failed.iter().map(|failed| {
        let lists = batch.lists.iter().map(|_| String::new());
        failed_cells(failed).into_iter().chain(lists).collect()
    });
    written(heading.collect(), analysed.chain(failed))
}

fn song_cells(batch: &BatchReport, place: usize, pitch: Option<&Pitch>) -> [String; 17] {
    let song = &batch.songs[place];
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    let list = |list: usize| text(&batch.lists[list].name);
    let best = song.best();
    [
        path(song),
        optional(song.facts.title.as_deref()),
        optional(song.facts.artists.as_deref()),
        text(&format!("{}/report.html", song.folder)),
        verdict(song.verdict.level).to_owned(),
        song.is_out_of_distribution.to_string(),
        best.map_or_else(String::new, |best| list(best.0)),
        number(best.map(|best| best.1)),
        pitch.map_or_else(String::new, |pitch| list(pitch.list)),
        number(pitch.map(|pitch| pitch.fit)),
        pitch.map_or_else(String::new, |pitch| cautious(batch, pitch)),
        batch
            .group_of(place)
            .map_or_else(String::new, |group| group.to_string()),
        song.facts.duration_seconds.to_string(),
        number(song.facts.loudness_lufs),
        number(song.facts.true_peak_dbtp),
        text(&warnings(song)),
        String::new(),
    ]
}

fn failed_cells(failed: &Failed) -> [String; 17] {
    let mut cells: [String; 17] = std::array::from_fn(|_| String::new());
    cells[0] = text(&failed.path.display().to_string());
    cells[16] = text(&failed.reason);
    cells
}

/// One row a list that a song is pitched to, in the best way or in the greedy one, which stands beside it.
///
/// # Errors
/// Never in truth: what is written to is memory.
pub fn assignment(batch: &BatchReport) -> Result<Vec<u8>, ReportError> {
    let of_list = |pitches: &[Pitch], list: usize| {
        let mut pitches = pitches.iter();
        pitches.find(|pitch| pitch.list == list).copied()
    };
    let rows = batch.lists.iter().enumerate().filter_map(|(place, list)| {
        let best = of_list(&batch.assignment.best, place);
        let greedy = of_list(&batch.assignment.greedy, place);
        (best.is_some() || greedy.is_some()).then(|| {
            let song = |pitch: Option<Pitch>| pitch.map(|pitch| &batch.songs[pitch.song]);
            let cell = |song: Option<&BatchSong>, of: fn(&BatchSong) -> String| {
                song.map_or_else(String::new, of)
            };
            let fit = |pitch: Option<Pitch>| {
                pitch.map_or_else(String::new, |pitch| pitch.fit.to_string())
            };
            let title = |song: &BatchSong| optional(song.facts.title.as_deref());
            vec![
                text(&list.name),
                cell(song(best), path),
                cell(song(best), title),
                cell(song(best), |song| optional(song.facts.artists.as_deref())),
                fit(best),
                best.map_or_else(String::new, |pitch| cautious(batch, &pitch)),
                cell(song(greedy), path),
                cell(song(greedy), title),
                fit(greedy),
            ]
        })
    });
    written(ASSIGNMENT_COLUMNS.map(str::to_owned).to_vec(), rows)
}

fn warnings(song: &BatchSong) -> String {
    let warnings = song.facts.warnings.iter().map(words::warning);
    warnings.collect::<Vec<_>>().join(" ")
}

fn path(song: &BatchSong) -> String {
    text(&song.path.display().to_string())
}

fn optional(cell: Option<&str>) -> String {
    cell.map(text).unwrap_or_default()
}

fn cautious(batch: &BatchReport, pitch: &Pitch) -> String {
    batch.caution(pitch).map_or("", caution).to_owned()
}

fn verdict(level: VerdictLevel) -> &'static str {
    match level {
        VerdictLevel::GoodFit => "good_fit",
        VerdictLevel::PossibleFit => "possible_fit",
        VerdictLevel::NoGoodFit => "no_good_fit",
    }
}

fn written(
    heading: Vec<String>,
    rows: impl Iterator<Item = Vec<String>>,
) -> Result<Vec<u8>, ReportError> {
    let wrong = |reason: csv::Error| ReportError::Table(reason.to_string());
    let mut writer: Writer<Vec<u8>> = WriterBuilder::new().from_writer(Vec::new());
    writer.write_record(heading).map_err(wrong)?;
    for row in rows {
        writer.write_record(row).map_err(wrong)?;
    }
    writer
        .into_inner()
        .map_err(|reason| ReportError::Table(reason.to_string()))
}
