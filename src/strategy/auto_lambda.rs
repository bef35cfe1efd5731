//! Weights with which a step helps all tasks most on rows that it did not see.

use burn::tensor::Tensor;

use super::held_out::{LR, RATE, Shares};
use super::learned::known;
use super::needs::ON;
use super::{
    Balancing, Family, Look, Needs, Progress, Strategy, StrategyConfig, StrategyEntry,
    TaskGradients, Update,
};
use crate::error::Report;
use crate::spec::{Choice, Paper, Spec};

/// The entry `auto_lambda`.
///
/// All tasks are primary. The weights sum to 1: free ones would grow as long as a longer step helps, which is the
/// learning rate's business.
#[derive(Debug)]
pub struct AutoLambda;

static SPEC: Spec = Spec {
    id: "auto_lambda",
    label: "Auto-λ",
    summary: "Learns the weights with which a trial step on half of the batch lowers the losses of the other half most",
    formula: "w = softmax(α), α ← Adam(∂/∂α Σ_s L_s(θ − η·Σ_t w_t·g_t))",
    paper: Some(Paper {
        citation: "S. Liu et al., Auto-Lambda: Disentangling Dynamic Task Relationships, TMLR 2022",
        url: "https://openreview.net/forum?id=KKeCMim5VN",
    }),
    params: &[RATE, LR, ON],
};

impl StrategyEntry for AutoLambda {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn family(&self) -> Family {
        Family::HeldOut
    }

    fn needs(&self, choice: &Choice) -> Needs {
        Look::Trial.on(choice, &SPEC)
    }

    fn build(&self, choice: &Choice, config: &StrategyConfig<'_>) -> Strategy {
        let shape = [config.seeds.len(), config.tasks.len()];
        Strategy::balancing(Running {
            shares: Shares::new(choice.number(&SPEC, "lr"), shape, config.device),
            rate: choice.number(&SPEC, "rate"),
        })
    }
}

#[derive(Debug)]
struct Running {
    shares: Shares,
    rate: f64,
}

impl Balancing for Running {
    fn balance(
        &mut self,
        gradients: &TaskGradients,
        _losses: &Tensor<2>,
        progress: Progress,
    ) -> Result<Update, Report> {
        let [tried, judge] = gradients.in_parts()?;
        let by_task = judge.products_with(tried).sum_dim(1).squeeze_dim::<2>(1);
        let slope = by_task * -self.rate;
        self.shares
            .step(slope, &known(&tried.norms()), progress.step);
        Ok(Update::weighted(self.shares.weights()))
    }

    fn trial(&self) -> Option<Tensor<2>> {
        Some(self.shares.weights() * self.rate)
    }

    fn state(&mut self) -> Vec<&mut Tensor<2>> {
        self.shares.state()
    }
}
