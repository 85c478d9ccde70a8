//! The JSON of `tune`.

use serde::Serialize;

use evaluation::{Importance, Trial};

/// Raised when a field of the JSON changes its meaning or is removed.
const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct TuneOutput<'a> {
    schema_version: u32,
    preset: &'a str,
    /// The quantity that is minimised.
    objective: &'a str,
    /// Number of the best trial.
    best: u64,
    trials: &'a [Trial],
    /// `None` if too few trials finished.
    importance: Option<&'a Importance>,
}

/// One JSON document on all trials of a search.
pub fn document(
    preset: &str,
    best: &Trial,
    trials: &[Trial],
    importance: Option<&Importance>,
) -> Result<String, serde_json::Error> {
    serde_json::to_string(&TuneOutput {
        schema_version: SCHEMA_VERSION,
        preset,
        objective: "validation loss",
        best: best.number,
        trials,
        importance,
    })
}
