//! The direction with the same angle to every gradient.

use nalgebra::{DMatrix, DVector};

use super::gram::{ByGram, GramRule, Seen};
use super::{Family, Needs, Strategy, StrategyConfig, StrategyEntry};
use crate::spec::{Choice, Paper, Spec};

/// The entry `config`.
#[derive(Debug)]
pub struct ConFig;

static SPEC: Spec = Spec {
    id: "config",
    label: "ConFIG",
    summary: "The direction with the same angle to every gradient, as long as their projections together",
    formula: "d = (Σ_t g_t·u)·u, u ∥ U⁺·1, with the rows of U the unit gradients",
    paper: Some(Paper {
        citation: "Q. Liu, M. Chu, N. Thuerey, ConFIG: Towards Conflict-free Training of Physics Informed Neural Networks, ICLR 2025",
        url: "https://arxiv.org/abs/2408.11104",
    }),
    params: &[super::gram::ON],
};

impl StrategyEntry for ConFig {
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
