//! Status lines of the commands that train.

use crate::cli::output::status;
use bundle::AllowedSource;
use evaluation::EpochRecord;
use train::TrainingSet;

/// Prints what a training set holds and what is excluded from it.
pub fn describe(training_set: &TrainingSet) {
    for AllowedSource { source, .. } in &training_set.allowed {
        status(&format!(
            "warning: training on {source} although its terms forbid it (--allow-source); recorded in the bundle"
        ));
    }
    for exclusion in &training_set.excluded {
        status(&format!("excluded: {}", report::exclusion_text(exclusion)));
    }
    let (tracks, playlists) = (training_set.tracks.len(), training_set.playlists.len());
    status(&format!(
        "training set: {tracks} tracks on {playlists} playlists"
    ));
    if !training_set.duplicates.is_empty() {
        let pairs = training_set.duplicates.len();
        status(&format!(
            "{pairs} pairs of tracks are one recording by acoustic fingerprint; each pair is in one partition of every \
             split"
        ));
    }
}

/// Prints the losses of an epoch of a named run, and its top-k accuracies in percent.
pub fn print_epoch(run: &str, epoch: &EpochRecord) {
    let validation = epoch.validation.map_or_else(String::new, |found| {
        let [top_1, top_3, top_5] =
            [found.top_1, found.top_3, found.top_5].map(|hits| hits * 100.0);
        let loss = found.loss;
        format!("  validation {loss:.4}  top-1/3/5 {top_1:.1}/{top_3:.1}/{top_5:.1} %")
    });
    let (number, loss) = (epoch.epoch, epoch.train_loss);
    status(&format!(
        "{run}  epoch {number:3}  loss {loss:.4}{validation}"
    ));
}
