//! Utilities of the tasks in the sense of fair resource allocation.

use nalgebra::DVector;

use super::Family;
use super::gram::{GramEntry, GramRule, Seen};
use super::needs::ON;
use super::solver::power_balance;
use crate::spec::{Paper, ParamKind, ParamSpec, Spec};

static SPEC: Spec = Spec {
    id: "fairgrad",
    label: "FairGrad",
    summary: "Shares the improvement among tasks by α-fairness, from the plain sum to the worst task first",
    formula: "G·w = w^(−1/α), w > 0, with G the inner products of the gradients",
    paper: Some(Paper {
        citation: "H. Ban, K. Ji, Fair Resource Allocation in Multi-Task Learning, ICML 2024",
        url: "https://arxiv.org/abs/2402.15638",
    }),
    params: &[
        ParamSpec {
            name: "alpha",
            meaning: "How fair: 1 is the bargaining solution, large values serve the worst task",
            kind: ParamKind::Number {
                default: 1.0,
                min: 0.05,
                max: 20.0,
            },
        },
        ON,
    ],
};

/// The entry `fairgrad`.
pub static FAIRGRAD: GramEntry<Rule> = GramEntry {
    spec: &SPEC,
    family: Family::Directions,
    rule: |choice, _| Rule {
        alpha: choice.number(&SPEC, "alpha"),
    },
};

/// Its rule.
#[derive(Clone, Debug)]
pub struct Rule {
    alpha: f64,
}

impl GramRule for Rule {
    fn solve(&mut self, seen: &Seen<'_>) -> Option<DVector<f64>> {
        power_balance(seen.gram, self.alpha)
    }
}
