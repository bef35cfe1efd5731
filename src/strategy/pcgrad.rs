//! Gradient surgery: conflicting parts are taken out.

use nalgebra::{DMatrix, DVector};

use super::gram::{ByGram, GramRule, Seen};
use super::surgery::{in_order, others};
use super::{Family, Needs, Strategy, StrategyConfig, StrategyEntry};
use crate::spec::{Choice, Paper, Spec};

/// The entry `pcgrad`.
///
/// Without a conflict it is the plain sum. The order comes from the run's seed and the step.
#[derive(Debug)]
pub struct PcGrad;

static SPEC: Spec = Spec {
    id: "pcgrad",
    label: "PCGrad",
    summary: "Takes out of each gradient what points against another, then sums them",
    formula: "g_t ← g_t − min(0, g_t·g_s)/‖g_s‖²·g_s for all s in random order;  d = Σ_t g_t",
    paper: Some(Paper {
        citation: "T. Yu et al., Gradient Surgery for Multi-Task Learning, NeurIPS 2020",
        url: "https://arxiv.org/abs/2001.06782",
    }),
    params: &[super::gram::ON],
};

impl StrategyEntry for PcGrad {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn family(&self) -> Family {
        Family::Surgery
    }

    fn needs(&self, choice: &Choice) -> Needs {
        super::gram::needs(choice, &SPEC)
    }

    fn build(&self, _choice: &Choice, config: &StrategyConfig<'_>) -> Strategy {
        Strategy::balancing(ByGram::new(&Rule, config))
    }
}

#[derive(Clone, Debug)]
struct Rule;

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
