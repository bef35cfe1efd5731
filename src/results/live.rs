//! The results as they stand: every series and run, grown event by event, the same for a live training and a folder on disk.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::data::{DataCard, TaskKind};
use crate::experiment::Draft;
use crate::train::{At, DeviceInfo, Event, Outcome, Part, Status};

/// Everything known of one experiment's runs.
#[derive(Clone, Debug, Default)]
pub struct Results {
    /// The experiment, every default written out.
    pub draft: Draft,
    /// Facts about the data.
    pub card: DataCard,
    /// Where it was trained.
    pub device: DeviceInfo,
    /// The tasks in the order of the charts.
    pub tasks: Vec<TaskInfo>,
    /// The runs, by the index that events name: variant by variant, seed by seed.
    pub runs: Vec<Run>,
    /// Every series.
    pub series: BTreeMap<SeriesKey, Vec<Sample>>,
    /// Warnings that concern all runs.
    pub warnings: Vec<String>,
    /// Every task with a metric that some run has a point of.
    pub measured: BTreeSet<(String, String)>,
    /// Grows with every event, so that a view can tell whether it is stale.
    pub revision: u64,
    /// Differs from that of any other experiment's results in this process.
    pub identity: u64,
}

/// How many results there have been in this process.
static IDENTITIES: AtomicU64 = AtomicU64::new(1);

/// A task as the results know it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TaskInfo {
    /// The label's column.
    pub name: String,
    /// Binary or regression.
    pub kind: TaskKind,
    /// The id of the metric that is shown first and chooses the epoch.
    pub primary_metric: String,
}

/// One variant × one seed.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// The index of the variant in the draft.
    pub variant: usize,
    /// The seed.
    pub seed: u64,
    /// Trainable numbers; 0 until the run starts.
    pub parameters: usize,
    /// Queued, running, finished, …
    pub status: Status,
    /// How far it is, while it runs.
    pub progress: Option<Progress>,
    /// What it reached, once it ended.
    pub outcome: Option<Outcome>,
    /// Warnings, oldest first.
    pub log: Vec<String>,
    /// Whether it did not end by itself and the folder has the state to go on from.
    pub resumable: bool,
    /// The results' revision when it had its last point.
    pub revision: u64,
}

/// How far a run is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Progress {
    /// The epoch under way, from 1.
    pub epoch: u32,
    /// Epochs at the most.
    pub epochs: u32,
    /// Steps taken.
    pub step: u64,
    /// Steps at the most.
    pub steps: u64,
    /// Training seconds so far.
    pub seconds: f64,
}

/// Which series.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct SeriesKey {
    /// The run's index.
    pub run: usize,
    /// The task's name.
    pub task: String,
    /// A metric's id, `loss`, `weight`, or one of the gradients' [`crate::train::GRADIENT_NORM`] and
    /// [`crate::train::GRADIENT_COSINE`].
    pub metric: String,
    /// The other task of a number that belongs to two.
    pub other: Option<String>,
    /// The part of the data.
    pub split: Part,
}

/// One point of a series; points come in order of their step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// When.
    pub at: At,
    /// The value; NaN where it is undefined.
    pub value: f64,
}

impl Results {
    /// A number that no other results have.
    pub(super) fn new_identity() -> u64 {
        IDENTITIES.fetch_add(1, Ordering::Relaxed)
    }

    /// Takes in one event.
    pub fn apply(&mut self, event: &Event) {
        self.revision += 1;
        match event {
            Event::Started { device, runs } => {
                self.device = device.clone();
                let variants = &self.draft.variants;
                for (index, info) in runs.iter().enumerate() {
                    let variant = variants
                        .iter()
                        .position(|variant| variant.name == info.variant);
                    let fresh = Run {
                        variant: variant.unwrap_or(0),
                        seed: info.seed,
                        ..Run::default()
                    };
                    if index >= self.runs.len() {
                        self.runs.push(fresh);
                    }
                }
            }
            Event::RunStarted { run, parameters } => {
                if let Some(run) = self.runs.get_mut(*run) {
                    run.status = Status::Running;
                    run.parameters = *parameters;
                    // What a run reached before it was resumed is no longer how it ended.
                    run.outcome = None;
                    run.resumable = false;
                }
            }
            Event::Point(point) => self.add_point(point),
            Event::Progress {
                run,
                epoch,
                epochs,
                step,
                steps,
                seconds,
            } => {
                if let Some(run) = self.runs.get_mut(*run) {
                    run.status = Status::Running;
                    run.progress = Some(Progress {
                        epoch: *epoch,
                        epochs: *epochs,
                        step: *step,
                        steps: *steps,
                        seconds: *seconds,
                    });
                }
            }
            Event::Warning { run, message } => match run.and_then(|run| self.runs.get_mut(run)) {
                Some(run) => run.log.push(message.clone()),
                None => self.warnings.push(message.clone()),
            },
            Event::RunFinished { run, outcome } => {
                if let Some(run) = self.runs.get_mut(*run) {
                    run.status = outcome.status;
                    run.outcome = Some((**outcome).clone());
                }
            }
            Event::Finished => {}
        }
    }

    /// The values of one series, empty if there are none.
    pub fn samples(&self, key: &SeriesKey) -> &[Sample] {
        self.series.get(key).map_or(&[], Vec::as_slice)
    }

    /// The name of a run's variant.
    pub fn variant_name(&self, run: usize) -> &str {
        let variant = self
            .runs
            .get(run)
            .and_then(|run| self.draft.variants.get(run.variant));
        variant.map_or("", |variant| variant.name.as_str())
    }

    /// A resumed run repeats the steps since its last checkpoint; what it repeats replaces what was there.
    fn add_point(&mut self, point: &crate::train::Point) {
        let key = SeriesKey {
            run: point.run,
            task: point.task.clone(),
            metric: point.metric.clone(),
            other: point.other.clone(),
            split: point.split,
        };
        if let Some(run) = self.runs.get_mut(point.run) {
            run.revision = self.revision;
        }
        let samples = match self.series.entry(key) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                let measured = (point.task.clone(), point.metric.clone());
                self.measured.insert(measured);
                entry.insert(Vec::new())
            }
        };
        while samples
            .last()
            .is_some_and(|last| last.at.step >= point.at.step)
        {
            samples.pop();
        }
        samples.push(Sample {
            at: point.at,
            value: point.value.unwrap_or(f64::NAN),
        });
    }
}
