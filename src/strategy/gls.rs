//! The geometric mean of the losses.

use burn::tensor::Tensor;

use super::learned::{known, positive};
use super::{Family, Progress, Strategy, StrategyConfig, StrategyEntry, Weighting};
use crate::spec::{Choice, Paper, Spec};

/// The entry `gls`.
///
/// The weight of a task is the derivative of the mean by its loss, `GLS/(T·L_t)`, where `T` counts the tasks that
/// have a label in the batch. The mean is taken of logarithms, so that no product overflows.
#[derive(Debug)]
pub struct Gls;

static SPEC: Spec = Spec {
    id: "gls",
    label: "Geometric loss",
    summary: "The geometric mean of the losses, which does not care in which units each is measured",
    formula: "L = (Π_t L_t)^(1/T)",
    paper: Some(Paper {
        citation: "S. Chennupati et al., MultiNet++: Multi-Stream Feature Aggregation and Geometric Loss \
                   Strategy for Multi-Task Learning, CVPR Workshops 2019",
        url: "https://arxiv.org/abs/1904.08492",
    }),
    params: &[],
};

impl StrategyEntry for Gls {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn family(&self) -> Family {
        Family::Losses
    }

    fn build(&self, _choice: &Choice, _config: &StrategyConfig<'_>) -> Strategy {
        Strategy::weighting(Running)
    }
}

#[derive(Debug)]
struct Running;

impl Weighting for Running {
    fn weigh(&mut self, losses: &Tensor<2>, _progress: Progress) -> Tensor<2> {
        let known = known(losses);
        let losses = positive(losses, &known);
        let count = known.clone().sum_dim(1).clamp_min(1.0);
        let mean = (losses.clone().log().sum_dim(1) / count.clone()).exp();
        known * mean / (losses * count)
    }
}
