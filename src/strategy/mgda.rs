//! The point of the gradients' convex hull that is nearest to zero.

use nalgebra::DVector;

use super::gram::{ByGram, GramRule, Seen};
use super::solver::quadratic;
use super::{Family, Needs, Strategy, StrategyConfig, StrategyEntry};
use crate::spec::{Choice, Paper, Spec};

/// The entry `mgda`.
///
/// The smallest gradient has the largest weight, so a task that is nearly learned can hold the others up.
#[derive(Debug)]
pub struct Mgda;

static SPEC: Spec = Spec {
    id: "mgda",
    label: "MGDA",
    summary: "The shortest mean of the gradients, along which no loss grows",
    formula: "w = argmin_{w ∈ Δ} ‖Σ_t w_t·g_t‖²",
    paper: Some(Paper {
        citation: "O. Sener, V. Koltun, Multi-Task Learning as Multi-Objective Optimization, NeurIPS 2018",
        url: "https://arxiv.org/abs/1810.04650",
    }),
    params: &[super::gram::ON],
};

impl StrategyEntry for Mgda {
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
        quadratic(&(seen.gram / seen.gram.trace()), &vec![0.0; tasks], true)
    }
}
