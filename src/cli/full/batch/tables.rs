//! The results of a batch as tables for the terminal and as Parquet.

use crate::cli::fit::clip;
use crate::cli::table::table;
use collection::batch::{BatchReport, BatchSong, FitRow, Pitch};
use report::{caution, level};
use store::Column;

/// The songs with their best playlists, then the assignment.
pub fn as_tables(batch: &BatchReport) -> String {
    let songs: Vec<Vec<String>> = batch
        .songs
        .iter()
        .map(|song| song_row(batch, song))
        .collect();
    let songs = table(&["song", "best playlist", "fit", "verdict"], &songs);
    let pitches = &batch.assignment.best;
    if pitches.is_empty() {
        return format!(
            "{songs}\n\nNo song reaches a fit of 10 %, and more than chance, for any playlist."
        );
    }
    let rows: Vec<Vec<String>> = pitches
        .iter()
        .map(|pitch| pitch_row(batch, pitch))
        .collect();
    let [best, greedy] = batch.assignment.expected();
    format!(
        "{songs}\n\n{}\n\nExpected hits: {best:.2}; greedy assignment: {greedy:.2}",
        table(&["playlist", "pitch", "fit", ""], &rows),
    )
}

fn song_row(batch: &BatchReport, song: &BatchSong) -> Vec<String> {
    let (best, fit) = song.best().unzip();
    vec![
        title(song),
        best.map_or_else(String::new, |list| batch.lists[list].name.clone()),
        format!("{:.0} %", fit.unwrap_or_default() * 100.0),
        level(song.verdict.level).to_lowercase(),
    ]
}

fn pitch_row(batch: &BatchReport, pitch: &Pitch) -> Vec<String> {
    vec![
        batch.lists[pitch.list].name.clone(),
        title(&batch.songs[pitch.song]),
        format!("{:.0} %", pitch.fit * 100.0),
        batch.caution(pitch).map_or("", caution).to_owned(),
    ]
}

fn title(song: &BatchSong) -> String {
    clip(song.facts.title.as_ref().unwrap_or(&song.facts.file))
}

/// Every fit of a batch as Parquet, one row per song and playlist.
///
/// `song` text (its path), `title` text?, `artists` text?, `playlist` text, `rank` unsigned, `fit` float, `promised`
/// boolean, `low` and `high` float? (under small changes), `pitched` boolean (by the assignment). `?` may be null.
pub fn parquet(batch: &BatchReport) -> anyhow::Result<Vec<u8>> {
    let rows: Vec<_> = batch.rows().collect();
    let text =
        |value: &dyn Fn(&FitRow) -> Option<String>| Column::Text(rows.iter().map(value).collect());
    let float =
        |value: &dyn Fn(&FitRow) -> Option<f64>| Column::Float(rows.iter().map(value).collect());
    let boolean =
        |value: &dyn Fn(&FitRow) -> bool| Column::Boolean(rows.iter().map(value).collect());
    let columns = vec![
        (
            "song",
            text(&|row| Some(row.song.path.display().to_string())),
        ),
        ("title", text(&|row| row.song.facts.title.clone())),
        ("artists", text(&|row| row.song.facts.artists.clone())),
        ("playlist", text(&|row| Some(row.list.name.clone()))),
        (
            "rank",
            Column::Unsigned(rows.iter().map(|row| row.fit.rank as u32).collect()),
        ),
        ("fit", float(&|row| Some(row.fit.fit))),
        ("promised", boolean(&|row| row.fit.selected)),
        ("low", float(&|row| row.fit.range.map(|range| range.low))),
        ("high", float(&|row| row.fit.range.map(|range| range.high))),
        ("pitched", boolean(&|row| row.is_pitched)),
    ];
    store::table_to_parquet(columns).map_err(anyhow::Error::msg)
}
