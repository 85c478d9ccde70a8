//! The four tables to and from Parquet columns: the schema.

use std::path::Path;

use jiff::civil::Date;
use polars::prelude::{
    Column, DataFrame, IntoColumn, IntoSeries, ListBuilderTrait, ListStringChunkedBuilder,
    NamedFrom, PolarsResult, Series, TimeUnit,
};

use super::StoreError;
use super::columns::{Table, days};
use catalogue::{Placement, Playlist, Provenance, Track};

pub(super) fn track_frame(tracks: &[Track]) -> PolarsResult<DataFrame> {
    let columns = vec![
        column("id", tracks, |track| track.id.as_str()),
        lists("aliases", tracks, |track| track.aliases.iter()),
        column("title", tracks, |track| track.title.as_str()),
        lists("artists", tracks, |track| track.artists.iter()),
        column("artist_group", tracks, |track| track.artist_group.as_str()),
        column("album", tracks, |track| track.album.as_deref()),
        column("isrc", tracks, |track| track.isrc.as_deref()),
        column("duration_seconds", tracks, |track| track.duration_seconds),
        column("audio", tracks, |track| {
            track.audio.as_deref().and_then(Path::to_str)
        }),
        column("audio_hash", tracks, |track| track.audio_hash.as_deref()),
        column("notes", tracks, |track| {
            serde_json::json!(track.notes).to_string()
        }),
    ];
    DataFrame::new(tracks.len(), columns)
}

pub(super) fn tracks(table: &Table) -> Result<Vec<Track>, StoreError> {
    let (id, aliases, title) = (
        table.text("id")?,
        table.texts("aliases")?,
        table.text("title")?,
    );
    let (artists, artist_group) = (table.texts("artists")?, table.text("artist_group")?);
    let (album, isrc) = (table.optional_text("album")?, table.optional_text("isrc")?);
    let duration_seconds = table.optional_float("duration_seconds")?;
    let (audio, audio_hash) = (
        table.optional_text("audio")?,
        table.renamed_optional_text("audio_hash", "content")?,
    );
    let notes = table.text("notes")?;
    let no_object =
        |error: serde_json::Error| table.wrong("notes", format!("is not a JSON object: {error}"));
    let track = |row| {
        Ok(Track {
            id: id(row),
            aliases: aliases(row).into_iter().collect(),
            title: title(row),
            artists: artists(row),
            artist_group: artist_group(row),
            album: album(row),
            isrc: isrc(row),
            duration_seconds: duration_seconds(row),
            audio: audio(row).map(Into::into),
            audio_hash: audio_hash(row),
            notes: serde_json::from_str(&notes(row)).map_err(no_object)?,
        })
    };
    table.rows().map(track).collect()
}

pub(super) fn playlist_frame(playlists: &[Playlist]) -> PolarsResult<DataFrame> {
    let columns = vec![
        column("id", playlists, |playlist| playlist.id.as_str()),
        column("source", playlists, |playlist| playlist.source.as_str()),
        column("name", playlists, |playlist| playlist.name.as_str()),
        column("description", playlists, |playlist| {
            playlist.description.as_deref()
        }),
        column("owner", playlists, |playlist| playlist.owner.as_deref()),
        column("followers", playlists, |playlist| playlist.followers),
        column("market", playlists, |playlist| playlist.market.as_deref()),
        dates("first_seen", playlists, |playlist| playlist.first_seen),
        dates("last_seen", playlists, |playlist| playlist.last_seen),
    ];
    DataFrame::new(playlists.len(), columns)
}

pub(super) fn playlists(table: &Table) -> Result<Vec<Playlist>, StoreError> {
    let (id, source, name) = (
        table.text("id")?,
        table.text("source")?,
        table.text("name")?,
    );
    let (description, owner) = (
        table.optional_text("description")?,
        table.optional_text("owner")?,
    );
    let (followers, market) = (
        table.optional_count("followers")?,
        table.optional_text("market")?,
    );
    let (first_seen, last_seen) = (
        table.optional_date("first_seen")?,
        table.optional_date("last_seen")?,
    );
    let playlist = |row| Playlist {
        id: id(row),
        source: source(row),
        name: name(row),
        description: description(row),
        owner: owner(row),
        followers: followers(row),
        market: market(row),
        first_seen: first_seen(row),
        last_seen: last_seen(row),
    };
    Ok(table.rows().map(playlist).collect())
}

pub(super) fn placement_frame(placements: &[Placement]) -> PolarsResult<DataFrame> {
    let columns = vec![
        column("playlist", placements, |placement| {
            placement.playlist.as_str()
        }),
        column("track", placements, |placement| placement.track.as_str()),
        dates("added", placements, |placement| placement.added),
        dates("removed", placements, |placement| placement.removed),
    ];
    DataFrame::new(placements.len(), columns)
}

pub(super) fn placements(table: &Table) -> Result<Vec<Placement>, StoreError> {
    let (playlist, track) = (table.text("playlist")?, table.text("track")?);
    let (added, removed) = (
        table.optional_date("added")?,
        table.optional_date("removed")?,
    );
    let placement = |row| Placement {
        playlist: playlist(row),
        track: track(row),
        added: added(row),
        removed: removed(row),
    };
    Ok(table.rows().map(placement).collect())
}

pub(super) fn provenance_frame(rows: &[Provenance]) -> PolarsResult<DataFrame> {
    let retrieved: Vec<i64> = rows
        .iter()
        .map(|row| row.retrieved.as_microsecond())
        .collect();
    let retrieved =
        Series::new("retrieved".into(), retrieved).into_datetime(TimeUnit::Microseconds, None);
    let columns = vec![
        column("track", rows, |row| row.track.as_str()),
        column("source", rows, |row| row.source.as_str()),
        retrieved.into_column(),
        column("licence", rows, |row| row.licence.as_str()),
        column("may_train", rows, |row| row.may_train),
        column("quality_flag", rows, |row| row.quality_flag.as_deref()),
    ];
    DataFrame::new(rows.len(), columns)
}

pub(super) fn provenance(table: &Table) -> Result<Vec<Provenance>, StoreError> {
    let (track, source) = (table.text("track")?, table.text("source")?);
    let (retrieved, licence) = (table.time("retrieved")?, table.text("licence")?);
    let may_train = table.flag("may_train")?;
    let quality_flag = table.renamed_optional_text("quality_flag", "doubt")?;
    let provenance = |row| Provenance {
        track: track(row),
        source: source(row),
        retrieved: retrieved(row),
        licence: licence(row),
        may_train: may_train(row),
        quality_flag: quality_flag(row),
    };
    Ok(table.rows().map(provenance).collect())
}

fn column<'a, R, V>(name: &str, rows: &'a [R], value: impl Fn(&'a R) -> V) -> Column
where
    Series: NamedFrom<Vec<V>, [V]>,
{
    let values: Vec<V> = rows.iter().map(value).collect();
    Series::new(name.into(), values).into_column()
}

fn dates<R>(name: &str, rows: &[R], date: impl Fn(&R) -> Option<Date>) -> Column {
    let values: Vec<Option<i32>> = rows.iter().map(|row| date(row).map(days)).collect();
    Series::new(name.into(), values).into_date().into_column()
}

fn lists<'a, R, I>(name: &str, rows: &'a [R], texts: impl Fn(&'a R) -> I) -> Column
where
    I: Iterator<Item = &'a String>,
{
    let mut builder = ListStringChunkedBuilder::new(name.into(), rows.len(), rows.len());
    rows.iter()
        .for_each(|row| builder.append_values_iter(texts(row).map(String::as_str)));
    builder.finish().into_series().into_column()
}
