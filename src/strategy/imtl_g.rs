//! The gradient balance of impartial multi-task learning.

use nalgebra::DVector;

use super::gram::{ByGram, GramRule, Seen};
use super::{Family, Needs, Strategy, StrategyConfig, StrategyEntry};
use crate::spec::{Choice, Paper, Spec};

/// The entry `imtl_g`.
///
/// Weights may be negative. Parallel gradients leave them open; then the shortest solution is taken.
#[derive(Debug)]
pub struct ImtlG;

static SPEC: Spec = Spec {
    id: "imtl_g",
    label: "IMTL, gradient balance",
    summary: "The update with the same projection on the direction of each task",
    formula: "d·g_t/‖g_t‖ equal for all t, Σ_t w_t = 1",
    paper: Some(Paper {
        citation: "L. Liu et al., Towards Impartial Multi-Task Learning, ICLR 2021",
        url: "https://openreview.net/forum?id=IMPnRXEWpvr",
    }),
    params: &[super::gram::ON],
};

impl StrategyEntry for ImtlG {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn family(&self) -> Family {
        Family::Directions
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
