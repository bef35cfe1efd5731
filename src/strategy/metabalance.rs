//! Auxiliary gradients brought near the length of the main task's.

use burn::tensor::Tensor;

use super::needs::ON;
use super::{
    Balancing, Family, Look, Needs, Progress, Strategy, StrategyConfig, StrategyEntry,
    TaskGradients, Update,
};
use crate::error::Report;
use crate::spec::{Choice, Paper, ParamKind, ParamSpec, Spec};

/// The entry `metabalance`.
///
/// One running length for each task over all that is shared, where the paper has one for each tensor.
#[derive(Debug)]
pub struct MetaBalance;

static SPEC: Spec = Spec {
    id: "metabalance",
    label: "MetaBalance",
    summary: "Brings the gradients of all other tasks towards the length of the main task's",
    formula: "w_t = r·n_main/n_t + (1−r), w_main = 1, n_t ← β·n_t + (1−β)·‖g_t‖",
    paper: Some(Paper {
        citation: "Y. He et al., MetaBalance: Improving Multi-Task Recommendations via Adapting Gradient Magnitudes \
                   of Auxiliary Tasks, WWW 2022",
        url: "https://arxiv.org/abs/2203.06801",
    }),
    params: &[
        ParamSpec {
            name: "main",
            meaning: "The place of the main task among the labels, from 1",
            kind: ParamKind::Integer {
                default: 1,
                min: 1,
                max: 1000,
            },
        },
        ParamSpec {
            name: "relax",
            meaning: "How close the other gradients come: 0 leaves them, 1 makes them as long as the main task's",
            kind: ParamKind::Number {
                default: 0.7,
                min: 0.0,
                max: 1.0,
            },
        },
        ParamSpec {
            name: "beta",
            meaning: "How much of the running lengths stays at each step",
            kind: ParamKind::Number {
                default: 0.9,
                min: 0.0,
                max: 0.9999,
            },
        },
        ON,
    ],
};

impl StrategyEntry for MetaBalance {
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
        let tasks = config.tasks.len();
        let main = choice.integer(&SPEC, "main").max(1) as usize - 1;
        Strategy::balancing(Running {
            main: main.min(tasks.saturating_sub(1)),
            relax: choice.number(&SPEC, "relax"),
            beta: choice.number(&SPEC, "beta"),
            lengths: Tensor::zeros([config.seeds.len(), tasks], config.device),
        })
    }
}

#[derive(Debug)]
struct Running {
    main: usize,
    relax: f64,
    beta: f64,
    /// `[replica, task]`: the running lengths.
    lengths: Tensor<2>,
}

impl Balancing for Running {
    fn balance(
        &mut self,
        gradients: &TaskGradients,
        _losses: &Tensor<2>,
        _progress: Progress,
    ) -> Result<Update, Report> {
        self.lengths = self.lengths.clone() * self.beta + gradients.norms() * (1.0 - self.beta);
        let main = self.lengths.clone().narrow(1, self.main, 1);
        let ratio = main / (self.lengths.clone() + 1e-5);
        let weights = ratio * self.relax + (1.0 - self.relax);
        let replicas = weights.dims()[0];
        let own = Tensor::ones([replicas, 1], &weights.device());
        let weights = weights.slice_assign([0..replicas, self.main..self.main + 1], own);
        Ok(Update::weighted(weights))
    }

    fn state(&mut self) -> Vec<&mut Tensor<2>> {
        vec![&mut self.lengths]
    }
}
