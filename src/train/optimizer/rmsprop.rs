//! `RMSprop`.

use super::{ByRule, Optimizer, OptimizerEntry, Rule, StepSize};
use crate::model::formula::{Formula, Real};
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
        Box::new(ByRule(RmsPropRule {
            alpha: choice.number(&SPEC, "alpha"),
            eps: choice.number(&SPEC, "eps"),
        }))
    }
}

#[derive(Clone, Copy, Debug)]
struct RmsPropRule {
    alpha: f64,
    eps: f64,
}

impl Rule<1> for RmsPropRule {
    fn at(&self, size: StepSize) -> impl Formula<1> {
        RmsPropStep {
            rule: *self,
            lr: size.lr,
        }
    }
}

struct RmsPropStep {
    rule: RmsPropRule,
    lr: f64,
}

impl Formula<1> for RmsPropStep {
    #[inline(always)]
    fn change<R: Real>(&self, _number: &R, gradient: R, [square]: &mut [R; 1]) -> R {
        let RmsPropRule { alpha, eps } = self.rule;
        *square = square.clone() * alpha + gradient.clone().square() * (1.0 - alpha);
        gradient * self.lr / (square.clone().sqrt() + eps)
    }
}
