//! `prepare` as tables.

use std::collections::BTreeSet;
use std::path::Path;

use super::ROWS_SHOWN;
use crate::cli::table::table;
use catalogue::Track;
use prepare::ClipsBuilt;
use prepare::matching::{MatchSource, MatchSummary, PendingMatch, review_path};

/// The sections, in the order in which they are printed; empty ones are omitted.
pub fn sections(summary: &MatchSummary, clips: &ClipsBuilt, catalogue: &Path) -> Vec<String> {
    let mut sections = Vec::new();
    let counts = counts(summary);
    if !counts.is_empty() {
        sections.push(table(&["audio found by", "tracks"], &counts));
    }
    sections.push(format!(
        "{} clips prepared at {} Hz, {} were there already, {} failed",
        clips.new,
        clips.sample_rate_hz,
        clips.existing,
        clips.failed.len()
    ));
    if !clips.failed.is_empty() {
        let heading = ["title", "artists", "why it failed"];
        sections.push(table(&heading, &cells(&clips.failed)));
    }
    let file = review_path(catalogue);
    let not_found = summary.not_found.iter();
    let not_found = not_found.map(|track| vec![track.title.clone(), track.artists.join(", ")]);
    let first_rows = [
        first_rows(
            &format!(
                "files may match a track; write yes or no in the column accept of {}",
                file.display()
            ),
            &[
                "title",
                "artists",
                "candidate",
                "score",
                "why it is pending",
            ],
            summary.pending.iter().map(pending).collect(),
        ),
        first_rows(
            "tracks could not be fetched",
            &["title", "artists", "reason"],
            cells(&summary.failed),
        ),
        first_rows(
            "tracks have no audio; pass folders with --audio, allow --download, or set a --fetch-command",
            &["title", "artists"],
            not_found.collect(),
        ),
    ];
    sections.extend(first_rows.into_iter().flatten());
    sections
}

fn pending(pending: &PendingMatch) -> Vec<String> {
    vec![
        pending.title.clone(),
        pending.artists.clone(),
        pending.candidate.display().to_string(),
        format!("{:.2}", pending.score),
        pending.reason.clone(),
    ]
}

fn cells(failed: &[(Track, String)]) -> Vec<Vec<String>> {
    let row = |(track, reason): &(Track, String)| {
        vec![
            track.title.clone(),
            track.artists.join(", "),
            reason.clone(),
        ]
    };
    failed.iter().map(row).collect()
}

/// The number of rows and the first of them; `None` without rows.
fn first_rows(what: &str, heading: &[&str], mut rows: Vec<Vec<String>>) -> Option<String> {
    let count = rows.len();
    rows.truncate(ROWS_SHOWN);
    let first = if count > ROWS_SHOWN {
        format!("; the first {ROWS_SHOWN}:")
    } else {
        ":".to_owned()
    };
    (count > 0).then(|| format!("{count} {what}{first}\n{}", table(heading, &rows)))
}

/// How many tracks each source matched, and how many are left, without zeros.
fn counts(summary: &MatchSummary) -> Vec<Vec<String>> {
    let by = |source: &MatchSource| summary.by.get(source).copied().unwrap_or(0);
    let found = MatchSource::ALL.map(|source| (source.name(), by(&source)));
    let pending = summary.pending.iter();
    let pending: BTreeSet<&str> = pending.map(|pending| pending.track.as_str()).collect();
    let left = [
        ("pending", pending.len()),
        ("could not be fetched", summary.failed.len()),
        ("not found", summary.not_found.len()),
    ];
    found
        .into_iter()
        .chain(left)
        .filter(|(_, count)| *count > 0)
        .map(|(name, count)| vec![name.to_owned(), count.to_string()])
        .collect()
}
