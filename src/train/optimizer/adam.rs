//! Adam.

use burn::tensor::Tensor;

use super::{Optimizer, OptimizerEntry, StepSize};
use crate::spec::{Choice, Paper, ParamKind, ParamSpec, Spec};

/// The entry `adam`.
#[derive(Debug)]
pub struct Adam;

static SPEC: Spec = Spec {
    id: "adam",
    label: "Adam",
    summary: "Steps scaled by running means of the gradient and of its square",
    formula: "m ← β1·m + (1−β1)·g;  v ← β2·v + (1−β2)·g²;  x ← x − lr·m̂/(√v̂ + ε)",
    paper: Some(Paper {
        citation: "D. Kingma, J. Ba, Adam: A Method for Stochastic Optimization, ICLR 2015",
        url: "https://arxiv.org/abs/1412.6980",
    }),
    params: &[
        ParamSpec {
            name: "lr",
            meaning: "The learning rate",
            kind: ParamKind::Number {
                default: 1e-3,
                min: 1e-8,
                max: 10.0,
            },
        },
        ParamSpec {
            name: "beta1",
            meaning: "How much of the mean gradient is kept each step",
            kind: ParamKind::Number {
                default: 0.9,
                min: 0.0,
                max: 0.999_999,
            },
        },
        ParamSpec {
            name: "beta2",
            meaning: "How much of the mean squared gradient is kept each step",
            kind: ParamKind::Number {
                default: 0.999,
                min: 0.0,
                max: 0.999_999_9,
            },
        },
        ParamSpec {
            name: "eps",
            meaning: "Added to the root so that no step is divided by zero",
            kind: ParamKind::Number {
                default: 1e-8,
                min: 1e-16,
                max: 1.0,
            },
        },
    ],
};

impl OptimizerEntry for Adam {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn build(&self, choice: &Choice) -> Box<dyn Optimizer> {
        Box::new(AdamRule {
            beta1: choice.number(&SPEC, "beta1"),
            beta2: choice.number(&SPEC, "beta2"),
            eps: choice.number(&SPEC, "eps"),
        })
    }
}

/// The update of Adam; `AdamW` adds its decay to it.
#[derive(Clone, Copy, Debug)]
pub struct AdamRule {
    /// How much of the mean gradient is kept.
    pub beta1: f64,
    /// How much of the mean squared gradient is kept.
    pub beta2: f64,
    /// Added to the root.
    pub eps: f64,
}

impl Optimizer for AdamRule {
    fn num_moments(&self) -> usize {
        2
    }

    fn step(
        &self,
        _parameters: &Tensor<2>,
        gradient: Tensor<2>,
        moments: &mut [Tensor<2>],
        at: StepSize,
    ) -> Tensor<2> {
        let [mean, square] = moments else {
            return gradient.zeros_like();
        };
        let steps = i32::try_from(at.step).unwrap_or(i32::MAX);
        let mean_bias = 1.0 - self.beta1.powi(steps);
        let square_bias = 1.0 - self.beta2.powi(steps);
        *mean = mean.clone() * self.beta1 + gradient.clone() * (1.0 - self.beta1);
        *square = square.clone() * self.beta2 + gradient.square() * (1.0 - self.beta2);
        let root = square.clone().sqrt() * (1.0 / square_bias.sqrt()) + self.eps;
        mean.clone() * (at.lr / mean_bias) / root
    }
}
