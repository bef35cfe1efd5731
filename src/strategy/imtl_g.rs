//! The gradient balance of impartial multi-task learning.

use nalgebra::DVector;

use super::Family;
use super::gram::{GramEntry, GramRule, Seen};
use super::needs::ON;
use crate::spec::{Paper, Spec};

static SPEC: Spec = Spec {
    id: "imtl_g",
    label: "IMTL, gradient balance",
    summary: "The update with the same projection on the direction of each task",
    formula: "d·g_t/‖g_t‖ equal for all t, Σ_t w_t = 1",
    paper: Some(Paper {
        citation: "L. Liu et al., Towards Impartial Multi-Task Learning, ICLR 2021",
        url: "https://openreview.net/forum?id=IMPnRXEWpvr",
    }),
    params: &[ON],
};

/// The entry `imtl_g`.
///
/// Weights may be negative. Parallel gradients leave them open; then the shortest solution is taken.
pub static IMTL_G: GramEntry<Rule> = GramEntry {
    spec: &SPEC,
    family: Family::Directions,
    rule: |_, _| Rule,
};

/// Its rule.
#[derive(Clone, Debug)]
pub struct Rule;

impl GramRule for Rule {
    fn solve(&mut self, seen: &Seen<'_>) -> Option<DVector<f64>> {
        let norms = seen.gram.diagonal().map(|square| square.max(0.0).sqrt());
        let inverse = seen
            .gram
            .clone()
            .pseudo_inverse(1e-12 * seen.gram.trace())
            .ok()?;
        let found = inverse * norms;
        let sum = found.sum();
        (sum.abs() > 1e-12).then(|| found / sum)
    }
}
