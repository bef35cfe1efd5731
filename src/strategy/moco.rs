//! The shortest mean of running gradients, approached step by step.

use burn::tensor::{Tensor, activation};

use super::needs::ON;
use super::{
    Balancing, Direction, Family, Look, Needs, Progress, Strategy, StrategyConfig, StrategyEntry,
    TaskGradients, Update,
};
use crate::error::Report;
use crate::spec::{Choice, Paper, ParamKind, ParamSpec, Spec};

/// The entry `moco`.
///
/// As in the authors' code a gradient enters with the length of its loss, and both rates fall with the root of the
/// step. The running gradients are those of the dense shared parameters; a row of an embedding table follows its
/// gradient of this step alone, with the same weights. On the representation too the running gradients weigh and those
/// of this step are followed: a row of the batch has no past.
#[derive(Debug)]
pub struct MoCo;

static SPEC: Spec = Spec {
    id: "moco",
    label: "MoCo",
    summary: "Follows the shortest mean of running gradients, which noise in a batch disturbs less",
    formula: "y_t ← y_t − β/√k·(y_t − L_t·g_t/‖g_t‖), λ ← softmax(λ − γ/√k·Y·Yᵀ·λ), d = Yᵀ·λ",
    paper: Some(Paper {
        citation: "H. Fernando et al., Mitigating Gradient Bias in Multi-objective Learning, ICLR 2023",
        url: "https://openreview.net/forum?id=dLAYGdKTi2",
    }),
    params: &[
        ParamSpec {
            name: "beta",
            meaning: "How fast the running gradients follow at first",
            kind: ParamKind::Number {
                default: 0.5,
                min: 0.0,
                max: 1.0,
            },
        },
        ParamSpec {
            name: "gamma",
            meaning: "How fast the weights follow at first",
            kind: ParamKind::Number {
                default: 0.1,
                min: 0.0,
                max: 100.0,
            },
        },
        ON,
    ],
};

impl StrategyEntry for MoCo {
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
        let [replicas, tasks] = [config.seeds.len(), config.tasks.len()];
        Strategy::balancing(Running {
            beta: choice.number(&SPEC, "beta"),
            gamma: choice.number(&SPEC, "gamma"),
            keeps_step: self.needs(choice).on_representation(),
            running: (0..tasks)
                .map(|_| Tensor::zeros([replicas, config.num_shared], config.device))
                .collect(),
            shares: Tensor::ones([replicas, tasks], config.device) / tasks.max(1) as f64,
        })
    }
}

#[derive(Debug)]
struct Running {
    beta: f64,
    gamma: f64,
    /// Whether the gradients of the step are followed rather than the running ones.
    keeps_step: bool,
    /// `[replica, shared]` for each task: y.
    running: Vec<Tensor<2>>,
    /// `[replica, task]`: λ.
    shares: Tensor<2>,
}

impl Balancing for Running {
    fn balance(
        &mut self,
        gradients: &TaskGradients,
        losses: &Tensor<2>,
        progress: Progress,
    ) -> Result<Update, Report> {
        let fall = ((progress.step + 1) as f64).sqrt();
        let (beta, gamma) = (self.beta / fall, self.gamma / fall);
        let lengths = losses.clone() / (gradients.norms() + 1e-8);
        for (task, running) in self.running.iter_mut().enumerate() {
            let own = gradients.dense.clone().narrow(1, task, 1).squeeze_dim(1);
            let scaled = own * lengths.clone().narrow(1, task, 1);
            *running = running.clone() * (1.0 - beta) + scaled * beta;
        }
        let stacked = Tensor::stack::<3>(self.running.clone(), 1);
        let products = stacked.clone().matmul(stacked.clone().swap_dims(1, 2));
        let shares = self.shares.clone().unsqueeze_dim::<3>(2);
        let slope = products.matmul(shares).squeeze_dim::<2>(2);
        self.shares = activation::softmax(self.shares.clone() - slope * gamma, 1);
        let weights = self.shares.clone() * lengths;
        if self.keeps_step {
            return Ok(Update::weighted(weights));
        }
        let shares = self.shares.clone().unsqueeze_dim::<3>(1);
        Ok(Update {
            weights,
            direction: Direction::dense(shares.matmul(stacked).squeeze_dim::<2>(1)),
        })
    }

    fn state(&mut self) -> Vec<&mut Tensor<2>> {
        let mut state = vec![&mut self.shares];
        state.extend(&mut self.running);
        state
    }
}
