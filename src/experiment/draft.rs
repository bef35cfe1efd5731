//! The experiment as the user writes it; it may be nonsense until it is checked.

use std::collections::BTreeMap;

use crate::data::{ColumnSpec, Missing, SplitSpec};
use crate::spec::{Choice, ParamValue};

/// An experiment file: data, variants, seeds and training settings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft {
    /// The title of the results and the report.
    pub name: String,
    /// One run of each variant for each of these.
    pub seeds: Vec<u64>,
    /// The table and its columns.
    pub data: DataDraft,
    /// The settings that all variants share.
    pub training: TrainingDraft,
    /// What is compared.
    pub variants: Vec<VariantDraft>,
}

impl Draft {
    /// The seeds of a file that names none.
    pub const DEFAULT_SEEDS: [u64; 3] = [1, 2, 3];

    /// The variants of a file that names none: sharing against separate models, both with equal weights.
    pub fn default_variants() -> Vec<VariantDraft> {
        let shared = VariantDraft {
            name: "shared, equal".to_owned(),
            tasks: None,
            structure: Choice::named("shared_bottom"),
            bottom: Some(VariantDraft::default_bottom()),
            towers: Some(VariantDraft::default_towers()),
            strategy: Choice::named("equal"),
        };
        let separate = VariantDraft {
            name: "separate".to_owned(),
            structure: Choice::named("separate"),
            strategy: Choice::named("equal"),
            ..VariantDraft::default()
        };
        vec![shared, separate]
    }
}

/// The table and its columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DataDraft {
    /// The files, relative to the experiment file; several are read one after another.
    pub paths: Vec<String>,
    /// Separate test files; empty: the split makes the test rows.
    pub test_paths: Vec<String>,
    /// Whether the first line names the columns; `None`: found out from the file.
    pub header: Option<bool>,
    /// What is done about a missing feature value.
    pub missing: Missing,
    /// How rows are divided.
    pub split: SplitSpec,
    /// Only what differs from the inferred role.
    pub columns: BTreeMap<String, ColumnSpec>,
}

/// The settings that all variants share.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainingDraft {
    /// Passes over the training rows, at the most.
    pub epochs: u32,
    /// Rows a step.
    pub batch_size: u32,
    /// The optimizer with its parameters, from the registry `train::optimizer::OPTIMIZERS`.
    pub optimizer: Choice,
    /// The learning-rate schedule, from the registry `train::schedule::SCHEDULES`.
    pub schedule: Choice,
    /// The width of every embedding.
    pub embedding_dim: u32,
    /// The L2 penalty on the embeddings that a batch touches, per row of the batch.
    pub l2_embedding: f64,
    /// The L2 penalty on the dense weights.
    pub l2_dnn: f64,
    /// The share of activations dropped in bottoms and towers, from 0 to below 1.
    pub dropout: f64,
    /// The non-linearity between layers, from the registry `model::activation::ACTIVATIONS`.
    pub activation: String,
    /// Whether each hidden layer is batch-normalized.
    pub batch_norm: bool,
    /// Whether the task weights of each step are scaled to the sum that equal weights have, whatever the strategy.
    pub normalize_weights: bool,
    /// Training rows on which the tasks' gradients are compared after each epoch; 0: never.
    pub gradient_rows: u32,
    /// The largest norm of a run's gradient; `None`: not clipped.
    pub clip_norm: Option<f64>,
    /// Epochs without a better validation before a run ends; `None`: never.
    pub early_stop: Option<u32>,
    /// Which epoch is reported.
    pub selection: Selection,
}

impl Default for TrainingDraft {
    fn default() -> Self {
        Self {
            epochs: 10,
            batch_size: 1024,
            optimizer: Choice::named("adam"),
            schedule: Choice::named("constant"),
            embedding_dim: 8,
            l2_embedding: 1e-5,
            l2_dnn: 0.0,
            dropout: 0.0,
            activation: "relu".to_owned(),
            batch_norm: false,
            normalize_weights: false,
            gradient_rows: 1024,
            clip_norm: None,
            early_stop: None,
            selection: Selection::Common,
        }
    }
}

/// Which epoch of a run is reported.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Hash)]
pub enum Selection {
    /// The best mean rank over tasks: one checkpoint.
    #[default]
    Common,
    /// Each task's own best: several checkpoints, not one model.
    PerTask,
    /// The last epoch.
    Last,
}

impl Selection {
    /// All selections.
    pub const ALL: [Self; 3] = [Self::Common, Self::PerTask, Self::Last];

    /// The word in the experiment file.
    pub fn id(self) -> &'static str {
        match self {
            Self::Common => "common",
            Self::PerTask => "per_task",
            Self::Last => "last",
        }
    }
}

/// One way of training that is compared.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VariantDraft {
    /// The name in charts and tables; unique.
    pub name: String,
    /// The labels that it is trained on; `None`: all of them. So it shows what a task does to the others.
    pub tasks: Option<Vec<String>>,
    /// How tasks share the network.
    pub structure: Choice,
    /// The network over the features; `None`: that of the first variant.
    pub bottom: Option<Choice>,
    /// The networks of the tasks; `None`: those of the first variant.
    pub towers: Option<TowersDraft>,
    /// How the task losses become one update.
    pub strategy: Choice,
}

impl VariantDraft {
    /// The bottom when the first variant names none.
    pub fn default_bottom() -> Choice {
        let units = ParamValue::Widths(vec![128, 128]);
        Choice {
            name: "mlp".to_owned(),
            params: BTreeMap::from([("units".to_owned(), units)]),
        }
    }

    /// The towers when the first variant names none.
    pub fn default_towers() -> TowersDraft {
        TowersDraft {
            default: vec![64, 32],
            per_task: BTreeMap::new(),
        }
    }
}

/// The widths of the towers.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct TowersDraft {
    /// The widths of every tower that is not named below.
    pub default: Vec<i64>,
    /// The widths of single tasks' towers.
    pub per_task: BTreeMap<String, Vec<i64>>,
}
