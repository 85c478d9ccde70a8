//! Prefetches batches: a thread computes windows at most two batches ahead, so that the network does not wait and memory
//! does not grow with the number of tracks.

use std::any::Any;
use std::sync::mpsc::sync_channel;
use std::thread;

use super::{TrainError, WindowSource};

/// Batches in the channel; the thread holds one more.
const PREFETCHED_BATCHES: usize = 1;

/// One batch of windows.
pub struct TrainingBatch {
    /// Index in its epoch, from 0.
    pub number: usize,
    /// Index of each window's track.
    pub tracks: Vec<usize>,
    /// `[tracks, n_mels, frames]`.
    pub windows: Vec<f32>,
    /// The generator of the windows, for all later random numbers of the batch.
    pub random: fastrand::Rng,
}

/// Cuts `order` into batches of `size`, computes a window of each track with the generator of its batch, and calls `learn`
/// with one batch after the other.
///
/// # Errors
/// Returns the first error of `learn`, after which it is not called again, or an error if windows cannot be computed.
pub fn for_each_batch(
    source: &dyn WindowSource,
    order: &[usize],
    size: usize,
    draws: impl Fn(usize) -> fastrand::Rng + Send,
    learn: impl FnMut(TrainingBatch) -> Result<(), TrainError>,
) -> Result<(), TrainError> {
    thread::scope(|scope| {
        let (sender, receiver) = sync_channel(PREFETCHED_BATCHES);
        let maker = scope.spawn(move || {
            for (number, tracks) in order.chunks(size).enumerate() {
                let mut random = draws(number);
                let windows = source.random_windows(tracks, &mut random);
                let batch = TrainingBatch {
                    number,
                    tracks: tracks.to_vec(),
                    windows,
                    random,
                };
                if sender.send(batch).is_err() {
                    return; // Nobody learns any more.
                }
            }
        });
        let learned = receiver.into_iter().try_for_each(learn);
        let made = maker
            .join()
            .map_err(|panic| TrainError::Windows(panic_message(panic.as_ref())));
        learned.and(made)
    })
}

/// The message of a panic.
pub(super) fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "worker thread panicked without a message".into())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    #[derive(Default)]
    struct Counted {
        made: AtomicUsize,
        fails_at: Option<usize>,
    }

    impl WindowSource for Counted {
        fn len(&self) -> usize {
            100
        }

        fn random_windows(&self, tracks: &[usize], random: &mut fastrand::Rng) -> Vec<f32> {
            let made = self.made.fetch_add(1, Ordering::SeqCst);
            if self.fails_at == Some(made) {
                // A panic without the hook's output.
                std::panic::resume_unwind(Box::new("the clip is gone"));
            }
            tracks.iter().map(|_| random.f32()).collect()
        }

        fn song_windows(&self, _track: usize) -> Vec<f32> {
            Vec::new()
        }
    }

    fn draws(number: usize) -> fastrand::Rng {
        fastrand::Rng::with_seed(number as u64)
    }

    #[test]
    fn every_batch_comes_once_in_order_and_at_most_two_wait() {
        let source = Counted::default();
        let order: Vec<usize> = (0..21).collect();
        let mut seen = Vec::new();
        for_each_batch(&source, &order, 2, draws, |batch| {
            thread::sleep(Duration::from_millis(2));
            let ahead = source.made.load(Ordering::SeqCst) - batch.number - 1;
            // At most a third one is being computed.
            assert!(ahead <= 3, "{ahead} batches ahead");
            assert_eq!(batch.windows[0], draws(batch.number).f32());
            seen.extend(batch.tracks);
            Ok(())
        })
        .unwrap();
        assert_eq!(seen, order);
    }

    #[test]
    fn a_failure_on_either_side_ends_both() {
        let order: Vec<usize> = (0..100).collect();
        let source = Counted {
            fails_at: Some(5),
            ..Counted::default()
        };
        let failed = for_each_batch(&source, &order, 2, draws, |_| Ok(())).unwrap_err();
        assert!(failed.to_string().contains("the clip is gone"), "{failed}");
        let source = Counted::default();
        let ended = for_each_batch(&source, &order, 2, draws, |batch| match batch.number {
            3 => Err(TrainError::Diverged { epoch: 1 }),
            _ => Ok(()),
        });
        assert!(matches!(ended, Err(TrainError::Diverged { .. })));
        assert!(source.made.load(Ordering::SeqCst) < 10);
    }
}
