//! Weights from learned task uncertainties.

use burn::tensor::{Tensor, TensorData};

use super::learned::{Learned, known};
use super::{Family, Progress, Strategy, StrategyConfig, StrategyEntry, Weighting};
use crate::data::TaskKind;
use crate::spec::{Choice, Paper, ParamKind, ParamSpec, Spec};

/// The least log-variance: a loss near zero must not get a weight without bound.
const FLOOR: f64 = -10.0;

/// The entry `uncertainty`.
///
/// Each task has a log-variance `s = ln σ²`, learned with the network. At the optimum both forms weigh a task by
/// `1/(2·L)`, so that tasks count alike whatever the scale of their losses.
#[derive(Debug)]
pub struct Uncertainty;

static SPEC: Spec = Spec {
    id: "uncertainty",
    label: "Uncertainty weighting",
    summary: "Learns a variance for each task and weighs by its inverse, so that the scale of a loss does not matter",
    formula: "L = Σ_regression (½·e^−s_t·L_t + ½·s_t) + Σ_binary (e^−s_t·L_t + ½·s_t)",
    paper: Some(Paper {
        citation: "A. Kendall, Y. Gal, R. Cipolla, Multi-Task Learning Using Uncertainty to Weigh Losses \
                   for Scene Geometry and Semantics, CVPR 2018",
        url: "https://arxiv.org/abs/1705.07115",
    }),
    params: &[
        ParamSpec {
            name: "init",
            meaning: "The log-variance at the start; 0 weighs a binary task by 1, a regression by one half",
            kind: ParamKind::Number {
                default: 0.0,
                min: -5.0,
                max: 5.0,
            },
        },
        ParamSpec {
            name: "lr",
            meaning: "The learning rate of the log-variances, by Adam; too small a one leaves them where they start",
            kind: ParamKind::Number {
                default: 0.01,
                min: 1e-6,
                max: 1.0,
            },
        },
    ],
};

impl StrategyEntry for Uncertainty {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn family(&self) -> Family {
        Family::Losses
    }

    fn build(&self, choice: &Choice, config: &StrategyConfig<'_>) -> Strategy {
        let scale = config.tasks.iter().map(|task| match task.kind {
            TaskKind::Binary => 1.0_f32,
            TaskKind::Regression => 0.5,
        });
        let tasks = config.tasks.len();
        let scale = TensorData::new(scale.collect(), [1, tasks]);
        let (init, lr) = (choice.number(&SPEC, "init"), choice.number(&SPEC, "lr"));
        Strategy::weighting(Running {
            log_variances: Learned::new(init, lr, [config.seeds.len(), tasks], config.device),
            scale: Tensor::from_data(scale, config.device),
        })
    }
}

#[derive(Debug)]
struct Running {
    log_variances: Learned,
    /// `[1, task]`: 1 for binary, one half for regression.
    scale: Tensor<2>,
}

impl Running {
    fn weights(&self) -> Tensor<2> {
        self.log_variances.values.clone().neg().exp() * self.scale.clone()
    }
}

impl Weighting for Running {
    fn weigh(&mut self, losses: &Tensor<2>, progress: Progress) -> Tensor<2> {
        let weights = self.weights();
        let gradient = (weights.clone() * losses.clone()).neg() + 0.5;
        let known = known(losses);
        self.log_variances.step(gradient, &known, progress.step);
        self.log_variances.values = self.log_variances.values.clone().clamp_min(FLOOR);
        weights
    }

    fn ahead(&mut self, _counts: &Tensor<2>, _progress: Progress) -> Option<Tensor<2>> {
        Some(self.weights())
    }

    fn state(&mut self) -> Vec<&mut Tensor<2>> {
        self.log_variances.state()
    }
}
