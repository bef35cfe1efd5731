//! The direction with the same angle to every gradient.

use nalgebra::{DMatrix, DVector};

use super::Family;
use super::gram::{GramEntry, GramRule, Seen};
use super::needs::ON;
use crate::spec::{Paper, Spec};

static SPEC: Spec = Spec {
    id: "config",
    label: "ConFIG",
    summary: "The direction with the same angle to every gradient, as long as their projections together",
    formula: "d = (Σ_t g_t·u)·u, u ∥ U⁺·1, with the rows of U the unit gradients",
    paper: Some(Paper {
        citation: "Q. Liu, M. Chu, N. Thuerey, ConFIG: Towards Conflict-free Training of Physics Informed Neural Networks, ICLR 2025",
        url: "https://arxiv.org/abs/2408.11104",
    }),
    params: &[ON],
};

/// The entry `config`.
pub static CONFIG: GramEntry<Rule> = GramEntry {
    spec: &SPEC,
    family: Family::Directions,
    rule: |_, _| Rule,
};

/// Its rule.
#[derive(Clone, Debug)]
pub struct Rule;

impl GramRule for Rule {
    fn solve(&mut self, seen: &Seen<'_>) -> Option<DVector<f64>> {
        // u = Uᵀ·(U·Uᵀ)⁺·1, all of it by inner products.
        let inverse_norms = seen.gram.diagonal().map(|square| {
            if square > 0.0 {
                square.sqrt().recip()
            } else {
                0.0
            }
        });
        let scale = DMatrix::from_diagonal(&inverse_norms);
        let cosines = &scale * seen.gram * &scale;
        let ones = DVector::from_element(seen.gram.nrows(), 1.0);
        let direction = scale * cosines.pseudo_inverse(1e-9).ok()? * ones;
        let length = direction.dot(&(seen.gram * &direction)).max(0.0).sqrt();
        if length <= 1e-12 {
            return None;
        }
        let unit = direction / length;
        let projections = (seen.gram * &unit).sum();
        Some(unit * projections)
    }
}
