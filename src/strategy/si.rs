//! The sum of the logarithms of the losses.

use burn::tensor::Tensor;

use super::learned::{known, positive};
use super::{Family, Progress, Strategy, StrategyConfig, StrategyEntry, Weighting};
use crate::spec::{Choice, Paper, Spec};

/// The entry `si`.
#[derive(Debug)]
pub struct ScaleInvariant;

static SPEC: Spec = Spec {
    id: "si",
    label: "Log losses",
    summary: "The sum of the logarithms of the losses: a task counts by its relative progress, whatever its units",
    formula: "L = Σ_t ln L_t",
    paper: Some(Paper {
        citation: "A. Navon et al., Multi-Task Learning as a Bargaining Game, ICML 2022 (scale-invariant baseline)",
        url: "https://arxiv.org/abs/2202.01017",
    }),
    params: &[],
};

impl StrategyEntry for ScaleInvariant {
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
        known.clone() / positive(losses, &known)
    }
}
