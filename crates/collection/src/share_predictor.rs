//! One network for many threads: each thread decodes songs and computes log-mels, while the network, which is bound to
//! its own thread, predicts the windows of all of them.

use std::panic::resume_unwind;
use std::sync::mpsc::{Sender, channel};
use std::thread;

use inference::PredictError;
use inference::{Prediction, Predictor};

type PredictionResult = Result<Prediction, PredictError>;

/// Runs `work` on a thread of its own with a predictor that any number of threads may use; `predictor` itself stays on
/// the calling thread until `work` returns.
pub fn share_predictor<R: Send>(
    predictor: &dyn Predictor,
    work: impl FnOnce(&(dyn Predictor + Sync)) -> R + Send,
) -> R {
    let (sender, requests) = channel();
    thread::scope(|scope| {
        let shared = ChannelPredictor(sender);
        // The channel closes when `work` returns, since the only sender is dropped with it.
        let working = scope.spawn(move || work(&shared));
        for PredictionRequest { windows, answer } in requests {
            // The thread that asked may have panicked.
            let _ = answer.send(predictor.predict(&windows));
        }
        working.join().unwrap_or_else(|panic| resume_unwind(panic))
    })
}

struct PredictionRequest {
    /// `[windows, n_mels, frames]`
    windows: Vec<f32>,
    answer: Sender<PredictionResult>,
}

/// Forwards windows to the thread of the network.
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Not `Sync`, as a network of libtorch.
    struct Counting(std::cell::Cell<usize>);

    impl Predictor for Counting {
        fn predict(&self, windows: &[f32]) -> PredictionResult {
            self.0.set(self.0.get() + 1);
            Ok(Prediction {
                windows: windows.len(),
                ..Prediction::default()
            })
        }
    }

    #[test]
    fn many_threads_get_the_answers_to_their_own_windows() {
        let counting = Counting(std::cell::Cell::new(0));
        let answers: Vec<usize> = share_predictor(&counting, |predictor| {
            thread::scope(|scope| {
                let ask = |count| move || predictor.predict(&vec![0.0; count]).unwrap().windows;
                let asking: Vec<_> = (0..50).map(|count| scope.spawn(ask(count))).collect();
                asking
                    .into_iter()
                    .map(|asked| asked.join().unwrap())
                    .collect()
            })
        });
        assert_eq!(answers, (0..50).collect::<Vec<_>>());
        assert_eq!(counting.0.get(), 50);
    }
}
