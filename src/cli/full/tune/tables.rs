//! The text of `tune`: one line per trial, then the tables.

use crate::cli::table::table;
use evaluation::{Importance, Trial, TrialOutcome};

/// Rows of the table of trials.
const MAX_ROWS: usize = 10;

/// The status line of a trial that has ended.
pub fn ended(trial: &Trial, trials: u64) -> String {
    let values = trial.values.iter();
    let values: Vec<String> = values
        .map(|(path, value)| format!("{path} = {value}"))
        .collect();
    let outcome = match (&trial.reason, trial.loss()) {
        (Some(reason), _) => format!("failed: {reason}"),
        (None, loss) => format!("{} at {:.4}", name(trial.outcome), loss.unwrap_or(f64::NAN)),
    };
    let number = trial.number;
    format!(
        "trial {number} of {trials} {outcome}  ({})",
        values.join(", ")
    )
}

/// The error if no trial has a loss; it repeats why the last one failed.
pub fn none_finished(trials: &[Trial]) -> String {
    let reason = trials
        .iter()
        .rev()
        .find_map(|trial| trial.reason.as_deref());
    let reason = reason.map_or_else(String::new, |reason| format!(" (the last one: {reason})"));
    let count = trials.len();
    format!("no trial of {count} finished{reason}; change the preset or the space")
}

/// The best trials and the importance of the settings.
pub fn as_tables(trials: &[Trial], ranked: &[&Trial], importance: Option<&Importance>) -> String {
    let count = |outcome| {
        trials
            .iter()
            .filter(|trial| trial.outcome == outcome)
            .count()
    };
    format!(
        "{} trials: {} finished, {} ended early, {} failed; the lowest validation loss first\n\n{}\n\n{}",
        trials.len(),
        count(TrialOutcome::Finished),
        count(TrialOutcome::Pruned),
        count(TrialOutcome::Failed),
        best(ranked),
        importance.map_or_else(
            || "importance of the settings: too few finished trials to estimate it".to_owned(),
            importances
        ),
    )
}

fn best(ranked: &[&Trial]) -> String {
    let first = ranked.first();
    let paths = first.map(|trial| trial.values.keys().map(String::as_str).collect());
    let paths: Vec<&str> = paths.unwrap_or_default();
    let heading = [&["trial", "loss", "top-1/3/5 %", "epoch"], &paths[..]].concat();
    let shown = ranked.iter().take(MAX_ROWS);
    let rows: Vec<Vec<String>> = shown.map(|trial| row(trial)).collect();
    table(&heading, &rows)
}

fn row(trial: &Trial) -> Vec<String> {
    let validation = trial.best.as_ref().and_then(|best| best.validation);
    let figures = validation.map(|found| {
        let hits = [found.top_1, found.top_3, found.top_5];
        let hits = hits.map(|hit| format!("{:.1}", hit * 100.0));
        (format!("{:.4}", found.loss), hits.join("/"))
    });
    let (loss, hits) = figures.unwrap_or_default();
    let epoch = trial.best.as_ref().map_or(0, |best| best.epoch);
    let values = trial.values.values().map(ToString::to_string);
    [trial.number.to_string(), loss, hits, epoch.to_string()]
        .into_iter()
        .chain(values)
        .collect()
}

fn importances(importance: &Importance) -> String {
    let together = (
        "interactions of two or more".to_owned(),
        importance.together,
    );
    let fractions = importance.alone.iter().chain([&together]);
    let percent = |fraction: &f64| format!("{:.0} %", fraction * 100.0);
    let rows: Vec<Vec<String>> = fractions
        .map(|(path, fraction)| vec![path.clone(), percent(fraction)])
        .collect();
    table(&["setting", "percent of the variance of the loss"], &rows)
}

fn name(outcome: TrialOutcome) -> &'static str {
    match outcome {
        TrialOutcome::Finished => "finished",
        TrialOutcome::Pruned => "ended early",
        TrialOutcome::Failed => "failed",
    }
}
