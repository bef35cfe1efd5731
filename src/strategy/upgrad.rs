//! Each gradient freed of its conflicts, then summed.

use nalgebra::DVector;

use super::Family;
use super::gram::{GramEntry, GramRule, Seen, regularized};
use super::needs::ON;
use super::solver::quadratic;
use crate::spec::{Paper, Spec};

static SPEC: Spec = Spec {
    id: "upgrad",
    label: "UPGrad",
    summary: "Projects each gradient to where no loss grows, then takes the mean",
    formula: "d = 1/T·Σ_t π(g_t), π the projection onto {d : g_s·d ≥ 0 for all s}",
    paper: Some(Paper {
        citation: "P. Quinton, V. Rey, Jacobian Descent for Multi-Objective Optimization, 2024",
        url: "https://arxiv.org/abs/2406.16232",
    }),
    params: &[ON],
};

/// The entry `upgrad`.
pub static UPGRAD: GramEntry<Rule> = GramEntry {
    spec: &SPEC,
    family: Family::Directions,
    rule: |_, _| Rule,
};

/// Its rule.
#[derive(Clone, Debug)]
pub struct Rule;

impl GramRule for Rule {
    fn solve(&mut self, seen: &Seen<'_>) -> Option<DVector<f64>> {
        let tasks = seen.gram.nrows();
        let gram = regularized(seen.gram);
        let mut weights = DVector::zeros(tasks);
        for task in 0..tasks {
            let mut least = vec![0.0; tasks];
            least[task] = 1.0 / tasks as f64;
            weights += quadratic(&gram, &least, false)?;
        }
        Some(weights)
    }
}
