//! Weights chosen by hand.

use burn::tensor::{Tensor, TensorData};

use super::{Family, Progress, Strategy, StrategyConfig, StrategyEntry, Weighting};
use crate::spec::{Choice, ParamKind, ParamSpec, Spec};

/// The entry `manual`.
#[derive(Debug)]
pub struct Manual;

static SPEC: Spec = Spec {
    id: "manual",
    label: "Manual weights",
    summary: "A fixed weight for each task",
    formula: "L = Σ_t w_t·L_t",
    paper: None,
    params: &[ParamSpec {
        name: "weights",
        meaning: "The weight of each task; a task that is not named has 1",
        kind: ParamKind::PerTask {
            default: 1.0,
            min: 0.0,
            max: 1e6,
        },
    }],
};

impl StrategyEntry for Manual {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn family(&self) -> Family {
        Family::Fixed
    }

    fn build(&self, choice: &Choice, config: &StrategyConfig<'_>) -> Strategy {
        let tasks: Vec<&str> = config.tasks.iter().map(|task| task.name.as_str()).collect();
        let weights: Vec<f32> = choice
            .per_task(&SPEC, "weights", &tasks)
            .iter()
            .map(|&weight| weight as f32)
            .collect();
        let row = Tensor::<2>::from_data(TensorData::new(weights, [1, tasks.len()]), config.device);
        Strategy::weighting(Running {
            weights: row.expand([config.seeds.len(), tasks.len()]),
        })
    }
}

#[derive(Debug)]
struct Running {
    /// `[replica, task]`.
    weights: Tensor<2>,
}

impl Weighting for Running {
    fn weigh(&mut self, _losses: &Tensor<2>, _progress: Progress) -> Tensor<2> {
        self.weights.clone()
    }
}
