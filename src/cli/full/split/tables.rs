//! The text of `split`.

use super::SplitOutput;
use crate::cli::table::table;
use evaluation::{ListShares, NearDuplicate, SplitAudit, SplitOverlap, SplitSizes, SplitSummary};

/// Clusters of near-duplicates that are named.
const MAX_CLUSTERS: usize = 20;

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

fn percent(fraction: f64) -> String {
    format!("{:.0} %", fraction * 100.0)
}

fn audit(audits: &[SplitAudit]) -> String {
    let shared = |overlap: &SplitOverlap, count: usize| {
        let fraction = count as f64 / overlap.tested.max(1) as f64;
        format!("{count} ({})", percent(fraction))
    };
    let row = |(fold, audit): (usize, &SplitAudit)| {
        let partitions = audit.partitions.iter();
        let links: usize = partitions
            .map(|part| part.artists + part.recordings + part.near_duplicates)
            .sum();
        let naive = &audit.naive;
        vec![
            format!("rotation-{}", fold + 1),
            links.to_string(),
            audit.shared_links.to_string(),
            audit.overlap.any.to_string(),
            shared(naive, naive.any),
            shared(naive, naive.artist),
            shared(naive, naive.recording),
            shared(naive, naive.near_duplicate),
        ]
    };
    let rows: Vec<Vec<String>> = audits.iter().enumerate().map(row).collect();
    let heading = [
        "audit",
        "links",
        "in two partitions",
        "test tracks linked to training",
        "split by track: any",
        "artist",
        "recording",
        "near-duplicate",
    ];
    table(&heading, &rows)
}

fn duplicates(clusters: &[Vec<NearDuplicate>]) -> String {
    if clusters.is_empty() {
        return "No two tracks are one recording by acoustic fingerprint.".to_owned();
    }
    let row = |cluster: usize, track: &NearDuplicate| {
        vec![
            (cluster + 1).to_string(),
            track.title.clone(),
            track.artists.join(", "),
            format!("{:.1} %", track.bit_error * 100.0),
        ]
    };
    let shown = clusters.iter().take(MAX_CLUSTERS).enumerate();
    let rows: Vec<Vec<String>> = shown
        .flat_map(|(cluster, tracks)| tracks.iter().map(move |track| row(cluster, track)))
        .collect();
    let more = if clusters.len() > MAX_CLUSTERS {
        format!("; the first {MAX_CLUSTERS}, all with --json")
    } else {
        String::new()
    };
    let heading = ["recording", "title", "artists", "bits that differ"];
    let count = clusters.len();
    let rows = table(&heading, &rows);
    format!("{count} recordings are present more than once by acoustic fingerprint{more}:\n{rows}")
}
