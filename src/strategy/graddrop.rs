//! Signs drawn by lot: where gradients disagree, one side goes.

use burn::tensor::{Device, Tensor, TensorData};

use super::needs::ON;
use super::{
    Balancing, Direction, Family, Look, Needs, Progress, Strategy, StrategyConfig, StrategyEntry,
    TaskGradients, Update,
};
use crate::error::Report;
use crate::model::random;
use crate::spec::{Choice, Paper, ParamKind, ParamSpec, Spec};

/// The entry `graddrop`.
///
/// It is done number by number: on the shared parameters, embeddings among them, or as in the paper on the activations of
/// the representation, where slopes enter with the sign of the activation and a lot holds for all rows of a batch. The
/// lot comes from the run's seed and the step.
#[derive(Debug)]
pub struct GradDrop;

static SPEC: Spec = Spec {
    id: "graddrop",
    label: "GradDrop",
    summary: "Number by number keeps either the positive or the negative slopes, by a lot in favor of the larger side",
    formula: "P = ½·(1 + Σ_t g_t/Σ_t |g_t|);  keep g_t > 0 where P > U, g_t < 0 where P < U, U ~ Uniform(0, 1)",
    paper: Some(Paper {
        citation: "Z. Chen et al., Just Pick a Sign: Optimizing Deep Multitask Models with Gradient Sign Dropout, \
                   NeurIPS 2020",
        url: "https://arxiv.org/abs/2010.06808",
    }),
    params: &[
        ParamSpec {
            name: "leak",
            meaning: "The share of the dropped slopes that is kept",
            kind: ParamKind::Number {
                default: 0.0,
                min: 0.0,
                max: 1.0,
            },
        },
        ON,
    ],
};

impl StrategyEntry for GradDrop {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn family(&self) -> Family {
        Family::Surgery
    }

    fn needs(&self, choice: &Choice) -> Needs {
        Look::Signs.on(choice, &SPEC)
    }

    fn build(&self, choice: &Choice, config: &StrategyConfig<'_>) -> Strategy {
        Strategy::balancing(Running {
            leak: choice.number(&SPEC, "leak"),
            seeds: config.seeds.to_vec(),
        })
    }
}

#[derive(Debug)]
struct Running {
    leak: f64,
    seeds: Vec<u64>,
}

impl Balancing for Running {
    fn balance(
        &mut self,
        gradients: &TaskGradients,
        _losses: &Tensor<2>,
        progress: Progress,
    ) -> Result<Update, Report> {
        let device = gradients.device();
        let [replicas, _, width] = gradients.dense.dims();
        let each = vec![width; replicas];
        let lot = lots(&self.seeds, progress.step, "dense", &each, &device);
        let by_task = gradients.dense.clone().swap_dims(0, 1);
        let dense = mask(by_task, lot.reshape([replicas, width]), self.leak).swap_dims(0, 1);
        let rows = gradients.rows.as_ref().map(|rows| {
            let [_, distinct, dim] = rows.values.dims();
            let each: Vec<usize> = rows.ranges.iter().map(|range| range.len() * dim).collect();
            let lot = lots(&self.seeds, progress.step, "rows", &each, &device);
            mask(rows.values.clone(), lot.reshape([distinct, dim]), self.leak)
        });
        Ok(Update {
            weights: Tensor::ones(gradients.dims(), &device),
            direction: Direction::Masked { dense, rows },
        })
    }
}

/// Numbers from 0 to 1, so many for each seed.
fn lots(seeds: &[u64], step: u64, part: &str, each: &[usize], device: &Device) -> Tensor<1> {
    let mut lots = Vec::with_capacity(each.iter().sum());
    for (&seed, &len) in seeds.iter().zip(each) {
        let stream =
            random::mix(seed ^ random::mix(random::fnv1a(part.bytes()) ^ random::mix(step)));
        let one =
            |place: u64| (random::mix(stream.wrapping_add(place)) >> 40) as f32 / 16_777_216.0;
        lots.extend((0..len as u64).map(one));
    }
    let len = lots.len();
    Tensor::from_data(TensorData::new(lots, [len]), device)
}

/// What is kept of each slope: 1, or the leak.
///
/// # Shapes
/// - gradients, output: `[task, row, column]`
/// - lot: `[row, column]`
pub(super) fn mask(gradients: Tensor<3>, lot: Tensor<2>, leak: f64) -> Tensor<3> {
    let sum = gradients.clone().sum_dim(0);
    let size = gradients.clone().abs().sum_dim(0);
    // Where all slopes are 0 any lot will do.
    let purity = (sum / size.clamp_min(1e-30) + 1.0) * 0.5;
    let lot = lot.unsqueeze_dim::<3>(0);
    let upward = purity.clone().greater(lot.clone()).float();
    let downward = purity.lower(lot).float();
    let kept = gradients.clone().greater_elem(0.0).float() * upward
        + gradients.lower_elem(0.0).float() * downward;
    kept * (1.0 - leak) + leak
}
