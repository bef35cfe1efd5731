//! Writes what training tells into the results folder as it comes.

use std::sync::{Arc, Mutex, PoisonError};

use crate::analysis::compare_all;
use crate::error::Report;
use crate::results::{Folder, Results};
use crate::train::{Checkpoint, CheckpointKind, Event, Predictions, Sink};

/// The first thing that could not be written, if any.
pub type SharedFailure = Arc<Mutex<Option<Report>>>;

/// A sink that keeps everything in a results folder.
///
/// What cannot be written (a full disk) is kept as a failure and stops nothing by itself.
#[derive(Debug)]
pub struct Recorder {
    folder: Folder,
    results: Results,
    baseline: String,
    failure: SharedFailure,
}

impl Recorder {
    /// Records into a folder, beginning with what `results` has already.
    pub fn new(folder: Folder, results: Results) -> Self {
        let baseline = results.draft.baseline().to_owned();
        Self { folder, results, baseline, failure: SharedFailure::default() }
    }

    /// Where the first failure will be found.
    pub fn failure(&self) -> SharedFailure {
        Arc::clone(&self.failure)
    }

    fn keep(&self, outcome: Result<(), Report>) {
        if let Err(report) = outcome {
            let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
            failure.get_or_insert(report);
        }
    }
}

impl Sink for Recorder {
    fn event(&mut self, event: Event) {
        self.results.apply(&event);
        let written = self.folder.append_event(&event);
        self.keep(written);
        if matches!(event, Event::RunFinished { .. } | Event::Finished) {
            let comparisons = compare_all(&self.results, &self.baseline);
            let written = self.folder.write_summary(&self.results, &comparisons);
            self.keep(written);
        }
    }

    fn checkpoint(&mut self, run: usize, kind: CheckpointKind, checkpoint: &Checkpoint) {
        let written = self.folder.write_checkpoint(run, kind, checkpoint);
        self.keep(written);
    }

    fn predictions(&mut self, run: usize, predictions: &Predictions) {
        let written = self.folder.write_predictions(run, predictions);
        self.keep(written);
    }

    fn take_failure(&mut self) -> Option<Report> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
