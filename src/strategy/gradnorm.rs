//! Weights under which all tasks train at the same rate.

use burn::tensor::Tensor;

use super::learned::{Learned, known, positive};
use super::needs::ON;
use super::{
    Balancing, Family, Look, Needs, Progress, Strategy, StrategyConfig, StrategyEntry,
    TaskGradients, Update,
};
use crate::data::TaskKind;
use crate::error::Report;
use crate::spec::{Choice, Paper, ParamKind, ParamSpec, Spec};

/// The least weight before they are scaled: a weight must not turn negative.
const FLOOR: f64 = 1e-3;

/// The entry `gradnorm`.
///
/// The weights' gradient has a closed form, so there is no second backward pass: with `n_t = ‖g_t‖` the length of a
/// weighted gradient is `w_t·n_t`, and its distance from the target changes with `w_t` as `sign(w_t·n_t − target)·n_t`.
#[derive(Debug)]
pub struct GradNorm;

static SPEC: Spec = Spec {
    id: "gradnorm",
    label: "GradNorm",
    summary: "Learns weights that make the weighted gradients alike in length, longer where a task lags behind",
    formula: "min_w Σ_t |w_t·‖g_t‖ − n̄·r_t^α|, r_t = (L_t/L_t(0)) / mean_s(L_s/L_s(0)), Σ_t w_t = T",
    paper: Some(Paper {
        citation: "Z. Chen et al., GradNorm: Gradient Normalization for Adaptive Loss Balancing in Deep Multitask \
                   Networks, ICML 2018",
        url: "https://arxiv.org/abs/1711.02257",
    }),
    params: &[
        ParamSpec {
            name: "alpha",
            meaning: "How strongly tasks that lag behind are favored; 0 makes all gradients equally long",
            kind: ParamKind::Number {
                default: 1.5,
                min: 0.0,
                max: 10.0,
            },
        },
        ParamSpec {
            name: "lr",
            meaning: "The learning rate of the weights, by Adam",
            kind: ParamKind::Number {
                default: 0.025,
                min: 1e-6,
                max: 1.0,
            },
        },
        ParamSpec {
            name: "initial",
            meaning: "The loss that training begins with: that of the first batch, or of a network that knows nothing",
            kind: ParamKind::Choice {
                default: "first",
                options: &["first", "theory"],
            },
        },
        ON,
    ],
};

impl StrategyEntry for GradNorm {
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
        let lr = choice.number(&SPEC, "lr");
        let theory = config.tasks.iter().map(|task| match task.kind {
            TaskKind::Binary => std::f32::consts::LN_2,
            // The variance of a scaled label.
            TaskKind::Regression => 1.0,
        });
        let first = if choice.word(&SPEC, "initial") == "theory" {
            Tensor::<1>::from_floats(theory.collect::<Vec<_>>().as_slice(), config.device)
                .unsqueeze_dim::<2>(0)
                .expand(shape)
        } else {
            Tensor::zeros(shape, config.device)
        };
        Strategy::balancing(Running {
            weights: Learned::new(1.0, lr, shape, config.device),
            first,
            alpha: choice.number(&SPEC, "alpha"),
        })
    }
}

#[derive(Debug)]
struct Running {
    weights: Learned,
    /// `[replica, task]`: the loss that training began with, 0 until there is one.
    first: Tensor<2>,
    alpha: f64,
}

impl Balancing for Running {
    fn balance(
        &mut self,
        gradients: &TaskGradients,
        losses: &Tensor<2>,
        progress: Progress,
    ) -> Result<Update, Report> {
        let tasks = losses.dims()[1] as f64;
        let unset = self.first.clone().equal_scalar(0.0);
        self.first = self.first.clone().mask_where(unset, losses.clone());
        let known = known(losses);
        let weights = self.weights.values.clone();
        let ratio = positive(losses, &known) / positive(&self.first, &known);
        let mean_ratio = mean_of(&ratio, &known).clamp_min(1e-30);
        let rate = (ratio / mean_ratio).powf_scalar(self.alpha);
        let slope = slope(&weights, gradients.norms(), &rate, &known);
        self.weights.step(slope, &known, progress.step);
        let next = self.weights.values.clone().clamp_min(FLOOR);
        let sum = next.clone().sum_dim(1);
        self.weights.values = next / sum * tasks;
        Ok(Update::weighted(weights))
    }

    fn state(&mut self) -> Vec<&mut Tensor<2>> {
        let mut state = self.weights.state();
        state.push(&mut self.first);
        state
    }
}

/// The derivative of `Σ_t |w_t·n_t − target_t|` by the weights, the targets held fast.
///
/// # Shapes
/// - weights, norms, rate, known, output: `[replica, task]`
pub(super) fn slope(
    weights: &Tensor<2>,
    norms: Tensor<2>,
    rate: &Tensor<2>,
    known: &Tensor<2>,
) -> Tensor<2> {
    let lengths = weights.clone() * norms.clone();
    let target = mean_of(&lengths, known) * rate.clone();
    (lengths - target).sign() * norms
}

/// The mean over the tasks that are known, `[replica, 1]`.
fn mean_of(numbers: &Tensor<2>, known: &Tensor<2>) -> Tensor<2> {
    let count = known.clone().sum_dim(1).clamp_min(1.0);
    (numbers.clone() * known.clone()).sum_dim(1) / count
}
