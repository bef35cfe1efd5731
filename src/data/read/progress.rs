//! How far reading has come, and whether somebody wants it to stop.

use std::sync::atomic::{AtomicU64, Ordering};

use super::Watch;

/// Counts bytes of all files, of a second pass too, and tells the watcher.
pub(super) struct Progress<'a> {
    watch: &'a dyn Watch,
    total: AtomicU64,
    done: AtomicU64,
    /// What the watcher was told last, in billionths.
    shown: AtomicU64,
}

const BILLION: f64 = 1e9;

impl<'a> Progress<'a> {
    /// Nothing of so many bytes is read.
    pub(super) fn new(watch: &'a dyn Watch, total: u64) -> Self {
        Self {
            watch,
            total: AtomicU64::new(total),
            done: AtomicU64::new(0),
            shown: AtomicU64::new(0),
        }
    }

    /// More bytes are to be read than was known.
    pub(super) fn expect(&self, bytes: u64) {
        self.total.fetch_add(bytes, Ordering::Relaxed);
    }

    /// More bytes were read.
    pub(super) fn advance(&self, bytes: u64) {
        self.done.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Tells the watcher, never less than before, and asks it; `true` means stop.
    pub(super) fn stopped(&self) -> bool {
        let total = self.total.load(Ordering::Relaxed).max(1);
        let fraction = self.done.load(Ordering::Relaxed) as f64 / total as f64;
        let billionths = (fraction.min(1.0) * BILLION) as u64;
        let before = self.shown.fetch_max(billionths, Ordering::Relaxed);
        let fraction = before.max(billionths) as f64 / BILLION;
        self.watch.progress(fraction as f32);
        self.watch.cancelled()
    }
}
