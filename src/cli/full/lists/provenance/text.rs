//! The audit as text.

use jiff::{Timestamp, tz::TimeZone};

use super::Document;
use crate::cli::table::table;
use catalogue::{AuditWarning, AuditedSource};

/// Lines shown of exclusions and of warnings.
const LINES_SHOWN: usize = 20;

/// A warning as a sentence.
pub fn warning(warning: &AuditWarning) -> String {
    match warning {
        AuditWarning::TermsOverridden { source, tracks, on } => {
            let source = one_line(source);
            format!(
                "the weights were trained on tracks of {source} ({tracks}) by a decision of {on}, though the terms of \
                 {source} forbid it"
            )
        }
        AuditWarning::NoDecision(tracks) => format!(
            "{tracks} tracks come only from sources whose terms forbid training, and the bundle records no decision"
        ),
        AuditWarning::NoPermissionsRecorded => {
            "the bundle is older than the record of dates and permissions; train it again to have them".to_owned()
        }
    }
}

impl Document {
    pub fn as_text(&self) -> String {
        let name = self.bundle.as_ref().map_or_else(
            || "Playlists".to_owned(),
            |id| format!("Bundle {}", one_line(id)),
        );
        let rows: Vec<Vec<String>> = self.sources.iter().map(row).collect();
        let heading = ["source", "tracks", "may train", "retrieved", "licences"];
        let count = self.sources.len();
        let plural = if count == 1 { "" } else { "s" };
        let mut parts = vec![
            format!("{name}: {} tracks from {count} source{plural}", self.tracks),
            table(&heading, &rows),
        ];
        parts.extend(section("Excluded", &self.excluded));
        parts.extend(section("Warnings", &self.warnings));
        parts.join("\n\n")
    }
}

/// The first lines under a title; `None` without lines.
fn section(title: &str, lines: &[String]) -> Option<String> {
    let more = lines.len().saturating_sub(LINES_SHOWN);
    let more = (more > 0).then(|| format!("and {more} more; --json prints all"));
    let shown = lines.iter().take(LINES_SHOWN).map(|line| one_line(line));
    let shown: Vec<String> = shown.chain(more).collect();
    (!lines.is_empty()).then(|| format!("{title}:\n  {}", shown.join("\n  ")))
}

fn row(source: &AuditedSource) -> Vec<String> {
    let audit = &source.audit;
    let may_train = audit
        .may_train
        .map_or_else(|| "not recorded".to_owned(), |tracks| tracks.to_string());
    let terms = match source.allowed_on {
        Some(day) => format!(" (terms forbid; allowed by the bundle's author on {day})"),
        None if audit.terms_forbid => " (terms forbid)".to_owned(),
        None => String::new(),
    };
    let licences = audit.licences.iter().map(|(licence, tracks)| {
        let name = if licence.is_empty() {
            "not stated"
        } else {
            licence
        };
        format!("{} ({tracks})", one_line(name))
    });
    vec![
        one_line(&audit.source),
        audit.tracks.to_string(),
        may_train + &terms,
        retrieved(audit.first_retrieved, audit.last_retrieved),
        licences.collect::<Vec<_>>().join(", "),
    ]
}

fn retrieved(first: Option<Timestamp>, last: Option<Timestamp>) -> String {
    let day = |moment: Timestamp| moment.to_zoned(TimeZone::UTC).date();
    match first.map(day).zip(last.map(day)) {
        None => "not recorded".to_owned(),
        Some((first, last)) if first == last => first.to_string(),
        Some((first, last)) => format!("{first} to {last}"),
    }
}

/// Removes control characters: text of a catalogue is untrusted and could move the terminal's cursor.
fn one_line(text: &str) -> String {
    text.replace(char::is_control, " ")
}
