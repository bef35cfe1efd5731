//! The mean gradient freed of its conflicts.

use nalgebra::DVector;

use super::gram::{ByGram, GramRule, Seen};
use super::solver::quadratic;
use super::{Family, Needs, Strategy, StrategyConfig, StrategyEntry};
use crate::spec::{Choice, Paper, Spec};

/// The entry `dualproj`.
#[derive(Debug)]
pub struct DualProj;

static SPEC: Spec = Spec {
    id: "dualproj",
    label: "DualProj",
    summary: "Projects the mean gradient to where no loss grows",
    formula: "d = π(1/T·Σ_t g_t), π the projection onto {d : g_s·d ≥ 0 for all s}",
    paper: Some(Paper {
        citation: "D. Lopez-Paz, M. Ranzato, Gradient Episodic Memory for Continual Learning, NeurIPS 2017",
        url: "https://arxiv.org/abs/1706.08840",
    }),
    params: &[super::gram::ON],
};

impl StrategyEntry for DualProj {
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
        let tasks = seen.gram.nrows();
        let gram = super::gram::regularized(seen.gram);
        quadratic(&gram, &vec![1.0 / tasks as f64; tasks], false)
    }
}
