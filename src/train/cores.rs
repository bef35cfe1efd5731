//! The cores, shared out among the cohorts that train side by side.
//!
//! Where there are as many cohorts as cores, each has one to itself: what it works on stays in that core's cache, and it
//! never waits for another core in the middle of a step. The last ones have several, and a single one has them all.

use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::{ThreadPool, ThreadPoolBuilder};

use super::awake::awake;
use super::turns::Turns;

/// The cores of a training.
#[derive(Debug)]
pub(super) struct Cores {
    turns: Turns,
    /// `None`: cohorts use whatever there is, one at a time.
    number: Option<usize>,
    /// Cohorts that are training or wait for their turn.
    cohorts: AtomicUsize,
}

/// What one cohort at a time has of the cores.
#[derive(Debug)]
pub(super) struct Share<'a> {
    cores: &'a Cores,
    /// Its threads where it does not have all cores.
    pool: Option<ThreadPool>,
}

impl Cores {
    /// So many cores, each of which a cohort may have to itself.
    pub fn new(number: usize) -> Self {
        Self {
            turns: Turns::new(number),
            number: Some(number.max(1)),
            cohorts: AtomicUsize::new(0),
        }
    }

    /// One device that all cohorts use in turns.
    pub fn of_device() -> Self {
        Self {
            turns: Turns::new(1),
            number: None,
            cohorts: AtomicUsize::new(0),
        }
    }

    /// A share for the cohorts that one thread trains.
    pub fn share(&self) -> Share<'_> {
        self.cohorts.fetch_add(1, Ordering::Relaxed);
        Share {
            cores: self,
            pool: None,
        }
    }

    /// The threads of a share as long as there are so many, or `None` for all of them.
    fn threads(&self) -> Option<usize> {
        let number = self.number?;
        let threads = number.div_ceil(self.cohorts.load(Ordering::Relaxed).max(1));
        (threads < number).then_some(threads)
    }
}

impl Share<'_> {
    /// Waits for a turn and does some work in it.
    pub fn turn<T: Send>(&mut self, work: impl FnOnce() -> T + Send) -> T {
        let _turn = self.cores.turns.take();
        let threads = self.cores.threads();
        if self.pool.as_ref().map(ThreadPool::current_num_threads) != threads {
            let build = |threads| ThreadPoolBuilder::new().num_threads(threads).build().ok();
            self.pool = threads.and_then(build);
        }
        match &self.pool {
            Some(pool) => pool.install(work),
            None => work(),
        }
    }

    /// A turn of many short steps, each of which so many threads share, or all there are; on the host these stay awake
    /// from one to the next.
    pub fn turn_of_steps<T: Send>(&mut self, threads: usize, work: impl FnOnce() -> T + Send) -> T {
        match self.cores.number {
            Some(_) => self.turn(|| awake(threads, work)),
            None => self.turn(work),
        }
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        self.cores.cohorts.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn threads_of(share: &mut Share<'_>) -> usize {
        share.turn(rayon::current_num_threads)
    }

    #[test]
    fn cohorts_share_the_cores_and_the_last_has_them_all() {
        let all = rayon::current_num_threads();
        let cores = Cores::new(6);
        let mut first = cores.share();
        assert_eq!(threads_of(&mut first), all);
        let mut second = cores.share();
        assert_eq!(threads_of(&mut first), 3);
        let others: Vec<Share<'_>> = (0..6).map(|_| cores.share()).collect();
        assert_eq!(threads_of(&mut second), 1);
        drop((first, others));
        assert_eq!(threads_of(&mut second), all);
    }

    #[test]
    fn a_device_is_told_what_to_do_by_all_threads_there_are() {
        let all = rayon::current_num_threads();
        let device = Cores::of_device();
        let mut shares = [device.share(), device.share()];
        assert_eq!(threads_of(&mut shares[0]), all);
    }
}
