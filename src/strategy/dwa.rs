//! Weights from how fast each loss falls.

use burn::tensor::{Tensor, activation};

use super::epoch_mean::EpochMean;
use super::learned::{known, positive};
use super::{Family, Progress, Strategy, StrategyConfig, StrategyEntry, Weighting};
use crate::spec::{Choice, Paper, ParamKind, ParamSpec, Spec};

/// The entry `dwa`.
///
/// `L_t(e)` is the mean training loss of epoch `e`. The first two epochs have equal weights, so fewer than three
/// epochs are plain summing.
#[derive(Debug)]
pub struct Dwa;

static SPEC: Spec = Spec {
    id: "dwa",
    label: "Dynamic weight average",
    summary: "More weight for the tasks whose loss fell least over the last epoch",
    formula: "w_t(e) = T·softmax_t(L_t(e−1) / L_t(e−2) / τ)",
    paper: Some(Paper {
        citation: "S. Liu, E. Johns, A. Davison, End-to-End Multi-Task Learning with Attention, CVPR 2019",
        url: "https://arxiv.org/abs/1803.10704",
    }),
    params: &[ParamSpec {
        name: "temperature",
        meaning: "How even the weights are; large values come close to equal weights",
        kind: ParamKind::Number {
            default: 2.0,
            min: 0.01,
            max: 1000.0,
        },
    }],
};

impl StrategyEntry for Dwa {
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
            temperature: choice.number(&SPEC, "temperature"),
        })
    }
}

#[derive(Debug)]
struct Running {
    means: EpochMean,
    temperature: f64,
}

impl Running {
    fn weights(&mut self, epoch: u32) -> Tensor<2> {
        self.means.begin(epoch);
        let tasks = self.means.last.dims()[1] as f64;
        // A ratio that has no history counts as 1.
        let known = known(&self.means.last) * known(&self.means.before);
        let ratio = positive(&self.means.last, &known) / positive(&self.means.before, &known);
        activation::softmax(ratio / self.temperature, 1) * tasks
    }
}

impl Weighting for Running {
    fn weigh(&mut self, losses: &Tensor<2>, progress: Progress) -> Tensor<2> {
        let weights = self.weights(progress.epoch);
        self.means.add(losses);
        weights
    }

    fn ahead(&mut self, _counts: &Tensor<2>, progress: Progress) -> Option<Tensor<2>> {
        Some(self.weights(progress.epoch))
    }

    fn state(&mut self) -> Vec<&mut Tensor<2>> {
        self.means.state()
    }
}
