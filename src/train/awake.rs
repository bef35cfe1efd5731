//! Threads that stay awake between the parallel parts of a step.
//!
//! A step forks several times within a millisecond, and a thread without work falls asleep in less than the time of the
//! serial part between two of these. To wake it takes as long as a good part of a small batch.

use std::cell::Cell;
use std::hint::spin_loop;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rayon::Yield;

/// How long a thread looks for work in vain; a serial part of a step is shorter, and a pause is longer.
const PATIENCE: Duration = Duration::from_millis(2);
/// Turns of a thread between two looks, so that it does not get into the way of those that work.
const SPINS: usize = 64;

thread_local! {
    /// Whether this thread works or looks for work already: who waits for one part would else look for another's until
    /// that one is done.
    static IS_TAKEN: Cell<bool> = const { Cell::new(false) };
}

/// Does some work in the pool of this thread, or in the global one, so many of whose threads stay awake for it.
pub(super) fn awake<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    let (done, awake) = (AtomicBool::new(false), AtomicUsize::new(1));
    let (done, awake) = (&done, &awake);
    rayon::scope(move |scope| {
        let _taken = Taken::new();
        // Also where the work panics.
        let _over = Over(done);
        if threads > 1 {
            scope.spawn_broadcast(move |_, _| {
                if !IS_TAKEN.get() && awake.fetch_add(1, Ordering::Relaxed) < threads {
                    let _taken = Taken::new();
                    look_for_work(done);
                }
            });
        }
        work()
    })
}

/// Takes this thread until it is dropped.
struct Taken(bool);

impl Taken {
    fn new() -> Self {
        Self(IS_TAKEN.replace(true))
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        IS_TAKEN.set(self.0);
    }
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
    fn several_may_be_awake_side_by_side() {
        let nested = || awake(3, || awake(3, || (0..99_u64).into_par_iter().sum::<u64>()));
        let both = in_pool(|| rayon::join(nested, nested));
        assert_eq!(both, (4851, 4851));
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
