//! `RMSprop`.

use burn::tensor::Tensor;

use super::{Optimizer, OptimizerEntry, StepSize};
use crate::spec::{Choice, Paper, ParamKind, ParamSpec, Spec};

/// The entry `rmsprop`.
#[derive(Debug)]
pub struct RmsProp;

static SPEC: Spec = Spec {
    id: "rmsprop",
    label: "RMSprop",
    summary: "Steps scaled by a running mean of the squared gradient",
    formula: "v ← α·v + (1−α)·g²;  x ← x − lr·g/(√v + ε)",
    paper: Some(Paper {
        citation: "T. Tieleman, G. Hinton, Lecture 6.5 of Neural Networks for Machine Learning, 2012",
        url: "https://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf",
    }),
    params: &[
        ParamSpec {
            name: "lr",
            meaning: "The learning rate",
            kind: ParamKind::Number {
                default: 0.01,
                min: 1e-8,
                max: 100.0,
            },
        },
        ParamSpec {
            name: "alpha",
            meaning: "How much of the mean squared gradient is kept each step",
            kind: ParamKind::Number {
                default: 0.99,
                min: 0.0,
                max: 0.999_999,
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

impl OptimizerEntry for RmsProp {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn build(&self, choice: &Choice) -> Box<dyn Optimizer> {
        Box::new(Rule {
            alpha: choice.number(&SPEC, "alpha"),
            eps: choice.number(&SPEC, "eps"),
        })
    }
}

#[derive(Debug)]
struct Rule {
    alpha: f64,
    eps: f64,
}

impl Optimizer for Rule {
    fn num_moments(&self) -> usize {
        1
    }

    fn step(
        &self,
        _parameters: &Tensor<2>,
        gradient: Tensor<2>,
        moments: &mut [Tensor<2>],
        at: StepSize,
    ) -> Tensor<2> {
        let [square] = moments else {
            return gradient.zeros_like();
        };
        *square = square.clone() * self.alpha + gradient.clone().square() * (1.0 - self.alpha);
        gradient * at.lr / (square.clone().sqrt() + self.eps)
    }
}
