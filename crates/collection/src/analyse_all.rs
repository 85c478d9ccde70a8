//! Many songs for one network: songs are decoded and cut into windows on several threads, while the one predictor, which
//! must stay on its thread, runs the windows of all.

use std::path::Path;
use std::sync::Mutex;
use std::sync::mpsc::{Sender, channel};
use std::thread;

use analysis::{FitError, SongAnalysis, analyse};
use features::mel::FrontEnd;
use inference::PredictError;
use inference::{Prediction, Predictor};

type PredictionResult = Result<Prediction, PredictError>;

/// Analyses whole songs; results are in the order of `paths`. `keep` reduces each [`SongAnalysis`] (about 20 MB) to what
/// the caller needs; `done` is called after each song.
pub fn analyse_all<Kept: Send>(
    paths: &[&Path],
    front_end: &FrontEnd,
    predictor: &dyn Predictor,
    keep: impl Fn(SongAnalysis) -> Kept + Sync,
    done: &(dyn Fn() + Sync),
) -> Vec<Result<Kept, FitError>> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let next = Mutex::new(paths.iter().enumerate());
    let analysed = Mutex::new(Vec::with_capacity(paths.len()));
    let (requests_out, requests) = channel();
    thread::scope(|scope| {
        for _ in 0..threads.min(paths.len()) {
            let predictor = ChannelPredictor(requests_out.clone());
            let (next, analysed, keep) = (&next, &analysed, &keep);
            scope.spawn(move || {
                while let Some((index, path)) = taken(next) {
                    let answer = analyse(path, front_end, &predictor).map(keep);
                    if let Ok(mut analysed) = analysed.lock() {
                        analysed.push((index, answer));
                    }
                    done();
                }
            });
        }
        // The remaining senders belong to the threads, so the requests end with the last thread.
        drop(requests_out);
        for PredictionRequest { windows, answer } in requests {
            // The thread of the request may have ended.
            let _ = answer.send(predictor.predict(&windows));
        }
    });
    let mut analysed = analysed.into_inner().unwrap_or_default();
    analysed.sort_by_key(|(index, _)| *index);
    analysed.into_iter().map(|(_, answer)| answer).collect()
}

fn taken<'a>(
    songs: &Mutex<impl Iterator<Item = (usize, &'a &'a Path)>>,
) -> Option<(usize, &'a Path)> {
    let (index, path) = songs.lock().ok()?.next()?;
    Some((index, *path))
}

struct PredictionRequest {
    /// `[windows, n_mels, frames]`
    windows: Vec<f32>,
    answer: Sender<PredictionResult>,
}

/// Sends windows to the predictor's thread and waits for the prediction.
struct ChannelPredictor(Sender<PredictionRequest>);

impl Predictor for ChannelPredictor {
    fn predict(&self, windows: &[f32]) -> PredictionResult {
        let (answer, answered) = channel();
        let request = PredictionRequest {
            windows: windows.to_vec(),
            answer,
        };
        let gone = || PredictError::Backend("its thread has ended".into());
        self.0.send(request).map_err(|_| gone())?;
        answered.recv().map_err(|_| gone())?
    }
}
