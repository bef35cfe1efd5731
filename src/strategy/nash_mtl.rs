//! The bargaining solution of the tasks.

use nalgebra::DVector;

use super::gram::{ByGram, GramRule, Seen};
use super::solver::power_balance;
use super::{Family, Needs, Strategy, StrategyConfig, StrategyEntry};
use crate::spec::{Choice, Paper, ParamKind, ParamSpec, Spec};

/// The entry `nash_mtl`.
///
/// The equation is solved as the convex problem that it comes from, at every step and to full precision, where the
/// authors' code takes 20 rounds of an approximation. `largest` bounds the length of the update as they do.
#[derive(Debug)]
pub struct NashMtl;

static SPEC: Spec = Spec {
    id: "nash_mtl",
    label: "Nash-MTL",
    summary: "The update on which bargaining tasks would agree; the scale of a loss does not matter",
    formula: "G·w = 1/w, w > 0, with G the inner products of the gradients",
    paper: Some(Paper {
        citation: "A. Navon et al., Multi-Task Learning as a Bargaining Game, ICML 2022",
        url: "https://arxiv.org/abs/2202.01017",
    }),
    params: &[
        ParamSpec {
            name: "largest",
            meaning: "The largest length of the update",
            kind: ParamKind::Number {
                default: 1.0,
                min: 1e-6,
                max: 1e6,
            },
        },
        super::gram::ON,
    ],
};

impl StrategyEntry for NashMtl {
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
        let largest = choice.number(&SPEC, "largest");
        Strategy::balancing(ByGram::new(&Rule { largest }, config))
    }
}

#[derive(Clone, Debug)]
struct Rule {
    largest: f64,
}

impl GramRule for Rule {
    fn solve(&mut self, seen: &Seen<'_>) -> Option<DVector<f64>> {
        let weights = power_balance(seen.gram, 1.0)?;
        let length = weights.dot(&(seen.gram * &weights)).max(0.0).sqrt();
        Some(weights * (self.largest / length).min(1.0))
    }
}
