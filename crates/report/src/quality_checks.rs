//! The quality checks as a table of the page.

use super::words::{self, shorten};
use audio::quality_checks::{Finding, Severity};

/// At least as many as there are checks.
const MAX_FINDINGS: usize = 12;

/// One check.
pub struct QualityCheckRow {
    pub name: &'static str,
    pub mark: &'static str,
    /// The severity as a word, which is the CSS class too.
    pub severity: &'static str,
    pub measured: String,
    pub advice: String,
}

/// The most serious first, otherwise in the order of the report.
pub fn quality_check_rows(findings: &[Finding]) -> Vec<QualityCheckRow> {
    let mut findings: Vec<&Finding> = findings.iter().take(MAX_FINDINGS).collect();
    findings.sort_by_key(|found| found.severity);
    findings.into_iter().map(row).collect()
}

fn row(found: &Finding) -> QualityCheckRow {
    let mark = match found.severity {
        Severity::Error => "✗",
        Severity::Warning => "!",
        Severity::Ok => "✓",
    };
    QualityCheckRow {
        name: words::check_name(&found.measurement),
        mark,
        severity: words::severity(found.severity),
        measured: shorten(&words::measured(found), 160),
        advice: words::advice(found),
    }
}
