//! Impartial multi-task learning with both of its halves.

use burn::tensor::Tensor;

use super::gram::ByGram;
use super::imtl_g;
use super::imtl_l::{LR, Scales};
use super::needs::ON;
use super::{
    Balancing, Family, Look, Needs, Progress, Strategy, StrategyConfig, StrategyEntry,
    TaskGradients, Update,
};
use crate::error::Report;
use crate::spec::{Choice, Paper, Spec};

/// The entry `imtl`.
///
/// What the tasks share follows the gradient balance of the scaled losses. Weights may be negative.
#[derive(Debug)]
pub struct Imtl;

static SPEC: Spec = Spec {
    id: "imtl",
    label: "IMTL",
    summary: "Scales the losses until all are one, and takes the update with the same projection on each task's direction",
    formula: "d = Σ_t w_t·e^s_t·g_t, d·g_t/‖g_t‖ equal for all t, Σ_t w_t = 1, s ← Adam(∂/∂s Σ_t (e^s_t·L_t − s_t))",
    paper: Some(Paper {
        citation: "L. Liu et al., Towards Impartial Multi-Task Learning, ICLR 2021",
        url: "https://openreview.net/forum?id=IMPnRXEWpvr",
    }),
    params: &[LR, ON],
};

impl StrategyEntry for Imtl {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn family(&self) -> Family {
        Family::Directions
    }

    fn needs(&self, choice: &Choice) -> Needs {
        Look::Batch.on(choice, &SPEC)
    }

    fn build(&self, choice: &Choice, config: &StrategyConfig<'_>) -> Strategy {
        Strategy::balancing(Running {
            scales: Scales::new(choice.number(&SPEC, LR.name), config),
            directions: ByGram::new(&imtl_g::Rule, config),
        })
    }
}

#[derive(Debug)]
struct Running {
    scales: Scales,
    directions: ByGram<imtl_g::Rule>,
}

impl Balancing for Running {
    fn balance(
        &mut self,
        gradients: &TaskGradients,
        losses: &Tensor<2>,
        progress: Progress,
    ) -> Result<Update, Report> {
        let scales = self.scales.next(losses, progress);
        let scaled = gradients.scaled(&scales);
        let update = self.directions.balance(&scaled, losses, progress)?;
        Ok(Update::weighted(update.weights * scales))
    }

    fn state(&mut self) -> Vec<&mut Tensor<2>> {
        let mut state = self.scales.state();
        state.extend(self.directions.state());
        state
    }

    fn unsolved(&self) -> &[u64] {
        self.directions.unsolved()
    }
}
