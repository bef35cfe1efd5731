//! Weights chosen by hand.

use burn::tensor::{Tensor, TensorData};

use super::{Family, Progress, Strategy, StrategyConfig, StrategyEntry, Weighting};
use crate::spec::{Choice, ParamKind, ParamSpec, Spec};

/// The largest weight, at the start and after growing.
const LARGEST: f64 = 1e6;

/// The entry `manual`.
///
/// The schedule is that of H. Tang et al., Progressive Layered Extraction, 2020; epochs count from 0.
#[derive(Debug)]
pub struct Manual;

static SPEC: Spec = Spec {
    id: "manual",
    label: "Manual weights",
    summary: "A weight for each task that you choose, fixed or on a schedule",
    formula: "L = Σ_t w_t·γ_t^epoch·L_t",
    paper: None,
    params: &[
        ParamSpec {
            name: "weights",
            meaning: "The weight of each task; a task that is not named has 1",
            kind: ParamKind::PerTask {
                default: 1.0,
                min: 0.0,
                max: LARGEST,
            },
        },
        ParamSpec {
            name: "decay",
            meaning: "What the weight of each task is multiplied by after each epoch; a task that is not named has 1",
            kind: ParamKind::PerTask {
                default: 1.0,
                min: 0.0,
                max: 10.0,
            },
        },
    ],
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
        let per_task = |name: &str| {
            let numbers = choice.per_task(&SPEC, name, &tasks);
            let numbers = numbers.iter().map(|&number| number as f32).collect();
            let row = TensorData::new(numbers, [1, tasks.len()]);
            let shape = [config.seeds.len(), tasks.len()];
            Tensor::<2>::from_data(row, config.device).expand(shape)
        };
        Strategy::weighting(Running {
            weights: per_task("weights"),
            decay: per_task("decay"),
        })
    }
}

#[derive(Debug)]
struct Running {
    /// `[replica, task]`.
    weights: Tensor<2>,
    /// `[replica, task]`.
    decay: Tensor<2>,
}

impl Running {
    fn weights(&self, epoch: u32) -> Tensor<2> {
        let factor = self.decay.clone().powf_scalar(f64::from(epoch));
        (self.weights.clone() * factor.clamp_max(1e30)).clamp_max(LARGEST)
    }
}

impl Weighting for Running {
    fn weigh(&mut self, _losses: &Tensor<2>, progress: Progress) -> Tensor<2> {
        self.weights(progress.epoch)
    }

    fn ahead(&mut self, _counts: &Tensor<2>, progress: Progress) -> Option<Tensor<2>> {
        Some(self.weights(progress.epoch))
    }
}
