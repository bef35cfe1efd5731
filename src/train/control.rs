//! Pause, resume, stop and skip: flags that training looks at before each step.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// The handle that both sides hold.
#[derive(Clone, Debug, Default)]
pub struct Control {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    stopped: AtomicBool,
    paused: Mutex<bool>,
    changed: Condvar,
    skipped: Mutex<Vec<usize>>,
}

impl Control {
    /// Holds all runs before their next step.
    pub fn pause(&self) {
        self.set_paused(true);
    }

    /// Lets all runs go on.
    pub fn resume(&self) {
        self.set_paused(false);
    }

    /// Ends all runs; their curves and best weights are kept.
    pub fn stop(&self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        self.set_paused(false);
    }

    /// Ends one run; its curves and best weights are kept.
    pub fn skip(&self, run: usize) {
        self.shared
            .skipped
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(run);
    }

    /// Whether runs are held.
    pub fn is_paused(&self) -> bool {
        *self
            .shared
            .paused
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether all runs are to end.
    pub fn is_stopped(&self) -> bool {
        self.shared.stopped.load(Ordering::SeqCst)
    }

    /// Whether a run is to end.
    pub fn is_skipped(&self, run: usize) -> bool {
        let skipped = self
            .shared
            .skipped
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        self.is_stopped() || skipped.contains(&run)
    }

    /// Blocks while paused.
    pub(super) fn wait_while_paused(&self) {
        let paused = self
            .shared
            .paused
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let waited = self.shared.changed.wait_while(paused, |paused| *paused);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }

    fn set_paused(&self, value: bool) {
        *self
            .shared
            .paused
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = value;
        self.shared.changed.notify_all();
    }
}
