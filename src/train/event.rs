//! What training tells while it runs: typed, serialisable, a line each in `events.jsonl`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// One thing that happened. A run is named by its index in [`Event::Started`].
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Training begins (or goes on, after a resume).
    Started {
        /// Where it runs.
        device: DeviceInfo,
        /// All runs in the order of their indices.
        runs: Vec<RunInfo>,
    },
    /// A run's first step is about to be taken.
    RunStarted {
        /// The run.
        run: usize,
        /// Its trainable numbers, embeddings included.
        parameters: usize,
    },
    /// One point of one series.
    Point(Point),
    /// How far a run is.
    Progress {
        /// The run.
        run: usize,
        /// The epoch under way, from 1.
        epoch: u32,
        /// Epochs at the most.
        epochs: u32,
        /// Steps taken.
        step: u64,
        /// Steps at the most.
        steps: u64,
        /// Training seconds so far.
        seconds: f64,
    },
    /// Something the user should know.
    Warning {
        /// The run, or `None` when it concerns all.
        run: Option<usize>,
        /// In words.
        message: String,
    },
    /// A run has ended, one way or another.
    RunFinished {
        /// The run.
        run: usize,
        /// How it ended and what it reached.
        outcome: Box<Outcome>,
    },
    /// Nothing more will come.
    Finished,
}

/// Where training runs.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub struct DeviceInfo {
    /// The adapter's or processor's name.
    pub name: String,
    /// `wgpu` or `flex`.
    pub backend: String,
}

/// Which variant and seed a run is.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct RunInfo {
    /// The variant's name.
    pub variant: String,
    /// The seed.
    pub seed: u64,
}

/// The part of the data that a number belongs to.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Rows to learn from.
    Train,
    /// Rows to choose the epoch by.
    Validation,
    /// Rows to report on.
    Test,
}

/// The metric id of the length of a task's gradient on what the tasks share.
pub const GRADIENT_NORM: &str = "gradient_norm";
/// The metric id of the cosine between two tasks' gradients on what the tasks share; below 0 they conflict.
pub const GRADIENT_COSINE: &str = "gradient_cosine";

/// The metric id of the mean share that a task's gate gives to an expert, which is [`Point::other`].
pub const GATE: &str = "gate";

/// One point of one series.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Point {
    /// The run.
    pub run: usize,
    /// The task's name.
    pub task: String,
    /// The part of the data.
    pub split: Part,
    /// A metric's id, `loss` (the task's own unweighted training loss), `weight` (the task weight in force),
    /// [`GRADIENT_NORM`], [`GRADIENT_COSINE`] or [`GATE`].
    pub metric: String,
    /// The other task of a number that belongs to two, or the expert that a gate gives a share to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<String>,
    /// When.
    #[serde(flatten)]
    pub at: At,
    /// The value; `None` where it is undefined.
    pub value: Option<f64>,
}

/// When something was measured, on all four clocks.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct At {
    /// Steps taken.
    pub step: u64,
    /// Epochs done, with a fraction inside an epoch.
    pub epoch: f64,
    /// Training rows seen.
    pub samples: u64,
    /// Seconds of training (evaluation and pauses left out).
    pub seconds: f64,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Not started yet.
    #[default]
    Queued,
    /// Under way.
    Running,
    /// All epochs, or stopped early by patience.
    Finished,
    /// Ended by the user; its curves are kept.
    Stopped,
    /// Broke.
    Failed,
    /// A loss or a weight was no longer finite.
    Diverged,
}

/// Scores by task name, then by metric id; an undefined score is `null`.
pub type Scores = BTreeMap<String, BTreeMap<String, Option<f64>>>;

/// How a run ended and what it reached.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Outcome {
    /// How it ended.
    pub status: Status,
    /// The reported epoch, from 1; of `per_task`: the last of the tasks' epochs. `None` if no epoch was evaluated.
    pub best_epoch: Option<u32>,
    /// Training seconds.
    pub seconds: f64,
    /// Training samples seen a second; each of the networks of `separate` counts the rows that it sees.
    pub samples_per_second: f64,
    /// Scores at the reported epoch.
    pub validation: Scores,
    /// Scores at the reported epoch.
    pub test: Scores,
    /// The other selections by their word: `common`, `per_task`, `last`, as far as they are not the reported one.
    #[serde(default)]
    pub selections: BTreeMap<String, Selected>,
    /// The mean task weights of the run.
    pub task_weights: BTreeMap<String, f64>,
    /// Why it failed or diverged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The scores of one way of choosing the epoch.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Selected {
    /// The epoch of each task, from 1.
    pub epochs: BTreeMap<String, u32>,
    /// Scores at those epochs.
    pub validation: Scores,
    /// Scores at those epochs.
    pub test: Scores,
}

/// The weights of a run, with names that PyTorch people understand.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Checkpoint {
    /// Name, shape and values of each tensor.
    pub tensors: Vec<NamedTensor>,
    /// Facts in words, such as the epoch.
    pub facts: BTreeMap<String, String>,
}

/// One tensor on the host.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedTensor {
    /// Such as `bottom.0.weight`.
    pub name: String,
    /// Row-major.
    pub shape: Vec<usize>,
    /// As many as the shape says.
    pub values: Vec<f32>,
}

/// Scores of the test rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Predictions {
    /// The rows' numbers in the data, as long as every list below.
    pub rows: Vec<u32>,
    /// By task: name, labels (NaN where missing) and scores, on the label's own scale (binary: probabilities).
    pub tasks: Vec<TaskPredictions>,
}

/// Scores of one task.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TaskPredictions {
    /// The task.
    pub task: String,
    /// NaN where missing.
    pub labels: Vec<f32>,
    /// Probabilities for binary.
    pub scores: Vec<f32>,
}

/// Where training puts what it makes. Called from several cohorts, one at a time.
pub trait Sink: Send {
    /// Something happened.
    fn event(&mut self, event: Event);
    /// A run's best weights (at its end) or the state that a resume needs (after each epoch).
    fn checkpoint(&mut self, run: usize, kind: CheckpointKind, checkpoint: &Checkpoint);
    /// A run's test scores, if asked for.
    fn predictions(&mut self, run: usize, predictions: &Predictions);
    /// The first thing that could not be kept since the last call; training ends when there is one.
    fn take_failure(&mut self) -> Option<crate::error::Report> {
        None
    }
}

/// What a checkpoint is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum CheckpointKind {
    /// The weights of the reported epoch.
    Best,
    /// Everything that a resume needs.
    Resume,
}
