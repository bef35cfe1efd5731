//! Each gradient freed of its conflicts, then summed.

use nalgebra::DVector;

use super::gram::{ByGram, GramRule, Seen};
use super::solver::quadratic;
use super::{Family, Needs, Strategy, StrategyConfig, StrategyEntry};
use crate::spec::{Choice, Paper, Spec};

/// The entry `upgrad`.
#[derive(Debug)]
pub struct UpGrad;

static SPEC: Spec = Spec {
    id: "upgrad",
    label: "UPGrad",
    summary: "Projects each gradient to where no loss grows, then takes the mean",
    formula: "d = 1/T·Σ_t π(g_t), π the projection onto {d : g_s·d ≥ 0 for all s}",
    paper: Some(Paper {
        citation: "P. Quinton, V. Rey, Jacobian Descent for Multi-Objective Optimization, 2024",
        url: "https://arxiv.org/abs/2406.16232",
    }),
    params: &[super::gram::ON],
};

impl StrategyEntry for UpGrad {
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
        let mut weights = DVector::zeros(tasks);
        for task in 0..tasks {
            let mut least = vec![0.0; tasks];
            least[task] = 1.0 / tasks as f64;
            weights += quadratic(&gram, &least, false)?;
        }
        Some(weights)
    }
}
