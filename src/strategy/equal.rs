//! The plain sum of the task losses.

use burn::tensor::Tensor;

use super::{Family, Progress, Strategy, StrategyConfig, StrategyEntry, Weighting};
use crate::spec::{Choice, Paper, Spec};

/// The entry `equal`.
#[derive(Debug)]
pub struct Equal;

static SPEC: Spec = Spec {
    id: "equal",
    label: "Equal weights",
    summary: "The plain sum of the task losses, the baseline that every other strategy must beat",
    formula: "L = Σ_t L_t",
    paper: Some(Paper {
        citation: "V. Kurin et al., In Defense of the Unitary Scalarization for Deep Multi-Task \
                   Learning, NeurIPS 2022",
        url: "https://arxiv.org/abs/2201.04122",
    }),
    params: &[],
};

impl StrategyEntry for Equal {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn family(&self) -> Family {
        Family::Fixed
    }

    fn build(&self, _choice: &Choice, _config: &StrategyConfig<'_>) -> Strategy {
        Strategy::weighting(Equally)
    }
}

/// A weight of 1 for each task.
#[derive(Debug)]
pub(super) struct Equally;

impl Weighting for Equally {
    fn weigh(&mut self, losses: &Tensor<2>, _progress: Progress) -> Tensor<2> {
        losses.ones_like()
    }

    fn ahead(&mut self, counts: &Tensor<2>, _progress: Progress) -> Option<Tensor<2>> {
        Some(counts.ones_like())
    }
}
