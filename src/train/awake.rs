//! Threads that stay awake between the parallel parts of a step.
//!
//! A step forks several times within a millisecond, and a thread without work falls asleep in less than the time of the
//! serial part between two of these. To wake it takes as long as a good part of a small batch.

use std::hint::spin_loop;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rayon::Yield;

/// How long a thread looks for work in vain; a serial part of a step is shorter, and a pause is longer.
const PATIENCE: Duration = Duration::from_millis(2);
/// Turns of a thread between two looks, so that it does not get into the way of those that work.
const SPINS: usize = 64;

/// Does some work in the pool of this thread, or in the global one, so many of whose threads stay awake for it.
pub(super) fn awake<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    let done = AtomicBool::new(false);
    let done = &done;
    rayon::scope(move |scope| {
        // Also where the work panics.
        let _over = Over(done);
        let own = rayon::current_thread_index();
        if threads > 1 {
            scope.spawn_broadcast(move |_, context| {
                let index = context.index();
                let place = index + usize::from(own.is_some_and(|own| index < own));
                if own != Some(index) && place < threads {
                    look_for_work(done);
                }
            });
        }
        work()
    })
}

/// Sets a flag where it ends.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// Does what other threads have to share, until all is done or there has been nothing for long.
fn look_for_work(done: &AtomicBool) {
    let mut since = Instant::now();
    while !done.load(Ordering::Acquire) && since.elapsed() < PATIENCE {
        if rayon::yield_now() == Some(Yield::Executed) {
            since = Instant::now();
        } else {
            (0..SPINS).for_each(|_| spin_loop());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;

    use rayon::ThreadPoolBuilder;
    use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};

    use super::*;

    fn in_pool<T: Send>(work: impl FnOnce() -> T + Send) -> T {
        let pool = ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        pool.install(work)
    }

    #[test]
    fn what_is_forked_is_done_however_many_stay_awake() {
        for threads in 0..5 {
            let sum = in_pool(|| {
                awake(threads, || -> u64 {
                    let rounds = (0..50_u64).map(|round| {
                        let parts = (0..20_u64).into_par_iter();
                        parts.map(|part| round * part).sum::<u64>()
                    });
                    rounds.sum()
                })
            });
            assert_eq!(sum, 1225 * 190, "{threads}");
        }
    }

    #[test]
    fn a_panic_ends_the_watch() {
        let broken = || in_pool(|| awake(3, || panic!("broken")));
        let panic = catch_unwind(broken).unwrap_err();
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"broken"));
    }

    #[test]
    fn a_thread_that_looks_in_vain_gives_up() {
        let started = Instant::now();
        in_pool(|| look_for_work(&AtomicBool::new(false)));
        assert!(started.elapsed() >= PATIENCE);
    }
}
