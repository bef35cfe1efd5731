//! One model for several actions: a row weighs what its actions are worth together.

use super::equal::Equally;
use super::fusion::{Fusion, Goal, Reading};
use super::{Family, Strategy, StrategyConfig, StrategyEntry};
use crate::data::{Task, TaskKind, task_of};
use crate::error::Problem;
use crate::spec::{Choice, ParamKind, ParamSpec, Spec};

/// The entry `sample_weights`.
///
/// A row is positive if any action of a weight above 0 was taken, and weighs what its actions are worth together, such
/// as `0.3·click + 0.7·finish`; a row without one weighs 1. A missing label adds nothing, as what was not clicked was
/// not finished either. Regression labels take no part. Each action is scored by
/// `σ(x)`, which ranks by the expected worth and is no probability of the action.
#[derive(Debug)]
pub struct SampleWeights;

static SPEC: Spec = Spec {
    id: "sample_weights",
    label: "Sample weights",
    summary: "One model for several actions: a positive row weighs what its actions are worth together",
    formula: "g = Σ_t a_t·y_t;  L = −Σ_{g>0} g·ln σ(x) − Σ_{g=0} ln(1 − σ(x))",
    paper: None,
    params: &[ParamSpec {
        name: "worth",
        meaning: "What each action adds to the weight of a row; 0 leaves it out, as all regression labels are",
        kind: ParamKind::PerTask {
            default: 1.0,
            min: 0.0,
            max: 1e6,
        },
    }],
};

impl StrategyEntry for SampleWeights {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn family(&self) -> Family {
        Family::Fusion
    }

    fn fusion(&self, choice: &Choice, tasks: &[Task]) -> Result<Option<Fusion>, Problem> {
        task_of(tasks, "", TaskKind::Binary, "worth")?;
        let names: Vec<&str> = tasks.iter().map(|task| task.name.as_str()).collect();
        let mut worth = choice.per_task(&SPEC, "worth", &names);
        for (worth, task) in worth.iter_mut().zip(tasks) {
            if task.kind != TaskKind::Binary {
                *worth = 0.0;
            }
        }
        let carrier = worth.iter().position(|&worth| worth > 0.0).ok_or_else(|| {
            Problem::new("worth", "no action is worth anything")
                .expected("a number above 0 for a binary label")
        })?;
        let reading = |&worth: &f64| match worth {
            0.0 => Reading::Nothing,
            _ => Reading::Probability,
        };
        Ok(Some(Fusion {
            carrier,
            readings: worth.iter().map(reading).collect(),
            goal: Goal::Sum(worth),
        }))
    }

    fn build(&self, _choice: &Choice, _config: &StrategyConfig<'_>) -> Strategy {
        Strategy::weighting(Equally)
    }
}
