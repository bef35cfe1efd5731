//! The results of an experiment whose training has not begun.

use super::live::{Results, Run, TaskInfo};
use crate::data::TaskKind;
use crate::experiment::{Draft, Plan};

/// The id of the metric that is shown first and chooses the epoch.
pub fn primary_metric(kind: TaskKind) -> &'static str {
    match kind {
        TaskKind::Binary => "auc",
        TaskKind::Regression => "rmse",
    }
}

impl TaskInfo {
    /// A task with its kind's own metric.
    pub fn new(name: impl Into<String>, kind: TaskKind) -> Self {
        Self {
            name: name.into(),
            kind,
            primary_metric: primary_metric(kind).to_owned(),
        }
    }
}

impl Results {
    /// All runs queued.
    pub fn for_plan(plan: &Plan) -> Self {
        let dataset = plan.dataset();
        let tasks = dataset
            .tasks
            .iter()
            .map(|task| TaskInfo::new(&task.name, task.kind))
            .collect();
        Self {
            card: dataset.card.clone(),
            tasks,
            ..Self::for_draft(plan.resolved().clone())
        }
    }

    /// All runs queued, nothing known of the data.
    pub(super) fn for_draft(draft: Draft) -> Self {
        let run = |(variant, seed)| Run {
            variant,
            seed,
            ..Run::default()
        };
        let runs = draft.runs().into_iter().map(run).collect();
        Self {
            draft,
            runs,
            identity: Self::new_identity(),
            ..Self::default()
        }
    }
}
