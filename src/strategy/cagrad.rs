//! The update near the mean gradient that serves the worst task most.

use nalgebra::{DMatrix, DVector};

use super::Family;
use super::gram::{GramEntry, GramRule, Seen};
use super::needs::ON;
use super::solver::linear_and_norm;
use crate::spec::{Paper, ParamKind, ParamSpec, Spec};

static SPEC: Spec = Spec {
    id: "cagrad",
    label: "CAGrad",
    summary: "Stays near the mean gradient and there improves the task that improves least",
    formula: "max_d min_t g_t·d, ‖d − ḡ‖ ≤ c·‖ḡ‖;  d / (1 + c²)",
    paper: Some(Paper {
        citation: "B. Liu et al., Conflict-Averse Gradient Descent for Multi-task Learning, NeurIPS 2021",
        url: "https://arxiv.org/abs/2110.14048",
    }),
    params: &[
        ParamSpec {
            name: "c",
            meaning: "How far from the mean gradient the update may go, in its lengths",
            kind: ParamKind::Number {
                default: 0.4,
                min: 0.0,
                max: 10.0,
            },
        },
        ON,
    ],
};

/// The entry `cagrad`.
///
/// The weights are those of the update itself, `(1/T + c·‖ḡ‖/‖g_w‖·w_t)/(1 + c²)`, rescaled as in the authors' code.
pub static CAGRAD: GramEntry<Rule> = GramEntry {
    spec: &SPEC,
    family: Family::Directions,
    rule: |choice, _| Rule {
        c: choice.number(&SPEC, "c"),
    },
};

/// Its rule.
#[derive(Clone, Debug)]
pub struct Rule {
    c: f64,
}

impl GramRule for Rule {
    fn solve(&mut self, seen: &Seen<'_>) -> Option<DVector<f64>> {
        let tasks = seen.gram.nrows();
        let mean = DVector::from_element(tasks, 1.0 / tasks as f64);
        let gram = seen.gram / seen.gram.trace();
        let to_mean = &gram * &mean;
        let mean_norm = mean.dot(&to_mean).max(0.0).sqrt();
        let eigen = gram.clone().symmetric_eigen();
        let roots = eigen.eigenvalues.map(|value| value.max(0.0).sqrt());
        let root = DMatrix::from_diagonal(&roots) * eigen.eigenvectors.transpose();
        let found = linear_and_norm(to_mean.as_slice(), self.c * mean_norm, &root)?;
        let norm = (&root * &found).norm();
        let extra = if norm > 1e-12 {
            self.c * mean_norm / norm
        } else {
            0.0
        };
        Some((mean + found * extra) / (1.0 + self.c * self.c))
    }
}
