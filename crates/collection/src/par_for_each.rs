//! Work over threads: one worker per thread, one item at a time, so that memory grows with the threads only.

use std::ops::ControlFlow;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Calls `work` for each index in `0..count`, each worker on its own thread, until all are done or one call breaks.
pub fn par_for_each<L: Send, B: Send>(
    count: usize,
    workers: Vec<L>,
    work: impl Fn(usize, &L) -> ControlFlow<B> + Sync,
) -> ControlFlow<B> {
    let next = AtomicUsize::new(0);
    let until_done = |worker: L| {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= count {
                return ControlFlow::Continue(());
            }
            if let stop @ ControlFlow::Break(_) = work(index, &worker) {
                next.store(count, Ordering::Relaxed);
                return stop;
            }
        }
    };
    let until_done = &until_done;
    thread::scope(|scope| {
        let threads: Vec<_> = workers
            .into_iter()
            .map(|worker| scope.spawn(move || until_done(worker)))
            .collect();
        let ended = threads.into_iter().map(std::thread::ScopedJoinHandle::join);
        ended
            .map(|ended| ended.unwrap_or_else(|panic| resume_unwind(panic)))
            .find(ControlFlow::is_break)
            .unwrap_or(ControlFlow::Continue(()))
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn every_index_is_visited_once() {
        let seen = Mutex::new(Vec::new());
        let ended: ControlFlow<()> = par_for_each(100, vec![(), (), ()], |index, ()| {
            seen.lock().unwrap().push(index);
            ControlFlow::Continue(())
        });
        let mut seen = seen.into_inner().unwrap();
        seen.sort_unstable();
        assert!(ended.is_continue() && seen == (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn one_break_ends_the_work_of_all() {
        let done = AtomicUsize::new(0);
        let ended = par_for_each(1_000_000, vec![1, 2], |index, _| match index {
            10 => ControlFlow::Break("full"),
            _ => {
                done.fetch_add(1, Ordering::Relaxed);
                ControlFlow::Continue(())
            }
        });
        assert_eq!(ended, ControlFlow::Break("full"));
        assert!(done.into_inner() < 1_000_000);
    }
}
