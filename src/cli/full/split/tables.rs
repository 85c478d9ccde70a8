//! The text of `split`.

use super::SplitOutput;
use super::audit::{audit, duplicates};
use crate::cli::table::table;
use evaluation::{ListShares, SplitSizes, SplitSummary};

/// All tables, one paragraph each.
pub fn as_text(output: &SplitOutput) -> String {
    let summary = &output.summary;
    let by = output.test_after.map_or_else(
        || "by artist and recording".to_owned(),
        |day| format!("by artist and recording, tested on placements from {day} on"),
    );
    let heading = format!(
        "{} tracks by {} artists (those who share a song count as one) on {} playlists, split {by}; seed {}",
        summary.tracks,
        summary.artists,
        summary.playlists.len(),
        output.seed
    );
    let mut parts = vec![heading, sizes(&summary.splits), fractions(summary)];
    let excluded = summary.excluded.iter();
    parts.extend(excluded.map(|row| format!("{} tracks {}", row.tracks, row.reason)));
    parts.extend(summary.audit.iter().map(|audits| audit(audits)));
    let near_duplicates = summary.near_duplicates.iter();
    parts.extend(near_duplicates.map(|clusters| duplicates(clusters)));
    parts.join("\n\n")
}

fn sizes(splits: &[SplitSizes]) -> String {
    let row = |sizes: &SplitSizes| {
        let counts = [sizes.train, sizes.validation, sizes.test];
        let counts = counts.map(|count| count.to_string());
        [vec![sizes.name.clone()], counts.to_vec()].concat()
    };
    let rows: Vec<Vec<String>> = splits.iter().map(row).collect();
    table(&["tracks", "train", "validation", "test"], &rows)
}

/// All partitions of a single split; of several splits the test partitions, which make up the others.
fn fractions(summary: &SplitSummary) -> String {
    let count = summary.splits.len();
    let tests: Vec<String> = (1..=count).map(|fold| format!("test {fold}")).collect();
    let partitions: Vec<&str> = match count {
        1 => vec!["train", "validation", "test"],
        _ => tests.iter().map(String::as_str).collect(),
    };
    let row = |playlist: &ListShares| {
        let fractions: Vec<f64> = match playlist.shares.as_slice() {
            [single] => single.to_vec(),
            several => several.iter().map(|[_, _, test]| *test).collect(),
        };
        let name_and_count = [playlist.name.clone(), playlist.tracks.to_string()];
        let percents = fractions.into_iter().map(percent);
        name_and_count
            .into_iter()
            .chain(percents)
            .collect::<Vec<String>>()
    };
    let rows: Vec<Vec<String>> = summary.playlists.iter().map(row).collect();
    table(&[&["playlist", "tracks"], &partitions[..]].concat(), &rows)
}

pub(super) fn percent(fraction: f64) -> String {
    format!("{:.0} %", fraction * 100.0)
}
