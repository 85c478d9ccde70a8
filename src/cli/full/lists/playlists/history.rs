//! `playlists show`: the history of one playlist as text, and the name of its plot.

use std::path::{Path, PathBuf};

use super::MAX_CELL_CHARS;
use crate::cli::table::table;
use catalogue::Playlist;
use catalogue::statistics::Statistics;
use files::file_name;
use report::shorten;

const MONTHS_SHOWN: usize = 12;
const ROWS_SHOWN: usize = 10;

/// The plot's file: named after the playlist, or after its id if another playlist would get the same file.
pub fn plot_file(playlist: &Playlist, all: &[Playlist], folder: &Path) -> PathBuf {
    let stem = |playlist: &Playlist| file_name(&playlist.name, "playlist");
    let own = stem(playlist);
    let is_same = |other: &&Playlist| stem(other).to_lowercase() == own.to_lowercase();
    let stem = match all.iter().filter(is_same).count() {
        0 | 1 => own,
        _ => file_name(&playlist.id, "playlist"),
    };
    folder.join(format!("{stem}.png"))
}

pub fn text(statistics: &Statistics) -> String {
    let parts = [
        Some(summary(statistics)),
        months(statistics),
        newest(statistics),
        overlap(statistics),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("\n\n")
}

fn summary(statistics: &Statistics) -> String {
    let playlist = &statistics.overview;
    let (name, id) = (shorten(&playlist.name, 120), shorten(&playlist.id, 120));
    let seen = match (playlist.first_seen, playlist.last_seen) {
        (Some(first), Some(last)) => format!(", seen from {first} to {last}"),
        _ => String::new(),
    };
    let mut lines = vec![format!("{name} ({id})")];
    lines.push(format!("{} tracks{seen}", playlist.tracks));
    if let Some(churn) = statistics.churn {
        let is_complete = statistics
            .months
            .iter()
            .filter(|month| month.churn.is_some());
        lines.push(format!(
            "Churn: {} of the playlist replaced per month, mean of {} complete months",
            percent(churn),
            is_complete.count()
        ));
    }
    lines.extend(time_on_playlist(statistics));
    lines.join("\n")
}

fn time_on_playlist(statistics: &Statistics) -> Option<String> {
    let time = &statistics.time_on_playlist;
    let intervals = time.ended + time.censored;
    let median = match time.median_days {
        Some(days) => format!("half of the new tracks leave within {days} days"),
        None => "more than half of the new tracks stay longer than the history".to_owned(),
    };
    let mean = time.mean_days_of_ended.map_or_else(String::new, |days| {
        format!("; removed tracks stayed {days:.0} days on average")
    });
    (intervals > 0).then(|| {
        format!(
            "Time on the playlist: {median} (Kaplan-Meier over {intervals} placements, {} censored){mean}",
            time.censored
        )
    })
}

fn months(statistics: &Statistics) -> Option<String> {
    let skipped = statistics.months.len().saturating_sub(MONTHS_SHOWN);
    let months = statistics.months[skipped..].iter();
    let rows = months.map(|month| {
        vec![
            month.month.strftime("%Y-%m").to_string(),
            month.additions.to_string(),
            month.removals.to_string(),
            month.churn.map_or_else(|| "–".to_owned(), percent),
        ]
    });
    table_of(&["month", "added", "removed", "replaced"], rows.collect())
}

fn newest(statistics: &Statistics) -> Option<String> {
    let newest = statistics.newest.iter().take(ROWS_SHOWN);
    let rows = newest.map(|addition| {
        vec![
            addition.added.to_string(),
            shorten(&addition.title, MAX_CELL_CHARS),
            shorten(&addition.artists.join(", "), MAX_CELL_CHARS),
        ]
    });
    table_of(&["added", "newest additions", "by"], rows.collect())
}

fn overlap(statistics: &Statistics) -> Option<String> {
    let overlap = statistics.overlap.iter().take(ROWS_SHOWN);
    let rows = overlap.map(|other| {
        let name = shorten(&other.name, MAX_CELL_CHARS);
        vec![name, other.shared.to_string(), percent(other.jaccard)]
    });
    table_of(&["also on", "tracks", "of all on either"], rows.collect())
}

fn table_of(heading: &[&str], rows: Vec<Vec<String>>) -> Option<String> {
    (!rows.is_empty()).then(|| table(heading, &rows))
}

/// With one decimal below 10 %, so that a small fraction is not shown as zero.
fn percent(fraction: f64) -> String {
    let decimals = usize::from(fraction < 0.1);
    format!("{:.decimals$} %", fraction * 100.0)
}
