//! Adam with decay apart from the gradient.

use burn::tensor::Tensor;

use super::adam::AdamRule;
use super::{Optimizer, OptimizerEntry, StepSize};
use crate::spec::{Choice, Paper, ParamKind, ParamSpec, Spec};

/// The entry `adamw`.
#[derive(Debug)]
pub struct AdamW;

static SPEC: Spec = Spec {
    id: "adamw",
    label: "AdamW",
    summary: "Adam with weight decay apart from the gradient",
    formula: "x ← x − lr·λ·x − Adam step",
    paper: Some(Paper {
        citation: "I. Loshchilov, F. Hutter, Decoupled Weight Decay Regularization, ICLR 2019",
        url: "https://arxiv.org/abs/1711.05101",
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
        ParamSpec {
            name: "weight_decay",
            meaning: "The share of each parameter taken off a step, times the learning rate; of embeddings only the rows that the batch touches",
            kind: ParamKind::Number {
                default: 0.01,
                min: 0.0,
                max: 10.0,
            },
        },
    ],
};

impl OptimizerEntry for AdamW {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn build(&self, choice: &Choice) -> Box<dyn Optimizer> {
        let adam = AdamRule {
            beta1: choice.number(&SPEC, "beta1"),
            beta2: choice.number(&SPEC, "beta2"),
            eps: choice.number(&SPEC, "eps"),
        };
        Box::new(Rule {
            adam,
            decay: choice.number(&SPEC, "weight_decay"),
        })
    }
}

#[derive(Debug)]
struct Rule {
    adam: AdamRule,
    decay: f64,
}

impl Optimizer for Rule {
    fn num_moments(&self) -> usize {
        self.adam.num_moments()
    }

    fn step(
        &self,
        parameters: &Tensor<2>,
        gradient: Tensor<2>,
        moments: &mut [Tensor<2>],
        at: StepSize,
    ) -> Tensor<2> {
        let decay = parameters.clone() * (at.lr * self.decay);
        self.adam.step(parameters, gradient, moments, at) + decay
    }
}
