//! The sink that fills a results folder while training; a fault of the disk is kept and told, and training goes on.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use super::folder::Folder;
use super::live::Results;
use crate::error::Report;
use crate::experiment::Plan;
use crate::train::{Checkpoint, CheckpointKind, Event, Predictions, Sink};

/// Works out the comparisons of a summary, which belongs to a layer that this one does not know.
pub type Compare = Box<dyn Fn(&Results) -> Vec<serde_json::Value> + Send>;

/// The faults so far, the first of each kind, shared with whoever shows them.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<Vec<Report>>>);

impl Faults {
    /// Takes what was not taken before.
    pub fn take(&self) -> Vec<Report> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn add(&self, report: Report) {
        let mut faults = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        faults.push(report);
    }
}

/// Writes all that a training makes.
pub struct Recorder {
    folder: Folder,
    results: Results,
    compare: Compare,
    faults: Faults,
    told: Vec<String>,
}

impl Recorder {
    /// Fills a new folder; `base` is what the plan's data paths are relative to.
    ///
    /// # Errors
    /// If the experiment cannot be written.
    pub fn start(
        mut folder: Folder,
        plan: &Plan,
        base: &Path,
        compare: Compare,
    ) -> Result<Self, Report> {
        folder.write_experiment(plan.resolved(), base)?;
        folder.write_data_card(&plan.dataset().card)?;
        Ok(Self::resume(folder, Results::for_plan(plan), compare))
    }

    /// Goes on with a folder and what it holds.
    pub fn resume(folder: Folder, results: Results, compare: Compare) -> Self {
        Self {
            folder,
            results,
            compare,
            faults: Faults::default(),
            told: Vec::new(),
        }
    }

    /// Where faults are kept.
    pub fn faults(&self) -> Faults {
        self.faults.clone()
    }

    /// A full disk fails at every step; once is enough.
    fn keep(&mut self, done: Result<(), Report>) {
        if let Err(report) = done
            && !self.told.contains(&report.summary)
        {
            self.told.push(report.summary.clone());
            self.faults.add(report);
        }
    }
}

impl Sink for Recorder {
    fn event(&mut self, event: Event) {
        self.results.apply(&event);
        let appended = self.folder.append_event(&event);
        self.keep(appended);
        if matches!(event, Event::RunFinished { .. } | Event::Finished) {
            let comparisons = (self.compare)(&self.results);
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
        self.faults.take().into_iter().next()
    }
}
