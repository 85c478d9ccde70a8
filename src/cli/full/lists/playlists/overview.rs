//! The table of all playlists.

use super::MAX_CELL_CHARS;
use crate::cli::table::table;
use catalogue::statistics::Overview;
use report::shorten;

pub fn text(playlists: &[Overview]) -> String {
    let text = |value: Option<String>| value.unwrap_or_else(|| "–".to_owned());
    let row = |playlist: &Overview| {
        vec![
            shorten(&playlist.name, MAX_CELL_CHARS),
            shorten(&playlist.source, MAX_CELL_CHARS),
            playlist.tracks.to_string(),
            text(playlist.added_in_30_days.map(|count| count.to_string())),
            text(playlist.removed_in_30_days.map(|count| count.to_string())),
            text(playlist.first_seen.map(|day| day.to_string())),
            text(playlist.last_seen.map(|day| day.to_string())),
        ]
    };
    let rows: Vec<Vec<String>> = playlists.iter().map(row).collect();
    let heading = [
        "playlist",
        "source",
        "tracks",
        "added",
        "removed",
        "first seen",
        "last seen",
    ];
    format!(
        "{}\n\nAdded and removed: in the 30 days before the playlist was last seen.",
        table(&heading, &rows)
    )
}
