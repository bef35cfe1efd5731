//! The loss balance of impartial multi-task learning.

use burn::tensor::Tensor;

use super::learned::{Learned, known};
use super::{Family, Progress, Strategy, StrategyConfig, StrategyEntry, Weighting};
use crate::spec::{Choice, Paper, ParamKind, ParamSpec, Spec};

/// The largest log-scale: a loss near zero must not get a weight without bound.
const CEILING: f64 = 10.0;

/// The entry `imtl_l`.
#[derive(Debug)]
pub struct ImtlL;

static SPEC: Spec = Spec {
    id: "imtl_l",
    label: "IMTL, loss balance",
    summary: "Learns a scale for each loss so that all scaled losses become one",
    formula: "L = Σ_t (e^s_t·L_t − s_t)",
    paper: Some(Paper {
        citation: "L. Liu et al., Towards Impartial Multi-Task Learning, ICLR 2021",
        url: "https://openreview.net/forum?id=IMPnRXEWpvr",
    }),
    params: &[LR],
};

/// The learning rate of the log-scales.
pub const LR: ParamSpec = ParamSpec {
    name: "lr",
    meaning: "The learning rate of the log-scales, by Adam",
    kind: ParamKind::Number {
        default: 0.01,
        min: 1e-6,
        max: 1.0,
    },
};

impl StrategyEntry for ImtlL {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn family(&self) -> Family {
        Family::Losses
    }

    fn build(&self, choice: &Choice, config: &StrategyConfig<'_>) -> Strategy {
        Strategy::weighting(Scales::new(choice.number(&SPEC, LR.name), config))
    }
}

/// The log-scales.
#[derive(Debug)]
pub struct Scales(Learned);

impl Scales {
    /// All 0.
    pub fn new(lr: f64, config: &StrategyConfig<'_>) -> Self {
        let shape = [config.seeds.len(), config.tasks.len()];
        Self(Learned::new(0.0, lr, shape, config.device))
    }

    /// The scales of this step; learns from its losses.
    ///
    /// # Shapes
    /// - losses, output: `[replica, task]`
    pub fn next(&mut self, losses: &Tensor<2>, progress: Progress) -> Tensor<2> {
        let scales = self.scales();
        let gradient = scales.clone() * losses.clone() - 1.0;
        self.0.step(gradient, &known(losses), progress.step);
        self.0.values = self.0.values.clone().clamp_max(CEILING);
        scales
    }

    fn scales(&self) -> Tensor<2> {
        self.0.values.clone().exp()
    }

    /// What a resume needs.
    pub fn state(&mut self) -> Vec<&mut Tensor<2>> {
        self.0.state()
    }
}

impl Weighting for Scales {
    fn weigh(&mut self, losses: &Tensor<2>, progress: Progress) -> Tensor<2> {
        self.next(losses, progress)
    }

    fn ahead(&mut self, _counts: &Tensor<2>, _progress: Progress) -> Option<Tensor<2>> {
        Some(self.scales())
    }

    fn state(&mut self) -> Vec<&mut Tensor<2>> {
        self.0.state()
    }
}
