//! The mean gradient freed of its conflicts.

use nalgebra::DVector;

use super::Family;
use super::gram::{GramEntry, GramRule, Seen, regularized};
use super::needs::ON;
use super::solver::quadratic;
use crate::spec::{Paper, Spec};

static SPEC: Spec = Spec {
    id: "dualproj",
    label: "DualProj",
    summary: "Projects the mean gradient to where no loss grows",
    formula: "d = π(1/T·Σ_t g_t), π the projection onto {d : g_s·d ≥ 0 for all s}",
    paper: Some(Paper {
        citation: "D. Lopez-Paz, M. Ranzato, Gradient Episodic Memory for Continual Learning, NeurIPS 2017",
        url: "https://arxiv.org/abs/1706.08840",
    }),
    params: &[ON],
};

/// The entry `dualproj`.
pub static DUALPROJ: GramEntry<Rule> = GramEntry {
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
        quadratic(&gram, &vec![1.0 / tasks as f64; tasks], false)
    }
}
