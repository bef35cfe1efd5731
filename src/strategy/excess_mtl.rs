//! Weights by how far each task still is from what it could reach.

use burn::tensor::Tensor;

use super::needs::ON;
use super::{
    Balancing, Family, Look, Needs, Progress, Strategy, StrategyConfig, StrategyEntry,
    TaskGradients, Update,
};
use crate::error::Report;
use crate::spec::{Choice, Paper, ParamKind, ParamSpec, Spec};

/// The entry `excess_mtl`.
///
/// The excess risk is estimated from the dense shared parameters or from the representation; a memory for each row of the
/// embedding tables would cost as much as the tables themselves, task by task.
#[derive(Debug)]
pub struct ExcessMtl;

static SPEC: Spec = Spec {
    id: "excess_mtl",
    label: "ExcessMTL",
    summary: "More weight for tasks that are far from what they could reach, so that label noise does not draw it",
    formula: "w_t ← w_t·exp(η·e_t/e_t(0)), Σ_t w_t = T, e_t = g_tᵀ·diag(Σ g_t²)^(−1/2)·g_t",
    paper: Some(Paper {
        citation: "Y. He et al., Robust Multi-Task Learning with Excess Risks, ICML 2024",
        url: "https://openreview.net/forum?id=JzWFmMySpn",
    }),
    params: &[
        ParamSpec {
            name: "rate",
            meaning: "The step size η of the weights",
            kind: ParamKind::Number {
                default: 0.01,
                min: 0.0,
                max: 10.0,
            },
        },
        ON,
    ],
};

impl StrategyEntry for ExcessMtl {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn family(&self) -> Family {
        Family::Lengths
    }

    fn needs(&self, choice: &Choice) -> Needs {
        Look::Batch.on(choice, &SPEC)
    }

    fn build(&self, choice: &Choice, config: &StrategyConfig<'_>) -> Strategy {
        let shape = [config.seeds.len(), config.tasks.len()];
        Strategy::balancing(Running {
            rate: choice.number(&SPEC, "rate"),
            squares: config
                .tasks
                .iter()
                .map(|_| Tensor::zeros([shape[0], config.num_shared], config.device))
                .collect(),
            weights: Tensor::ones(shape, config.device),
            first: Tensor::zeros(shape, config.device),
        })
    }
}

#[derive(Debug)]
struct Running {
    rate: f64,
    /// `[replica, shared]` for each task: squared gradients, summed over steps.
    squares: Vec<Tensor<2>>,
    /// `[replica, task]`.
    weights: Tensor<2>,
    /// `[replica, task]`: the first estimate, 0 until there is one.
    first: Tensor<2>,
}

impl Balancing for Running {
    fn balance(
        &mut self,
        gradients: &TaskGradients,
        _losses: &Tensor<2>,
        progress: Progress,
    ) -> Result<Update, Report> {
        let tasks = gradients.dims()[1];
        let mut excess = Vec::with_capacity(tasks);
        for (task, sum) in self.squares.iter_mut().enumerate() {
            let own = gradients.dense.clone().narrow(1, task, 1);
            let square = own.squeeze_dim::<2>(1).square();
            *sum = sum.clone() + square.clone();
            excess.push((square / (sum.clone() + 1e-7).sqrt()).sum_dim(1));
        }
        let excess = Tensor::cat(excess, 1);
        let unset = self.first.clone().equal_scalar(0.0);
        self.first = self.first.clone().mask_where(unset, excess.clone());
        if progress.step > 0 {
            let ratio = excess / self.first.clone().clamp_min(1e-30);
            // Where a task had no gradient yet, its ratio is no estimate.
            let ratio = ratio.clamp_max(1e3);
            let next = self.weights.clone() * (ratio * self.rate).exp();
            let sum = next.clone().sum_dim(1);
            self.weights = next / sum * tasks as f64;
        }
        Ok(Update::weighted(self.weights.clone()))
    }

    fn state(&mut self) -> Vec<&mut Tensor<2>> {
        let mut state = vec![&mut self.weights, &mut self.first];
        state.extend(&mut self.squares);
        state
    }
}
