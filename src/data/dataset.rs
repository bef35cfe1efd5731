//! The encoded data: what training reads, in plain host memory.

use std::sync::Arc;

use super::column_spec::{Pooling, TaskKind};
use crate::error::Problem;

/// Encoded features, labels and the split.
#[derive(Clone, Debug, Default)]
pub struct Dataset {
    /// The number of rows.
    pub num_rows: usize,
    /// The sparse fields, in the order of the axis `field` of [`Self::sparse_ids`].
    pub sparse_fields: Vec<SparseField>,
    /// `[num_rows, num_sparse]`, row-major: ids within the field, from 0 to `vocabulary - 1`.
    pub sparse_ids: Arc<Vec<u32>>,
    /// The lists of ids, in table order.
    pub sequences: Vec<Sequence>,
    /// The names of the dense inputs, missing indicators among them, in the order of the axis of [`Self::dense`].
    pub dense_names: Vec<String>,
    /// `[num_rows, num_dense]`, row-major: scaled, finite.
    pub dense: Arc<Vec<f32>>,
    /// The tasks in the order of the axis `task` of [`Self::labels`].
    pub tasks: Vec<Task>,
    /// For each task the place of the one that comes before it, if a column says so.
    pub before: Vec<Option<usize>>,
    /// `[num_rows, num_tasks]`, row-major: 0 or 1 for binary, the scaled label for regression, NaN where missing.
    pub labels: Arc<Vec<f32>>,
    /// The group of each row for GAUC, if a column is marked as group.
    pub groups: Option<Arc<Vec<u32>>>,
    /// The row numbers of the three parts, ascending.
    pub split: Split,
    /// Facts about the data that the results folder keeps.
    pub card: DataCard,
}

impl Dataset {
    /// What a row has in each sparse field.
    pub fn fields_of(&self, row: u32) -> &[u32] {
        let start = row as usize * self.sparse_fields.len();
        &self.sparse_ids[start..start + self.sparse_fields.len()]
    }

    /// What a row has in each list, filled up with nothing to its greatest length.
    pub fn items_of(&self, row: u32) -> impl Iterator<Item = Option<u32>> {
        self.sequences.iter().flat_map(move |list| {
            let items = list.items(row);
            (0..list.field.len).map(move |place| items.get(place).copied())
        })
    }
}

/// One categorical input.
#[derive(Clone, Debug)]
pub struct SparseField {
    /// The column.
    pub name: String,
    /// The number of ids: 0 is unseen in training or too rare, 1 is missing, then the values in order of first appearance in training.
    pub vocabulary: usize,
    /// The width of its embeddings; `None`: that of all.
    pub embedding_dim: Option<usize>,
}

/// One list of ids a row.
#[derive(Clone, Debug)]
pub struct Sequence {
    /// What a network must know of it.
    pub field: SequenceField,
    /// Where each row's items begin, and the end of the last.
    pub offsets: Arc<Vec<usize>>,
    /// The ids of the items, row by row, the newest last.
    pub ids: Arc<Vec<u32>>,
}

impl Sequence {
    /// The items of a row.
    pub fn items(&self, row: u32) -> &[u32] {
        &self.ids[self.offsets[row as usize]..self.offsets[row as usize + 1]]
    }
}

/// A categorical input that has several values in a row.
#[derive(Clone, Debug)]
pub struct SequenceField {
    /// The column.
    pub name: String,
    /// The place of the sparse field that it attends to, whose ids and embeddings it shares.
    pub target: Option<usize>,
    /// The number of ids, as in [`SparseField`].
    pub vocabulary: usize,
    /// The width of its embeddings; `None`: that of all, or of the field whose embeddings it shares.
    pub embedding_dim: Option<usize>,
    /// The most items of a row.
    pub len: usize,
    /// How its items become one vector.
    pub pooling: Pooling,
}

/// A label to predict.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// The column.
    pub name: String,
    /// Binary or regression.
    pub kind: TaskKind,
    /// How a scaled regression label goes back to its own scale; `None` for binary.
    pub unscale: Option<Unscale>,
}

impl Task {
    /// A prediction or label on the label's own scale; as it is for binary.
    pub fn unscaled(&self, value: f32) -> f32 {
        self.unscale
            .as_ref()
            .map_or(value, |unscale| unscale.apply(f64::from(value)) as f32)
    }
}

/// The place of a task of this kind: the one of this name, or the first if the name is empty.
///
/// # Errors
/// There is none, or it is of another kind; the problem's place is `param`.
pub fn task_of(tasks: &[Task], name: &str, kind: TaskKind, param: &str) -> Result<usize, Problem> {
    let fits = |task: &Task| task.kind == kind && (name.is_empty() || task.name == name);
    tasks.iter().position(fits).ok_or_else(|| {
        let found = tasks.iter().find(|task| task.name == name);
        let problem = Problem::new(param, "there is no such label")
            .expected(format!("the name of a {} label", kind.id()));
        match found {
            Some(task) => problem.found(format!("{name}, which is {}", task.kind.id())),
            None => problem,
        }
    })
}

/// The way back from a scaled label.
#[derive(Clone, Debug, PartialEq)]
pub enum Unscale {
    /// `y = mean + deviation·z`, then `sign(y)·(e^|y| − 1)` if `log`.
    Affine {
        /// The mean of the training labels.
        mean: f64,
        /// Their standard deviation.
        deviation: f64,
        /// Whether the label was put on the log scale before.
        log: bool,
    },
    /// Linear interpolation in the sorted training quantiles at the normal probabilities of `z`.
    Quantiles(Arc<Vec<f64>>),
}

/// The row numbers of the three parts.
#[derive(Clone, Debug, Default)]
pub struct Split {
    /// Rows to learn from.
    pub train: Arc<Vec<u32>>,
    /// Rows to choose the epoch by.
    pub validation: Arc<Vec<u32>>,
    /// Rows to report on.
    pub test: Arc<Vec<u32>>,
}

/// Facts about the data.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct DataCard {
    /// A hash of the encoded content; equal data have equal fingerprints on every machine.
    pub fingerprint: String,
    /// Rows read, before any were dropped.
    pub rows: usize,
    /// Rows of each part.
    pub train: usize,
    /// Rows of each part.
    pub validation: usize,
    /// Rows of each part.
    pub test: usize,
    /// Rows left out because a feature was missing.
    pub dropped: usize,
    /// What is known of each label.
    pub labels: Vec<LabelCard>,
    /// Warnings in words.
    pub warnings: Vec<String>,
}

/// Facts about one label.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct LabelCard {
    /// The task.
    pub task: String,
    /// `binary` or `regression`.
    pub kind: String,
    /// Rows with this label in train, validation and test.
    pub labeled: [usize; 3],
    /// The mean of the label on its own scale (binary: the share of positives) in train, validation and test; `None` without labels.
    pub mean: [Option<f64>; 3],
}
