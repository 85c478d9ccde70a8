//! The tables of `split --audit`.

use super::tables::percent;
use crate::cli::table::table;
use evaluation::{NearDuplicate, SplitAudit, SplitOverlap};

/// Clusters of near-duplicates that are named.
const MAX_CLUSTERS: usize = 20;

/// One row per fold: nothing in two partitions, and what a split by track would leak.
pub fn audit(audits: &[SplitAudit]) -> String {
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

/// The clusters of near-duplicates, up to [`MAX_CLUSTERS`].
pub fn duplicates(clusters: &[Vec<NearDuplicate>]) -> String {
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
