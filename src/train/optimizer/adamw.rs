//! Adam with decay apart from the gradient.

use super::adam::{self, AdamRule, AdamStep};
use super::{ByRule, Optimizer, OptimizerEntry, Rule, StepSize};
use crate::model::formula::{Formula, Real};
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
        adam::LR,
        adam::BETA1,
        adam::BETA2,
        adam::EPS,
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
        Box::new(ByRule(AdamWRule {
            adam: AdamRule::new(&SPEC, choice),
            decay: choice.number(&SPEC, "weight_decay"),
        }))
    }
}

#[derive(Debug)]
struct AdamWRule {
    adam: AdamRule,
    decay: f64,
}

impl Rule<2> for AdamWRule {
    fn at(&self, size: StepSize) -> impl Formula<2> {
        AdamWStep {
            adam: self.adam.at(size),
            decay: size.lr * self.decay,
        }
    }
}

struct AdamWStep {
    adam: AdamStep,
    decay: f64,
}

impl Formula<2> for AdamWStep {
    #[inline(always)]
    fn change<R: Real>(&self, number: &R, gradient: R, moments: &mut [R; 2]) -> R {
        self.adam.change(number, gradient, moments) + number.clone() * self.decay
    }
}
