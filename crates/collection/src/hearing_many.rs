//! Many songs for one network: each song is decoded and made into windows on a thread of its own, while one listener,
//! which may not leave its thread, hears the windows of all.

use std::path::Path;
use std::sync::Mutex;
use std::sync::mpsc::{Sender, channel};
use std::thread;

use analysis::{FitError, Hearing, hear};
use features::mel::FrontEnd;
use inference::PredictError;
use inference::{Listener, Prediction};

type Answer = Result<Prediction, PredictError>;

/// Hears whole songs, and keeps of each what `keep` makes of its hearing, which takes some 20 MB; the answers stand in the
/// order of `paths`. `done` is told after each.
pub fn hear_all<Kept: Send>(
    paths: &[&Path],
    front_end: &FrontEnd,
    listener: &dyn Listener,
    keep: impl Fn(Hearing) -> Kept + Sync,
    done: &(dyn Fn() + Sync),
) -> Vec<Result<Kept, FitError>> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let next = Mutex::new(paths.iter().enumerate());
    let heard = Mutex::new(Vec::with_capacity(paths.len()));
    let (to_listener, questions) = channel();
    thread::scope(|scope| {
        for _ in 0..threads.min(paths.len()) {
            let asking = Asking(to_listener.clone());
            let (next, heard, keep) = (&next, &heard, &keep);
            scope.spawn(move || {
                while let Some((place, path)) = taken(next) {
                    let answer = hear(path, front_end, &asking).map(keep);
                    if let Ok(mut heard) = heard.lock() {
                        heard.push((place, answer));
                    }
                    done();
                }
            });
        }
        // What is left are the threads' own, so the questions end with the last of them.
        drop(to_listener);
        for Question { windows, answer } in questions {
            // Who asked may have ended meanwhile.
            let _ = answer.send(listener.listen(&windows));
        }
    });
    let mut heard = heard.into_inner().unwrap_or_default();
    heard.sort_by_key(|(place, _)| *place);
    heard.into_iter().map(|(_, answer)| answer).collect()
}

fn taken<'a>(
    songs: &Mutex<impl Iterator<Item = (usize, &'a &'a Path)>>,
) -> Option<(usize, &'a Path)> {
    let (place, path) = songs.lock().ok()?.next()?;
    Some((place, *path))
}

struct Question {
    /// `[windows, n_mels, frames]`
    windows: Vec<f32>,
    answer: Sender<Answer>,
}

/// Stands in for the listener on another thread.
struct Asking(Sender<Question>);

impl Listener for Asking {
    fn listen(&self, windows: &[f32]) -> Answer {
        let (answer, answered) = channel();
        let question = Question {
            windows: windows.to_vec(),
            answer,
        };
        let gone = || PredictError::Backend("it no longer answers".into());
        self.0.send(question).map_err(|_| gone())?;
        answered.recv().map_err(|_| gone())?
    }
}
