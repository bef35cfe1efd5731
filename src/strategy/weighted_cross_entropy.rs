//! One model for clicks and watch time: clicks weighted by how long was watched.

use super::equal::Equally;
use super::fusion::{Fusion, Goal, Reading};
use super::{Family, Strategy, StrategyConfig, StrategyEntry};
use crate::data::{Task, TaskKind, task_of};
use crate::error::Problem;
use crate::spec::{Choice, Paper, ParamKind, ParamSpec, Spec};

/// The entry `weighted_cross_entropy`.
///
/// The odds are `E[T]/(1 − P)` with `T` the watch time of an impression and `P` the share of clicks: near the expected
/// watch time where clicks are rare, and of no use where every row is one. A click that was not watched counts for
/// nothing, as in the paper. The click is scored by `σ(x)`, which ranks as the odds do but is no probability of a click.
#[derive(Debug)]
pub struct WeightedCrossEntropy;

static SPEC: Spec = Spec {
    id: "weighted_cross_entropy",
    label: "Weighted cross-entropy",
    summary: "One model for click and watch time: clicks weighted by watch time, the odds read as expected watch time",
    formula: "L = −Σ_clicked T·ln σ(x) − Σ_other ln(1 − σ(x));  E[T] ≈ e^x",
    paper: Some(Paper {
        citation: "P. Covington, J. Adams, E. Sargin, Deep Neural Networks for YouTube Recommendations, RecSys 2016",
        url: "https://doi.org/10.1145/2959100.2959190",
    }),
    params: &[
        ParamSpec {
            name: "click",
            meaning: "The label that makes a row positive",
            kind: ParamKind::Task { kind: "binary" },
        },
        ParamSpec {
            name: "watch_time",
            meaning: "The label that a positive row is weighted by, in its own unit",
            kind: ParamKind::Task { kind: "regression" },
        },
        ParamSpec {
            name: "cap",
            meaning: "Longer watch times count as this, so that a few rows do not outweigh all others",
            kind: ParamKind::Number {
                default: 1e6,
                min: 1e-6,
                max: 1e12,
            },
        },
    ],
};

impl StrategyEntry for WeightedCrossEntropy {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn family(&self) -> Family {
        Family::Fusion
    }

    fn fusion(&self, choice: &Choice, tasks: &[Task]) -> Result<Option<Fusion>, Problem> {
        let task = |param, kind| task_of(tasks, &choice.word(&SPEC, param), kind, param);
        let positive = task("click", TaskKind::Binary)?;
        let worth = task("watch_time", TaskKind::Regression)?;
        let mut readings = vec![Reading::Nothing; tasks.len()];
        readings[positive] = Reading::Probability;
        readings[worth] = Reading::Odds;
        Ok(Some(Fusion {
            carrier: positive,
            goal: Goal::Worth {
                positive,
                worth,
                cap: choice.number(&SPEC, "cap"),
            },
            readings,
        }))
    }

    fn build(&self, _choice: &Choice, _config: &StrategyConfig<'_>) -> Strategy {
        Strategy::weighting(Equally)
    }
}
