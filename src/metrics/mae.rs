//! The mean absolute error, in the units of the label.

use super::{Direction, Metric, Scored};
use crate::data::TaskKind;
use crate::spec::Spec;

/// The entry `mae`.
#[derive(Debug)]
pub struct Mae;

static SPEC: Spec = Spec {
    id: "mae",
    label: "MAE",
    summary: "The mean absolute error, in the units of the label",
    formula: "mean(|ŷ − y|)",
    paper: None,
    params: &[],
};

impl Metric for Mae {
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
        let sum: f64 = scored.rows().map(|(y, p)| (p - y).abs()).sum();
        Some(sum / scored.truth.len() as f64)
    }
}
