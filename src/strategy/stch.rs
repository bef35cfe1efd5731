//! Smooth Tchebycheff scalarization.

use burn::tensor::{Tensor, activation};

use super::epoch_mean::EpochMean;
use super::learned::{known, positive};
use super::{Family, Progress, Strategy, StrategyConfig, StrategyEntry, Weighting};
use crate::spec::{Choice, Paper, ParamKind, ParamSpec, Spec};

/// The entry `stch`.
///
/// Up to and with the epoch `warmup` (from 0) the losses are summed as logarithms; the mean losses of that epoch
/// become the reference `n`. After it the smooth maximum of the relative losses is what counts.
#[derive(Debug)]
pub struct Stch;

static SPEC: Spec = Spec {
    id: "stch",
    label: "Smooth Tchebycheff",
    summary: "Minimizes a smooth maximum of the losses relative to their values after a warm-up",
    formula: "L = μ·T·ln Σ_t exp(ln(L_t/n_t)/μ)",
    paper: Some(Paper {
        citation: "X. Lin et al., Smooth Tchebycheff Scalarization for Multi-Objective Optimization, ICML 2024",
        url: "https://arxiv.org/abs/2402.19078",
    }),
    params: &[
        ParamSpec {
            name: "mu",
            meaning: "How smooth the maximum is; near 0 only the worst task counts",
            kind: ParamKind::Number {
                default: 1.0,
                min: 0.001,
                max: 100.0,
            },
        },
        ParamSpec {
            name: "warmup",
            meaning: "The epoch, from 0, whose mean losses become the reference; the smooth maximum begins after it",
            kind: ParamKind::Integer {
                default: 4,
                min: 0,
                max: 10_000,
            },
        },
    ],
};

impl StrategyEntry for Stch {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn family(&self) -> Family {
        Family::Losses
    }

    fn build(&self, choice: &Choice, config: &StrategyConfig<'_>) -> Strategy {
        let shape = [config.seeds.len(), config.tasks.len()];
        Strategy::weighting(Running {
            means: EpochMean::new(shape, config.device),
            mu: choice.number(&SPEC, "mu"),
            warmup: choice.integer(&SPEC, "warmup").unsigned_abs(),
        })
    }
}

#[derive(Debug)]
struct Running {
    means: EpochMean,
    mu: f64,
    warmup: u64,
}

impl Weighting for Running {
    fn weigh(&mut self, losses: &Tensor<2>, progress: Progress) -> Tensor<2> {
        let epoch = u64::from(progress.epoch);
        // The reference is the last epoch closed here: later ones are not looked at.
        if epoch <= self.warmup + 1 {
            self.means.begin(progress.epoch);
        }
        let known_now = known(losses);
        let now = positive(losses, &known_now);
        let by_logarithm = known_now.clone() / now.clone();
        if epoch <= self.warmup {
            self.means.add(losses);
            return by_logarithm;
        }
        let tasks = losses.dims()[1] as f64;
        let reference = positive(&self.means.last, &known(&self.means.last));
        let relative = (now / reference).log() / self.mu;
        // A task without a label in the batch must not win the maximum.
        let relative = relative + (known_now - 1.0) * 1e4;
        activation::softmax(relative, 1) * by_logarithm * tasks
    }

    fn state(&mut self) -> Vec<&mut Tensor<2>> {
        self.means.state()
    }
}
