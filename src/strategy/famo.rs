//! Weights that make all losses fall at the same relative rate.

use burn::tensor::{Tensor, activation};

use super::learned::{Learned, known, positive};
use super::{Family, Progress, Strategy, StrategyConfig, StrategyEntry, Weighting};
use crate::spec::{Choice, Paper, ParamKind, ParamSpec, Spec};

/// The entry `famo`.
///
/// After each step the losses of its batch are looked at again, which costs one more forward pass.
#[derive(Debug)]
pub struct Famo;

static SPEC: Spec = Spec {
    id: "famo",
    label: "FAMO",
    summary: "Makes all losses fall at the same relative rate, learning from what each step did to its own batch",
    formula: "w_t ∝ z_t/L_t, Σ_t w_t = 1, z = softmax(ξ);  ∇ξ = (∂z/∂ξ)ᵀ·(ln L_before − ln L_after)",
    paper: Some(Paper {
        citation: "B. Liu et al., FAMO: Fast Adaptive Multitask Optimization, NeurIPS 2023",
        url: "https://arxiv.org/abs/2306.03792",
    }),
    params: &[
        ParamSpec {
            name: "lr",
            meaning: "The learning rate of ξ, by Adam",
            kind: ParamKind::Number {
                default: 0.025,
                min: 1e-6,
                max: 1.0,
            },
        },
        ParamSpec {
            name: "decay",
            meaning: "How strongly ξ is pulled back to equal weights",
            kind: ParamKind::Number {
                default: 0.001,
                min: 0.0,
                max: 1.0,
            },
        },
    ],
};

impl StrategyEntry for Famo {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn family(&self) -> Family {
        Family::Losses
    }

    fn build(&self, choice: &Choice, config: &StrategyConfig<'_>) -> Strategy {
        let shape = [config.seeds.len(), config.tasks.len()];
        let lr = choice.number(&SPEC, "lr");
        Strategy::weighting(Running {
            logits: Learned::new(0.0, lr, shape, config.device),
            decay: choice.number(&SPEC, "decay"),
        })
    }
}

#[derive(Debug)]
struct Running {
    /// ξ.
    logits: Learned,
    decay: f64,
}

impl Weighting for Running {
    fn weigh(&mut self, losses: &Tensor<2>, _progress: Progress) -> Tensor<2> {
        let known = known(losses);
        let shares = activation::softmax(self.logits.values.clone(), 1);
        let weights = shares / positive(losses, &known) * known;
        let sum = weights.clone().sum_dim(1).clamp_min(1e-30);
        weights / sum
    }

    fn looks_back(&self) -> bool {
        true
    }

    fn learn(&mut self, before: &Tensor<2>, after: &Tensor<2>, progress: Progress) {
        let known = known(before) * known(after);
        let fall = positive(before, &known).log() - positive(after, &known).log();
        let shares = activation::softmax(self.logits.values.clone(), 1);
        let mean = (shares.clone() * fall.clone()).sum_dim(1);
        let gradient = shares * (fall - mean) + self.logits.values.clone() * self.decay;
        let all = known.ones_like();
        self.logits.step(gradient, &all, progress.step);
    }

    fn state(&mut self) -> Vec<&mut Tensor<2>> {
        self.logits.state()
    }
}
