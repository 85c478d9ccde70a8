//! Analyses many songs, one thread per predictor, and reuses the reports of earlier runs.

use std::error::Error;
use std::io;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::{BatchReport, BatchSong, Failed, ReportStore, target_playlists};
use crate::cache::{AnalysisCache, SongOutputs};
use crate::par_for_each;
use analysis::{FitReport, analyse_with, fit_analysed};
use audio::Decoder;
use audio::fingerprint::{Fingerprint, StreamFingerprinter};
use bundle::Bundle;
use inference::Predictor;

/// Why a batch ends before its last song: nothing can be written any more.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// The files of a report.
    #[error(transparent)]
    Report(Box<dyn Error + Send + Sync>),
    /// The record of a finished report.
    #[error(
        "{folder}: cannot write to this folder ({source}); free some space and run the same command again"
    )]
    Record {
        /// Folder of the report.
        folder: PathBuf,
        /// The reason.
        source: io::Error,
    },
}

/// Writes the files of a report into the named folder of the batch.
type WriteReport<'a> =
    dyn Fn(&FitReport, &str) -> Result<(), Box<dyn Error + Send + Sync>> + Sync + 'a;

/// What all songs of a batch share.
pub struct Batch<'a> {
    /// The bundle that the songs are judged with.
    pub bundle: &'a Bundle,
    /// The reports of earlier runs.
    pub reports: &'a ReportStore,
    /// Stores the outputs of the network for `similar`; a cache that cannot be written is ignored.
    pub cache: Option<&'a AnalysisCache>,
    /// Writes the files of a report into the named folder of the batch.
    pub write_report: &'a WriteReport<'a>,
    /// Called after each song, from any thread.
    pub on_result: &'a (dyn Fn(Result<&FitReport, &Failed>) + Sync),
}

/// The results so far, in any order.
#[derive(Default)]
struct Results {
    analysed: Vec<(BatchSong, Fingerprint)>,
    failed: Vec<Failed>,
}

/// Why one song has no report.
enum SongError {
    /// The other songs go on.
    Skip(String),
    Fatal(BatchError),
}

impl Batch<'_> {
    /// Judges songs, each given with the folder of its report, on one thread per predictor. `failed` are files that were
    /// skipped before.
    ///
    /// # Errors
    /// If a report cannot be written. A song that cannot be analysed is listed in [`BatchReport::failed`].
    pub fn run<P: Predictor + Send>(
        &self,
        songs: &[(PathBuf, String)],
        failed: Vec<Failed>,
        pool: Vec<P>,
    ) -> Result<BatchReport, BatchError> {
        let playlists = target_playlists(self.bundle);
        let results = Mutex::new(Results {
            failed,
            ..Results::default()
        });
        let ended = par_for_each(songs.len(), pool, |index, predictor| {
            let (song, folder) = &songs[index];
            match self.cached_or_analysed(song, folder, predictor) {
                Ok((report, fingerprint)) => {
                    (self.on_result)(Ok(&report));
                    let song = BatchSong::new(song.clone(), folder.clone(), report, &playlists);
                    if let Ok(mut results) = results.lock() {
                        results.analysed.push((song, fingerprint));
                    }
                }
                Err(SongError::Skip(reason)) => {
                    let failed = failed_song(song, &reason);
                    (self.on_result)(Err(&failed));
                    if let Ok(mut results) = results.lock() {
                        results.failed.push(failed);
                    }
                }
                Err(SongError::Fatal(reason)) => return ControlFlow::Break(reason),
            }
            ControlFlow::Continue(())
        });
        if let ControlFlow::Break(reason) = ended {
            return Err(reason);
        }
        let Results { analysed, failed } = results.into_inner().unwrap_or_default();
        Ok(BatchReport::new(self.bundle, playlists, analysed, failed))
    }

    fn cached_or_analysed(
        &self,
        song: &Path,
        folder: &str,
        predictor: &dyn Predictor,
    ) -> Result<(FitReport, Fingerprint), SongError> {
        let stamp = self.reports.stamp(song);
        let stamp = stamp.map_err(|reason| SongError::Skip(reason.to_string()))?;
        if let Some(known) = self.reports.load(&stamp, folder) {
            return Ok(known);
        }
        self.reports.remove_temp_files(folder);
        let (report, fingerprint) = self.analyse(song, predictor).map_err(SongError::Skip)?;
        (self.write_report)(&report, folder)
            .map_err(|reason| SongError::Fatal(BatchError::Report(reason)))?;
        let recorded = self.reports.save(stamp, folder, &fingerprint);
        recorded.map_err(|source| {
            SongError::Fatal(BatchError::Record {
                folder: folder.into(),
                source,
            })
        })?;
        Ok((report, fingerprint))
    }

    /// A decoder that panics skips its song and not the whole batch.
    fn analyse(
        &self,
        song: &Path,
        predictor: &dyn Predictor,
    ) -> Result<(FitReport, Fingerprint), String> {
        catch_unwind(AssertUnwindSafe(|| self.analyse_song(song, predictor))).unwrap_or_else(|_| {
            Err("internal error while analysing this file; report it with the output above".into())
        })
    }

    fn analyse_song(
        &self,
        song: &Path,
        predictor: &dyn Predictor,
    ) -> Result<(FitReport, Fingerprint), String> {
        let front_end = &self.bundle.manifest.front_end;
        let mut fingerprinter = StreamFingerprinter::new(front_end.sample_rate_hz)?;
        let mut on_samples = |samples: &[f32]| fingerprinter.push(samples);
        let decoder = Decoder::open(song).map_err(|reason| reason.to_string())?;
        let analysis = analyse_with(decoder, front_end, predictor, &mut on_samples);
        let analysis = analysis.map_err(|reason| reason.to_string())?;
        let outputs = SongOutputs::from_analysis(&analysis, self.bundle);
        let report = fit_analysed(analysis, self.bundle, predictor);
        let report = report.map_err(|reason| reason.to_string())?;
        if let Some(cache) = self.cache {
            // Without it `similar` analyses the song again.
            let _ = cache.insert(&report.song.audio_hash, &outputs);
        }
        Ok((report, fingerprinter.finish()))
    }
}

/// The path is a field of its own, so the reason need not repeat it.
fn failed_song(song: &Path, reason: &str) -> Failed {
    let prefix = format!("{}: ", song.display());
    Failed {
        path: song.to_owned(),
        reason: reason.strip_prefix(&prefix).unwrap_or(reason).to_owned(),
    }
}
