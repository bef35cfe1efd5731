//! The root of the mean squared error, in the units of the label.

use super::{Direction, Metric, Scored};
use crate::data::TaskKind;
use crate::spec::Spec;

/// The entry `rmse`.
#[derive(Debug)]
pub struct Rmse;

static SPEC: Spec = Spec {
    id: "rmse",
    label: "RMSE",
    summary: "The root of the mean squared error, in the units of the label",
    formula: "√mean((ŷ − y)²)",
    paper: None,
    params: &[],
};

impl Metric for Rmse {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn applies_to(&self, kind: TaskKind) -> bool {
        kind == TaskKind::Regression
    }

    fn direction(&self) -> Direction {
        Direction::LowerIsBetter
    }

    fn score(&self, scored: &Scored<'_>) -> Option<f64> {
        if !scored.is_sound() {
            return None;
        }
        let squares: f64 = scored.rows().map(|(y, p)| (p - y).powi(2)).sum();
        Some((squares / scored.truth.len() as f64).sqrt())
    }
}
