//! Stochastic gradient descent.

use super::{ByRule, Optimizer, OptimizerEntry, Rule, StepSize};
use crate::model::formula::{Formula, Real};
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
        match choice.number(&SPEC, "momentum") {
            0.0 => Box::new(ByRule(Plain)),
            momentum => Box::new(ByRule(Momentum(momentum))),
        }
    }
}

#[derive(Debug)]
struct Plain;

impl Rule<0> for Plain {
    fn at(&self, size: StepSize) -> impl Formula<0> {
        PlainStep { lr: size.lr }
    }
}

struct PlainStep {
    lr: f64,
}

impl Formula<0> for PlainStep {
    #[inline(always)]
    fn change<R: Real>(&self, _number: &R, gradient: R, []: &mut [R; 0]) -> R {
        gradient * self.lr
    }
}

#[derive(Debug)]
struct Momentum(f64);

impl Rule<1> for Momentum {
    fn at(&self, size: StepSize) -> impl Formula<1> {
        MomentumStep {
            momentum: self.0,
            lr: size.lr,
        }
    }
}

struct MomentumStep {
    momentum: f64,
    lr: f64,
}

impl Formula<1> for MomentumStep {
    #[inline(always)]
    fn change<R: Real>(&self, _number: &R, gradient: R, [buffer]: &mut [R; 1]) -> R {
        *buffer = buffer.clone() * self.momentum + gradient;
        buffer.clone() * self.lr
    }
}
