//! The nearest point to zero with a least weight for each task.

use nalgebra::DVector;

use super::Family;
use super::gram::{GramEntry, GramRule, Seen};
use super::needs::ON;
use super::solver::quadratic;
use crate::spec::{Paper, ParamKind, ParamSpec, Spec};

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
        ON,
    ],
};

/// The entry `pe_mtl`.
pub static PE_MTL: GramEntry<Rule> = GramEntry {
    spec: &SPEC,
    family: Family::Directions,
    rule: |choice, config| Rule {
        least: choice.number(&SPEC, "least") / config.tasks.len().max(1) as f64,
    },
};

/// Its rule.
#[derive(Clone, Debug)]
pub struct Rule {
    least: f64,
}

impl GramRule for Rule {
    fn solve(&mut self, seen: &Seen<'_>) -> Option<DVector<f64>> {
        let least = vec![self.least; seen.gram.nrows()];
        quadratic(&(seen.gram / seen.gram.trace()), &least, true)
    }
}
