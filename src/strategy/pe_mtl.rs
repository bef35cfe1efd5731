//! The nearest point to zero with a least weight for each task.

use nalgebra::DVector;

use super::gram::{ByGram, GramRule, Seen};
use super::solver::quadratic;
use super::{Family, Needs, Strategy, StrategyConfig, StrategyEntry};
use crate::spec::{Choice, Paper, ParamKind, ParamSpec, Spec};

/// The entry `pe_mtl`.
#[derive(Debug)]
pub struct PeMtl;

static SPEC: Spec = Spec {
    id: "pe_mtl",
    label: "Pareto-efficient (PE-MTL)",
    summary: "MGDA with a least weight for each task",
    formula: "w = argmin ‖Σ_t w_t·g_t‖², Σ_t w_t = 1, w_t ≥ c",
    paper: Some(Paper {
        citation: "X. Lin et al., A Pareto-Efficient Algorithm for Multiple Objective Optimization in E-Commerce Recommendation, RecSys 2019",
        url: "https://doi.org/10.1145/3298689.3346998",
    }),
    params: &[
        ParamSpec {
            name: "least",
            meaning: "The least weight, as a share of an equal one",
            kind: ParamKind::Number {
                default: 0.2,
                min: 0.0,
                max: 1.0,
            },
        },
        super::gram::ON,
    ],
};

impl StrategyEntry for PeMtl {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn family(&self) -> Family {
        Family::Directions
    }

    fn needs(&self, choice: &Choice) -> Needs {
        super::gram::needs(choice, &SPEC)
    }

    fn build(&self, choice: &Choice, config: &StrategyConfig<'_>) -> Strategy {
        let least = choice.number(&SPEC, "least") / config.tasks.len().max(1) as f64;
        Strategy::balancing(ByGram::new(&Rule { least }, config))
    }
}

#[derive(Clone, Debug)]
struct Rule {
    least: f64,
}

impl GramRule for Rule {
    fn solve(&mut self, seen: &Seen<'_>) -> Option<DVector<f64>> {
        let least = vec![self.least; seen.gram.nrows()];
        quadratic(&(seen.gram / seen.gram.trace()), &least, true)
    }
}
