//! Many songs for one network: each song is decoded and made into windows on a thread of its own, while one listener,
//! which may not leave its thread, hears the windows of all.

use std::path::Path;
use std::sync::Mutex;
use std::sync::mpsc::{Sender, channel};
use std::thread;

use analysis::{FitError, SongAnalysis, analyse};
use audio::Decoder;
use features::mel::FrontEnd;
use inference::PredictError;
use inference::{Prediction, Predictor};

type PredictionResult = Result<Prediction, PredictError>;

/// Hears whole songs, and keeps of each what `keep` makes of its hearing, which takes some 20 MB; the answers stand in the
/// order of `paths`. `done` is told after each.
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
                while let Some((place, path)) = taken(next) {
                    let song = Decoder::open(path).map_err(FitError::from);
                    let answer = song
                        .and_then(|song| analyse(song, front_end, &predictor))
                        .map(keep);
                    if let Ok(mut analysed) = analysed.lock() {
                        analysed.push((place, answer));
                    }
                    done();
                }
            });
        }
        // What is left are the threads' own, so the questions end with the last of them.
        drop(requests_out);
        for PredictionRequest { windows, answer } in requests {
            // Who asked may have ended meanwhile.
            let _ = answer.send(predictor.predict(&windows));
        }
    });
    let mut analysed = analysed.into_inner().unwrap_or_default();
    analysed.sort_by_key(|(place, _)| *place);
    analysed.into_iter().map(|(_, answer)| answer).collect()
}

fn taken<'a>(
    songs: &Mutex<impl Iterator<Item = (usize, &'a &'a Path)>>,
) -> Option<(usize, &'a Path)> {
    let (place, path) = songs.lock().ok()?.next()?;
    Some((place, *path))
}

struct PredictionRequest {
    /// `[windows, n_mels, frames]`
    windows: Vec<f32>,
    answer: Sender<PredictionResult>,
}

/// Stands in for the listener on another thread.
struct ChannelPredictor(Sender<PredictionRequest>);

impl Predictor for ChannelPredictor {
    fn predict(&self, windows: &[f32]) -> PredictionResult {
        let (answer, answered) = channel();
        let request = PredictionRequest {
            windows: windows.to_vec(),
            answer,
        };
        let gone = || PredictError::Backend("it no longer answers".into());
        self.0.send(request).map_err(|_| gone())?;
        answered.recv().map_err(|_| gone())?
    }
}
