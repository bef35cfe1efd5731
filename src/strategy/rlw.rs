//! Random weights, the litmus test of every other strategy.

use burn::tensor::{Device, Tensor, TensorData, activation};

use super::{Family, Progress, Strategy, StrategyConfig, StrategyEntry, Weighting};
use crate::model::random;
use crate::spec::{Choice, Paper, Spec};

/// The entry `rlw`.
///
/// The draw of a step depends on the run's seed and the step alone, so that the order of the rows is that of its
/// paired runs and a resumed run goes on as it would have. The weights sum to one, as in the paper.
#[derive(Debug)]
pub struct Rlw;

static SPEC: Spec = Spec {
    id: "rlw",
    label: "Random weights",
    summary: "New random weights each step, a baseline that any method worth its cost must beat",
    formula: "w = softmax(z), z ~ N(0, 1)",
    paper: Some(Paper {
        citation: "B. Lin et al., Reasonable Effectiveness of Random Weighting: A Litmus Test for Multi-Task \
                   Learning, TMLR 2022",
        url: "https://arxiv.org/abs/2111.10603",
    }),
    params: &[],
};

impl StrategyEntry for Rlw {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn family(&self) -> Family {
        Family::Losses
    }

    fn build(&self, _choice: &Choice, config: &StrategyConfig<'_>) -> Strategy {
        Strategy::weighting(Running {
            seeds: config.seeds.to_vec(),
            device: config.device.clone(),
        })
    }
}

#[derive(Debug)]
struct Running {
    seeds: Vec<u64>,
    device: Device,
}

impl Running {
    fn draw(&self, [replicas, tasks]: [usize; 2], step: u64) -> Tensor<2> {
        let mut draws = Vec::with_capacity(replicas * tasks);
        for &seed in &self.seeds {
            let mut rng = random::stream(seed, "rlw", &step.to_string());
            draws.extend((0..tasks).map(|_| random::normal(&mut rng)));
        }
        let draws = TensorData::new(draws, [replicas, tasks]);
        activation::softmax(Tensor::from_data(draws, &self.device), 1)
    }
}

impl Weighting for Running {
    fn weigh(&mut self, losses: &Tensor<2>, progress: Progress) -> Tensor<2> {
        self.draw(losses.dims(), progress.step)
    }

    fn ahead(&mut self, counts: &Tensor<2>, progress: Progress) -> Option<Tensor<2>> {
        Some(self.draw(counts.dims(), progress.step))
    }
}
