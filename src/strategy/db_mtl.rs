//! Log losses whose gradients have one length.

use burn::tensor::Tensor;

use super::learned::{known, positive};
use super::needs::ON;
use super::{
    Balancing, Direction, Family, Look, Needs, Progress, Strategy, StrategyConfig, StrategyEntry,
    TaskGradients, Update,
};
use crate::error::Report;
use crate::spec::{Choice, Paper, ParamKind, ParamSpec, Spec};

/// The entry `db_mtl`.
///
/// The running gradients are those of the dense shared parameters. A row of an embedding table follows its gradient
/// of this step alone, with the weights that the dense part has. On the representation too the running gradients weigh
/// and those of this step are followed: a row of the batch has no past.
#[derive(Debug)]
pub struct DbMtl;

static SPEC: Spec = Spec {
    id: "db_mtl",
    label: "DB-MTL",
    summary: "Takes the log of each loss and brings all running gradients to the length of the longest",
    formula: "d = Σ_t max_s ‖m_s‖/‖m_t‖·m_t, m_t ← β·m_t + (1−β)·∇ln L_t",
    paper: Some(Paper {
        citation: "B. Lin et al., Dual-Balancing for Multi-Task Learning, 2023",
        url: "https://arxiv.org/abs/2308.12029",
    }),
    params: &[
        ParamSpec {
            name: "beta",
            meaning: "How much of the running gradients stays at each step",
            kind: ParamKind::Number {
                default: 0.9,
                min: 0.0,
                max: 0.9999,
            },
        },
        ON,
    ],
};

impl StrategyEntry for DbMtl {
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
        Strategy::balancing(Running {
            beta: choice.number(&SPEC, "beta"),
            keeps_step: self.needs(choice).on_representation(),
            running: config
                .tasks
                .iter()
                .map(|_| Tensor::zeros([config.seeds.len(), config.num_shared], config.device))
                .collect(),
        })
    }
}

#[derive(Debug)]
struct Running {
    beta: f64,
    /// Whether the gradients of the step are followed rather than the running ones.
    keeps_step: bool,
    /// `[replica, shared]` for each task.
    running: Vec<Tensor<2>>,
}

impl Balancing for Running {
    fn balance(
        &mut self,
        gradients: &TaskGradients,
        losses: &Tensor<2>,
        _progress: Progress,
    ) -> Result<Update, Report> {
        let known = known(losses);
        // ∇ln L = ∇L/L.
        let inverse = positive(losses, &known).recip() * known;
        let mut norms = Vec::with_capacity(self.running.len());
        for (task, running) in self.running.iter_mut().enumerate() {
            let own = gradients.dense.clone().narrow(1, task, 1).squeeze_dim(1);
            let log = own * inverse.clone().narrow(1, task, 1);
            *running = running.clone() * self.beta + log * (1.0 - self.beta);
            norms.push(running.clone().square().sum_dim(1).sqrt());
        }
        let norms = Tensor::cat(norms, 1);
        let longest = norms.clone().max_dim(1);
        let stretch = longest / (norms + 1e-8);
        let weights = stretch.clone() * inverse;
        if self.keeps_step {
            return Ok(Update::weighted(weights));
        }
        let each = self.running.iter().enumerate();
        let stretched =
            each.map(|(task, running)| running.clone() * stretch.clone().narrow(1, task, 1));
        let dense = stretched.reduce(|sum, next| sum + next);
        Ok(Update {
            weights,
            direction: dense.map_or(Direction::Sum, Direction::dense),
        })
    }

    fn state(&mut self) -> Vec<&mut Tensor<2>> {
        self.running.iter_mut().collect()
    }
}
