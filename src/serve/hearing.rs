//! One song after another goes through the one network, which may not leave its thread.

use std::cell::Cell;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use super::fits::{Fits, Progress, Turn};
use super::kept::{self, Kept, Summary};
use analysis::{FitError, FitReport, fit, pitch_sheet};
use bundle::Bundle;
use features::mel::FrontEnd;
use inference::PredictError;
use inference::{Listener, Prediction};
use prepare::read_facts;
use report::ReportError;

/// Hears songs until the queue is closed. One bad song ends none of the others.
pub fn hear_all(fits: &Fits, out: &Path, bundle: &Bundle, listener: &dyn Listener) {
    while let Some(turn) = fits.next() {
        // A decoder that trips over a hostile file must not take the server with it.
        let heard = catch_unwind(AssertUnwindSafe(|| {
            let report = judge(&turn, fits, bundle, listener).map_err(|why| {
                // The artist knows the song's name, not where its upload lay.
                let place = turn.audio.display().to_string();
                why.to_string().replace(&place, &turn.file)
            })?;
            keep(report, out).map_err(|why| why.to_string())
        }));
        let bug = "this is a bug in playlist-fit; please report it with this song's format";
        fits.finish(&turn.id, heard.unwrap_or_else(|_| Err(bug.into())));
    }
}

fn judge(
    turn: &Turn,
    fits: &Fits,
    bundle: &Bundle,
    listener: &dyn Listener,
) -> Result<FitReport, FitError> {
    let listening = Listening {
        fits,
        turn,
        listener,
        front_end: &bundle.manifest.front_end,
        duration_seconds: read_facts(&turn.audio)?.duration_seconds,
        windows: Cell::new(0),
    };
    let mut report = fit(&turn.audio, bundle, &listening)?;
    report.song.file.clone_from(&turn.file);
    // A song without a title is called by its file there.
    report.pitch_sheet = pitch_sheet(&report);
    Ok(report)
}

fn keep(report: FitReport, out: &Path) -> Result<Kept, ReportError> {
    let folder = kept::new_folder(out, &report.song.file)?;
    let written = report::write(&report, &folder);
    if written.is_err() {
        // It holds nothing but what failed; where it cannot go, the error that matters is the first.
        let _ = fs::remove_dir(&folder);
    }
    written?;
    Ok(Kept {
        folder,
        summary: Summary::of(&report),
        file: report.song.file,
    })
}

/// The network, which notes on its way how much of the song it has heard, and stops where nobody wants it any more.
struct Listening<'a> {
    fits: &'a Fits,
    turn: &'a Turn,
    listener: &'a dyn Listener,
    front_end: &'a FrontEnd,
    duration_seconds: Option<f64>,
    windows: Cell<usize>,
}

impl Listener for Listening<'_> {
    fn listen(&self, windows: &[f32]) -> Result<Prediction, PredictError> {
        if !self.fits.note(&self.turn.id, self.progress()) {
            return Err(PredictError::Backend("nobody waits for this song".into()));
        }
        let heard = self.listener.listen(windows)?;
        self.windows.set(self.windows.get() + heard.windows);
        self.fits.note(&self.turn.id, self.progress());
        Ok(heard)
    }
}

impl Listening<'_> {
    /// What comes after the song's end are its stretches once more, after small changes.
    fn progress(&self) -> Progress {
        let further = self.windows.get().saturating_sub(1) as f64;
        let hop = self.front_end.window_hop_seconds.unwrap_or_default();
        let heard = match self.windows.get() {
            0 => 0.0,
            _ => self.front_end.window_seconds + further * hop,
        };
        Progress {
            heard_seconds: self.duration_seconds.map_or(heard, |all| all.min(heard)),
            duration_seconds: self.duration_seconds,
        }
    }
}
