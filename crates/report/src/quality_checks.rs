//! The technical check as a table of the page: every check with its mark.

use super::words::shorten;
use audio::quality_checks::{Finding, Severity};

/// No fewer than there are.
const MAX_FINDINGS: usize = 12;

/// One check.
pub struct TechnicalRow {
    pub name: String,
    pub mark: &'static str,
    /// The mark in a word, which is its class too.
    pub severity: &'static str,
    pub measured: String,
    pub advice: String,
}

/// The worst first, else in the order of the report.
pub fn technical_rows(findings: &[Finding]) -> Vec<TechnicalRow> {
    let mut findings: Vec<&Finding> = findings.iter().take(MAX_FINDINGS).collect();
    findings.sort_by_key(|found| found.severity);
    findings.into_iter().map(row).collect()
}

fn row(found: &Finding) -> TechnicalRow {
    let (mark, severity) = match found.severity {
        Severity::Error => ("✗", "reject"),
        Severity::Warning => ("!", "look"),
        Severity::Ok => ("✓", "fine"),
    };
    TechnicalRow {
        name: shorten(&found.name, 60),
        mark,
        severity,
        measured: shorten(&found.measured, 160),
        advice: shorten(&found.advice, 200),
    }
}
