//! Every fit of a batch as Parquet, one row a song and list: what is counted, grouped and joined by programs. A row a
//! song is in the CSV.
//!
//! `song` text (its path), `title` text?, `artists` text?, `playlist` text, `rank` unsigned, `fit` float, `promised`
//! boolean, `low` and `high` float? (under small changes), `pitched` boolean (by the assignment). `?` may be null.

use polars::prelude::{
    Column, DataFrame, IntoColumn, NamedFrom, ParquetWriter, PolarsError, PolarsResult, Series,
};

use crate::batch::{Batch, ListFit, Song};
use crate::report::ReportError;

/// # Errors
/// Never in truth: what is written to is memory.
pub fn parquet(batch: &Batch) -> Result<Vec<u8>, ReportError> {
    let wrong = |why: PolarsError| ReportError::Table(why.to_string());
    let mut bytes = Vec::new();
    let mut frame = frame(batch).map_err(wrong)?;
    ParquetWriter::new(&mut bytes)
        .finish(&mut frame)
        .map_err(wrong)?;
    Ok(bytes)
}

/// One song and one of its lists.
struct Row<'a> {
    path: &'a str,
    song: &'a Song,
    playlist: &'a str,
    fit: ListFit,
    is_pitched: bool,
}

fn frame(batch: &Batch) -> PolarsResult<DataFrame> {
    let paths: Vec<String> = batch
        .songs
        .iter()
        .map(|song| song.path.display().to_string())
        .collect();
    let pitches = batch.pitches();
    let songs = batch.songs.iter().zip(&paths).zip(&pitches);
    let rows: Vec<Row> = songs
        .flat_map(|((song, path), pitch)| {
            let lists = batch.lists.iter().zip(&song.fits).enumerate();
            lists.map(move |(place, (list, fit))| Row {
                path,
                song,
                playlist: &list.name,
                fit: *fit,
                is_pitched: pitch.is_some_and(|pitch| pitch.list == place),
            })
        })
        .collect();
    let columns = vec![
        column("song", &rows, |row| row.path),
        column("title", &rows, |row| row.song.facts.title.as_deref()),
        column("artists", &rows, |row| row.song.facts.artists.as_deref()),
        column("playlist", &rows, |row| row.playlist),
        column("rank", &rows, |row| row.fit.rank as u32),
        column("fit", &rows, |row| row.fit.fit),
        column("promised", &rows, |row| row.fit.promised),
        column("low", &rows, |row| row.fit.range.map(|range| range.low)),
        column("high", &rows, |row| row.fit.range.map(|range| range.high)),
        column("pitched", &rows, |row| row.is_pitched),
    ];
    DataFrame::new(rows.len(), columns)
}

fn column<'a, V>(name: &str, rows: &'a [Row<'a>], value: impl Fn(&'a Row<'a>) -> V) -> Column
where
    Series: NamedFrom<Vec<V>, [V]>,
{
    let values: Vec<V> = rows.iter().map(value).collect();
    Series::new(name.into(), values).into_column()
}
