//! One song after another goes through the one network, which may not leave its thread.

use std::cell::Cell;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use super::jobs::{Job, JobQueue, Progress};
use super::saved_reports::{self, SavedReport, Summary};
use analysis::{FitError, FitReport, fit};
use audio::Decoder;
use bundle::Bundle;
use features::mel::FrontEnd;
use inference::PredictError;
use inference::{Prediction, Predictor};
use report::ReportError;

/// Hears songs until the queue is closed. One bad song ends none of the others.
pub fn analyse_all(jobs: &JobQueue, out: &Path, bundle: &Bundle, predictor: &dyn Predictor) {
    while let Some(job) = jobs.next() {
        // A decoder that trips over a hostile file must not take the server with it.
        let heard = catch_unwind(AssertUnwindSafe(|| {
            let report = analyse(&job, jobs, bundle, predictor).map_err(|reason| {
                // The artist knows the song's name, not where its upload lay.
                let place = job.audio.display().to_string();
                reason.to_string().replace(&place, &job.file)
            })?;
            save(report, out).map_err(|reason| reason.to_string())
        }));
        let bug = "this is a bug in playlist-fit; please report it with this song's format";
        jobs.finish(&job.id, heard.unwrap_or_else(|_| Err(bug.into())));
    }
}

fn analyse(
    job: &Job,
    jobs: &JobQueue,
    bundle: &Bundle,
    predictor: &dyn Predictor,
) -> Result<FitReport, FitError> {
    let song = Decoder::open(&job.audio)?;
    let reporting = ReportingPredictor {
        jobs,
        job,
        predictor,
        front_end: &bundle.manifest.front_end,
        duration_seconds: song.duration_hint(),
        windows: Cell::new(0),
    };
    let mut report = fit(song, bundle, &reporting)?;
    report.song.file.clone_from(&job.file);
    Ok(report)
}

fn save(report: FitReport, out: &Path) -> Result<SavedReport, ReportError> {
    let folder = saved_reports::new_folder(out, &report.song.file)?;
    let written = report::write(&report, &folder);
    if written.is_err() {
        // It holds nothing but what failed; where it cannot go, the error that matters is the first.
        let _ = fs::remove_dir(&folder);
    }
    written?;
    Ok(SavedReport {
        folder,
        summary: Summary::from_report(&report),
        file: report.song.file,
    })
}

/// The network, which notes on its way how much of the song it has heard, and stops where nobody wants it any more.
struct ReportingPredictor<'a> {
    jobs: &'a JobQueue,
    job: &'a Job,
    predictor: &'a dyn Predictor,
    front_end: &'a FrontEnd,
    duration_seconds: Option<f64>,
    windows: Cell<usize>,
}

impl Predictor for ReportingPredictor<'_> {
    fn predict(&self, windows: &[f32]) -> Result<Prediction, PredictError> {
        if !self.jobs.note(&self.job.id, self.progress()) {
            return Err(PredictError::Backend("cancelled by the client".into()));
        }
        let heard = self.predictor.predict(windows)?;
        self.windows.set(self.windows.get() + heard.windows);
        self.jobs.note(&self.job.id, self.progress());
        Ok(heard)
    }
}

impl ReportingPredictor<'_> {
    /// What comes after the song's end are its stretches once more, after small changes.
    fn progress(&self) -> Progress {
        let further = self.windows.get().saturating_sub(1) as f64;
        let hop = self.front_end.window_hop_seconds.unwrap_or_default();
        let heard = match self.windows.get() {
            0 => 0.0,
            _ => self.front_end.window_seconds + further * hop,
        };
        Progress {
            analysed_seconds: self.duration_seconds.map_or(heard, |all| all.min(heard)),
            duration_seconds: self.duration_seconds,
        }
    }
}
