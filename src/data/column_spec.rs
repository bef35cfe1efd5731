//! What a column is for: its role and the settings of that role, as the user writes them.

/// What a column is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A category or id, looked up in an embedding table.
    Sparse,
    /// A number, scaled.
    Dense,
    /// A list of ids.
    Sequence,
    /// A task to predict.
    Label,
    /// Not used.
    Ignore,
}

impl Role {
    /// All roles in the order of the combo box.
    pub const ALL: [Self; 5] = [
        Self::Sparse,
        Self::Dense,
        Self::Sequence,
        Self::Label,
        Self::Ignore,
    ];

    /// The word in the experiment file.
    pub fn id(self) -> &'static str {
        match self {
            Self::Sparse => "sparse",
            Self::Dense => "dense",
            Self::Sequence => "sequence",
            Self::Label => "label",
            Self::Ignore => "ignore",
        }
    }
}

/// What kind of label a task predicts.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskKind {
    /// Yes or no; binary cross-entropy on logits.
    Binary,
    /// A number; squared error on the scaled label.
    Regression,
}

impl TaskKind {
    /// All kinds.
    pub const ALL: [Self; 2] = [Self::Binary, Self::Regression];

    /// The word in the experiment file.
    pub fn id(self) -> &'static str {
        match self {
            Self::Binary => "binary",
            Self::Regression => "regression",
        }
    }
}

/// How a number is brought to a common size; fitted on the training rows alone.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub enum Scale {
    /// Mean 0, standard deviation 1.
    Standard,
    /// `sign(x)·ln(1 + |x|)`, then standard.
    LogStandard,
    /// Rank among the training values, then the normal quantile of it.
    Quantile,
    /// As it is.
    None,
}

impl Scale {
    /// All scales.
    pub const ALL: [Self; 4] = [
        Self::Standard,
        Self::LogStandard,
        Self::Quantile,
        Self::None,
    ];

    /// The word in the experiment file.
    pub fn id(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::LogStandard => "log_standard",
            Self::Quantile => "quantile",
            Self::None => "none",
        }
    }
}

/// What is done about a missing feature value.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Hash)]
pub enum Missing {
    /// Dense: the mean and an indicator column; sparse: an id of its own.
    #[default]
    Impute,
    /// The row is left out.
    Drop,
}

impl Missing {
    /// Both ways.
    pub const ALL: [Self; 2] = [Self::Impute, Self::Drop];

    /// The word in the experiment file.
    pub fn id(self) -> &'static str {
        match self {
            Self::Impute => "impute",
            Self::Drop => "drop",
        }
    }
}

/// How the items of a list become one vector.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Hash)]
pub enum Pooling {
    /// Their mean; nothing of an empty list.
    #[default]
    Mean,
    /// Their sum.
    Sum,
}

impl Pooling {
    /// Both ways.
    pub const ALL: [Self; 2] = [Self::Mean, Self::Sum];

    /// The word in the experiment file.
    pub fn id(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Sum => "sum",
        }
    }
}

/// The settings of one column; `None` stands for what the data suggest.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ColumnSpec {
    /// What the column is for.
    pub role: Option<Role>,
    /// Label only: what kind of task it is.
    pub task: Option<TaskKind>,
    /// Binary label only: the value that counts as yes (default: `1`, `true`, `yes`, or the larger of two numbers).
    pub positive: Option<String>,
    /// Binary label only: the binary label that comes before it, such as a click before a purchase.
    pub after: Option<String>,
    /// Dense feature or regression label: how it is scaled.
    pub scale: Option<Scale>,
    /// Sparse: ids seen less often in training share one id (default 1: every id is kept).
    pub min_count: Option<u32>,
    /// Sparse or sequence: ids are the hashes of the values, so many in all (default: every value has an id of its own).
    pub hash_buckets: Option<u32>,
    /// Sparse or sequence: the width of the embeddings (default: that of the training settings).
    pub embedding_dim: Option<u32>,
    /// Whether GAUC groups rows by this column.
    pub group: bool,
    /// Sequence in a text file: what stands between two items.
    pub separator: Option<String>,
    /// Sequence: the sparse column that it attends to, whose ids and embeddings it shares.
    pub attends_to: Option<String>,
    /// Sequence: only the last so many items are used (default 20).
    pub max_len: Option<u32>,
    /// Sequence: how its items become one vector, unless the bottom weighs them by what they attend to (default: mean).
    pub pooling: Option<Pooling>,
}

/// How rows are divided into training, validation and test.
#[derive(Clone, Debug, PartialEq)]
pub struct SplitSpec {
    /// The way of dividing.
    pub method: SplitMethod,
    /// The share of validation rows, from 0 to 1 (not used by `column`).
    pub validation: f64,
    /// The share of test rows, from 0 to 1 (not used by `column`).
    pub test: f64,
    /// The seed of `random` and `group`.
    pub seed: u64,
    /// The column of `time`, `group` and `column`.
    pub column: Option<String>,
}

impl Default for SplitSpec {
    fn default() -> Self {
        Self {
            method: SplitMethod::Random,
            validation: 0.1,
            test: 0.1,
            seed: 0,
            column: None,
        }
    }
}

/// A way of dividing rows.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Hash)]
pub enum SplitMethod {
    /// Each row by lot.
    Random,
    /// Sorted by a column: the latest rows are the test.
    Time,
    /// By lot, but no value of a column on two sides.
    Group,
    /// A column says `train`, `validation` or `test`.
    Column,
}

impl SplitMethod {
    /// All ways in the order of the combo box.
    pub const ALL: [Self; 4] = [Self::Random, Self::Time, Self::Group, Self::Column];

    /// The word in the experiment file.
    pub fn id(self) -> &'static str {
        match self {
            Self::Random => "random",
            Self::Time => "time",
            Self::Group => "group",
            Self::Column => "column",
        }
    }
}
