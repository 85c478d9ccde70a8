//! The worker: analyses one queued song after another, on the thread of the network.

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

/// Analyses songs until the queue is closed. A song that fails does not affect the others.
pub fn analyse_all(jobs: &JobQueue, out: &Path, bundle: &Bundle, predictor: &dyn Predictor) {
    while let Some(job) = jobs.next() {
        // A decoder that panics on a hostile file must not stop the server.
        let analysed = catch_unwind(AssertUnwindSafe(|| {
            let report = analyse(&job, jobs, bundle, predictor).map_err(|reason| {
                // The user knows the song's name, not the path of its upload.
                let path = job.audio.display().to_string();
                reason.to_string().replace(&path, &job.file)
            })?;
            save(report, out).map_err(|reason| reason.to_string())
        }));
        let bug = "internal error in playlist-fit; report it with the format of this song";
        jobs.finish(&job.id, analysed.unwrap_or_else(|_| Err(bug.into())));
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
        // Fails if the folder is not empty; the first error is the one to report.
        let _ = fs::remove_dir(&folder);
    }
    written?;
    Ok(SavedReport {
        folder,
        summary: Summary::from_report(&report),
        file: report.song.file,
    })
}

/// A predictor that reports the progress of a job and stops when the job was removed.
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
        if !self.jobs.set_progress(&self.job.id, self.progress()) {
            return Err(PredictError::Backend("cancelled by the client".into()));
        }
        let prediction = self.predictor.predict(windows)?;
        self.windows.set(self.windows.get() + prediction.windows);
        self.jobs.set_progress(&self.job.id, self.progress());
        Ok(prediction)
    }
}

impl ReportingPredictor<'_> {
    /// Windows after the end of the song are the perturbed excerpts of the robustness check.
    fn progress(&self) -> Progress {
        let further = self.windows.get().saturating_sub(1) as f64;
        let hop = self.front_end.window_hop_seconds.unwrap_or_default();
        let analysed = match self.windows.get() {
            0 => 0.0,
            _ => self.front_end.window_seconds + further * hop,
        };
        Progress {
            analysed_seconds: self
                .duration_seconds
                .map_or(analysed, |all| all.min(analysed)),
            duration_seconds: self.duration_seconds,
        }
    }
}
