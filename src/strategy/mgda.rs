//! The point of the gradients' convex hull that is nearest to zero.

use nalgebra::DVector;

use super::Family;
use super::gram::{GramEntry, GramRule, ON, Seen};
use super::solver::quadratic;
use crate::spec::{Paper, Spec};

static SPEC: Spec = Spec {
    id: "mgda",
    label: "MGDA",
    summary: "The shortest mean of the gradients, along which no loss grows",
    formula: "w = argmin_{w ∈ Δ} ‖Σ_t w_t·g_t‖²",
    paper: Some(Paper {
        citation: "O. Sener, V. Koltun, Multi-Task Learning as Multi-Objective Optimization, NeurIPS 2018",
        url: "https://arxiv.org/abs/1810.04650",
    }),
    params: &[ON],
};

/// The entry `mgda`.
///
/// The smallest gradient has the largest weight, so a task that is nearly learned can hold the others up.
pub static MGDA: GramEntry<Rule> = GramEntry {
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
        quadratic(&(seen.gram / seen.gram.trace()), &vec![0.0; tasks], true)
    }
}
