//! Adagrad.

use super::{ByRule, Optimizer, OptimizerEntry, Rule, StepSize};
use crate::model::formula::{Formula, Real};
use crate::spec::{Choice, Paper, ParamKind, ParamSpec, Spec};

/// The entry `adagrad`.
#[derive(Debug)]
pub struct Adagrad;

static SPEC: Spec = Spec {
    id: "adagrad",
    label: "Adagrad",
    summary: "Steps scaled by the root of all squared gradients so far, well liked for rare ids",
    formula: "v ← v + g²;  x ← x − lr·g/(√v + ε)",
    paper: Some(Paper {
        citation: "J. Duchi, E. Hazan, Y. Singer, Adaptive Subgradient Methods for Online Learning \
                   and Stochastic Optimization, JMLR 12, 2011",
        url: "https://jmlr.org/papers/v12/duchi11a.html",
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
            name: "eps",
            meaning: "Added to the root so that no step is divided by zero",
            kind: ParamKind::Number {
                default: 1e-10,
                min: 1e-16,
                max: 1.0,
            },
        },
    ],
};

impl OptimizerEntry for Adagrad {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn build(&self, choice: &Choice) -> Box<dyn Optimizer> {
        Box::new(ByRule(AdagradRule {
            eps: choice.number(&SPEC, "eps"),
        }))
    }
}

#[derive(Debug)]
struct AdagradRule {
    eps: f64,
}

impl Rule<1> for AdagradRule {
    fn at(&self, size: StepSize) -> impl Formula<1> {
        AdagradStep {
            lr: size.lr,
            eps: self.eps,
        }
    }
}

struct AdagradStep {
    lr: f64,
    eps: f64,
}

impl Formula<1> for AdagradStep {
    #[inline(always)]
    fn change<R: Real>(&self, _number: &R, gradient: R, [sum]: &mut [R; 1]) -> R {
        *sum = sum.clone() + gradient.clone().square();
        gradient * self.lr / (sum.clone().sqrt() + self.eps)
    }
}
