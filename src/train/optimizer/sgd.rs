//! Stochastic gradient descent.

use burn::tensor::Tensor;

use super::{Optimizer, OptimizerEntry, StepSize};
use crate::spec::{Choice, ParamKind, ParamSpec, Spec};

/// The entry `sgd`.
#[derive(Debug)]
pub struct Sgd;

static SPEC: Spec = Spec {
    id: "sgd",
    label: "SGD",
    summary: "Plain gradient descent, with momentum if asked for",
    formula: "b ← μ·b + g;  x ← x − lr·b",
    paper: None,
    params: &[
        ParamSpec {
            name: "lr",
            meaning: "The learning rate",
            kind: ParamKind::Number {
                default: 0.1,
                min: 1e-8,
                max: 100.0,
            },
        },
        ParamSpec {
            name: "momentum",
            meaning: "How much of the last step is kept",
            kind: ParamKind::Number {
                default: 0.0,
                min: 0.0,
                max: 0.9999,
            },
        },
    ],
};

impl OptimizerEntry for Sgd {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn build(&self, choice: &Choice) -> Box<dyn Optimizer> {
        Box::new(Rule {
            momentum: choice.number(&SPEC, "momentum"),
        })
    }
}

#[derive(Debug)]
struct Rule {
    momentum: f64,
}

impl Optimizer for Rule {
    fn num_moments(&self) -> usize {
        usize::from(self.momentum > 0.0)
    }

    fn step(
        &self,
        _parameters: &Tensor<2>,
        gradient: Tensor<2>,
        moments: &mut [Tensor<2>],
        at: StepSize,
    ) -> Tensor<2> {
        let [buffer] = moments else {
            return gradient * at.lr;
        };
        *buffer = buffer.clone() * self.momentum + gradient;
        buffer.clone() * at.lr
    }
}
