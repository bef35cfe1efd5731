//! The bargaining solution of the tasks.

use nalgebra::DVector;

use super::Family;
use super::gram::{GramEntry, GramRule, Seen};
use super::needs::ON;
use super::solver::power_balance;
use crate::spec::{Paper, ParamKind, ParamSpec, Spec};

static SPEC: Spec = Spec {
    id: "nash_mtl",
    label: "Nash-MTL",
    summary: "The update on which bargaining tasks would agree; the scale of a loss does not matter",
    formula: "G·w = 1/w, w > 0, with G the inner products of the gradients",
    paper: Some(Paper {
        citation: "A. Navon et al., Multi-Task Learning as a Bargaining Game, ICML 2022",
        url: "https://arxiv.org/abs/2202.01017",
    }),
    params: &[
        ParamSpec {
            name: "largest",
            meaning: "The largest length of the update",
            kind: ParamKind::Number {
                default: 1.0,
                min: 1e-6,
                max: 1e6,
            },
        },
        ON,
    ],
};

/// The entry `nash_mtl`.
///
/// The equation is solved as the convex problem that it comes from, at every step and to full precision, where the
/// authors' code takes 20 rounds of an approximation. `largest` bounds the length of the update as they do.
pub static NASH_MTL: GramEntry<Rule> = GramEntry {
    spec: &SPEC,
    family: Family::Directions,
    rule: |choice, _| Rule {
        largest: choice.number(&SPEC, "largest"),
    },
};

/// Its rule.
#[derive(Clone, Debug)]
pub struct Rule {
    largest: f64,
}

impl GramRule for Rule {
    fn solve(&mut self, seen: &Seen<'_>) -> Option<DVector<f64>> {
        let weights = power_balance(seen.gram, 1.0)?;
        let length = weights.dot(&(seen.gram * &weights)).max(0.0).sqrt();
        Some(weights * (self.largest / length).min(1.0))
    }
}
