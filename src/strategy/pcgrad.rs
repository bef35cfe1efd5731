//! Gradient surgery: conflicting parts are taken out.

use nalgebra::{DMatrix, DVector};

use super::Family;
use super::gram::{GramEntry, GramRule, Seen};
use super::needs::ON;
use super::surgery::{in_order, others};
use crate::spec::{Paper, Spec};

static SPEC: Spec = Spec {
    id: "pcgrad",
    label: "PCGrad",
    summary: "Takes out of each gradient what points against another, then sums them",
    formula: "g_t ← g_t − min(0, g_t·g_s)/‖g_s‖²·g_s for all s in random order;  d = Σ_t g_t",
    paper: Some(Paper {
        citation: "T. Yu et al., Gradient Surgery for Multi-Task Learning, NeurIPS 2020",
        url: "https://arxiv.org/abs/2001.06782",
    }),
    params: &[ON],
};

/// The entry `pcgrad`.
///
/// Without a conflict it is the plain sum. The order comes from the run's seed and the step.
pub static PCGRAD: GramEntry<Rule> = GramEntry {
    spec: &SPEC,
    family: Family::Surgery,
    rule: |_, _| Rule,
};

/// Its rule.
#[derive(Clone, Debug)]
pub struct Rule;

impl GramRule for Rule {
    fn solve(&mut self, seen: &Seen<'_>) -> Option<DVector<f64>> {
        let order = in_order(seen);
        Some(project(seen.gram, |task| others(&order, task)))
    }
}

/// Each gradient is a row of weights on all; a projection changes a weight.
fn project(gram: &DMatrix<f64>, others: impl Fn(usize) -> Vec<usize>) -> DVector<f64> {
    let tasks = gram.nrows();
    let mut sum = DVector::zeros(tasks);
    for task in 0..tasks {
        let mut own = DVector::zeros(tasks);
        own[task] = 1.0;
        for other in others(task) {
            let product = gram.row(other).tr_dot(&own);
            if product < 0.0 {
                own[other] -= product / gram[(other, other)];
            }
        }
        sum += own;
    }
    sum
}
