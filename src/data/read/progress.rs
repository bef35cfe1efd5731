//! How far reading has come, and whether somebody wants it to stop.

use std::cell::Cell;

use super::Watch;

/// Counts bytes of all files, of a second pass too, and tells the watcher.
pub(super) struct Progress<'a> {
    watch: &'a dyn Watch,
    total: Cell<u64>,
    done: Cell<u64>,
    shown: Cell<f32>,
}

impl<'a> Progress<'a> {
    /// Nothing of so many bytes is read.
    pub(super) fn new(watch: &'a dyn Watch, total: u64) -> Self {
        Self {
            watch,
            total: Cell::new(total),
            done: Cell::new(0),
            shown: Cell::new(0.0),
        }
    }

    /// More bytes are to be read than was known.
    pub(super) fn expect(&self, bytes: u64) {
        self.total.set(self.total.get() + bytes);
    }

    /// More bytes were read.
    pub(super) fn advance(&self, bytes: u64) {
        self.done.set(self.done.get() + bytes);
    }

    /// Tells the watcher, never less than before, and asks it; `true` means stop.
    pub(super) fn stopped(&self) -> bool {
        let fraction = self.done.get() as f64 / self.total.get().max(1) as f64;
        let fraction = (fraction.min(1.0) as f32).max(self.shown.get());
        self.shown.set(fraction);
        self.watch.progress(fraction);
        self.watch.cancelled()
    }
}
