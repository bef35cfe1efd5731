//! Small registries, data and plans for tests.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Draft, Plan, Registries};
use crate::data::{DataCard, Dataset, LabelCard, SparseField, Split, Task, TaskKind};
use crate::spec::{ParamKind, ParamSpec, Spec};

const fn spec(id: &'static str, label: &'static str, params: &'static [ParamSpec]) -> Spec {
    Spec {
        id,
        label,
        summary: "…",
        formula: "",
        paper: None,
        params,
    }
}

const fn param(name: &'static str, kind: ParamKind) -> ParamSpec {
    ParamSpec {
        name,
        meaning: "…",
        kind,
    }
}

static SHARED: Spec = spec("shared_bottom", "Shared bottom", &[]);
static SEPARATE: Spec = spec("separate", "Separate models", &[]);
static MMOE: Spec = spec(
    "mmoe",
    "MMoE",
    &[param(
        "experts",
        ParamKind::Integer {
            default: 4,
            min: 1,
            max: 64,
        },
    )],
);
static PEPNET: Spec = spec("pepnet", "PEPNet", &[param("prior", ParamKind::Columns)]);
static MLP: Spec = spec(
    "mlp",
    "MLP",
    &[param(
        "units",
        ParamKind::Widths {
            default: &[128, 128],
            min: 1,
            max: 8192,
        },
    )],
);
static RELU: Spec = spec("relu", "ReLU", &[]);
static TANH: Spec = spec("tanh", "tanh", &[]);
static EQUAL: Spec = spec("equal", "Equal", &[]);
static MANUAL: Spec = spec(
    "manual",
    "Manual",
    &[param(
        "weights",
        ParamKind::PerTask {
            default: 1.0,
            min: 0.0,
            max: 100.0,
        },
    )],
);
static GRADNORM: Spec = spec(
    "gradnorm",
    "GradNorm",
    &[
        param(
            "alpha",
            ParamKind::Number {
                default: 1.5,
                min: 0.0,
                max: 10.0,
            },
        ),
        param("detach", ParamKind::Flag { default: true }),
        param(
            "norm",
            ParamKind::Choice {
                default: "l2",
                options: &["l1", "l2"],
            },
        ),
    ],
);
static ADAM: Spec = spec(
    "adam",
    "Adam",
    &[param(
        "lr",
        ParamKind::Number {
            default: 0.001,
            min: 0.0,
            max: 1.0,
        },
    )],
);
static SGD: Spec = spec(
    "sgd",
    "SGD",
    &[param(
        "lr",
        ParamKind::Number {
            default: 0.01,
            min: 0.0,
            max: f64::MAX,
        },
    )],
);
static CONSTANT: Spec = spec("constant", "Constant", &[]);

/// A few entries of every kind, with every kind of parameter.
pub(crate) fn registries() -> Registries<'static> {
    Registries {
        structures: vec![&SHARED, &SEPARATE, &MMOE, &PEPNET],
        bottoms: vec![&MLP],
        activations: vec![&RELU, &TANH],
        strategies: vec![&EQUAL, &MANUAL, &GRADNORM],
        optimizers: vec![&ADAM, &SGD],
        schedules: vec![&CONSTANT],
    }
}

/// Six rows, a binary and a regression task.
pub(crate) fn dataset() -> Arc<Dataset> {
    let task = |name: &str, kind| Task {
        name: name.to_owned(),
        kind,
        unscale: None,
    };
    let label = |task: &str, kind: &str| LabelCard {
        task: task.to_owned(),
        kind: kind.to_owned(),
        labeled: [4, 1, 1],
        mean: [Some(0.1), Some(1.0 / 3.0), None],
    };
    Arc::new(Dataset {
        num_rows: 6,
        sparse_fields: vec![SparseField {
            name: "user_id".to_owned(),
            vocabulary: 4,
            embedding_dim: None,
        }],
        sequences: Vec::new(),
        sparse_ids: Arc::new(vec![0, 1, 2, 3, 2, 1]),
        dense_names: Vec::new(),
        dense: Arc::default(),
        tasks: vec![
            task("watch", TaskKind::Regression),
            task("click", TaskKind::Binary),
        ],
        before: vec![None, None],
        labels: Arc::new(vec![0.0; 12]),
        groups: None,
        split: Split {
            train: Arc::new(vec![0, 1, 2, 3]),
            validation: Arc::new(vec![4]),
            test: Arc::new(vec![5]),
        },
        card: DataCard {
            fingerprint: "f00d".to_owned(),
            rows: 6,
            train: 4,
            validation: 1,
            test: 1,
            dropped: 0,
            labels: vec![label("watch", "regression"), label("click", "binary")],
            warnings: vec!["few rows".to_owned()],
        },
    })
}

/// A draft that passes the check.
pub(crate) fn draft() -> Draft {
    let mut draft = Draft {
        name: "short video".to_owned(),
        seeds: vec![1, 2],
        variants: Draft::default_variants(),
        ..Draft::default()
    };
    draft.data.paths = vec!["click.csv".to_owned()];
    draft.data.columns =
        BTreeMap::from([("user_id".to_owned(), crate::data::ColumnSpec::default())]);
    draft
}

/// The plan of [`draft`].
pub(crate) fn plan() -> Plan {
    Plan::new(&draft(), dataset(), &registries()).unwrap()
}
