//! The sum of predictions over the sum of labels; above 1 predicts too much.

use super::{Direction, Metric, Scored};
use crate::data::TaskKind;
use crate::spec::Spec;

/// The entry `calibration`.
#[derive(Debug)]
pub struct Calibration;

static SPEC: Spec = Spec {
    id: "calibration",
    label: "Calibration",
    summary: "The sum of predictions over the sum of labels; above 1 predicts too much",
    formula: "Σ p / Σ y",
    paper: None,
    params: &[],
};

impl Metric for Calibration {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn applies_to(&self, _kind: TaskKind) -> bool {
        true
    }

    fn direction(&self) -> Direction {
        Direction::ClosestToOne
    }

    fn score(&self, scored: &Scored<'_>) -> Option<f64> {
        if !scored.is_sound() {
            return None;
        }
        let (truth, predicted) = scored
            .rows()
            .fold((0.0, 0.0), |(truth, predicted), (y, p)| {
                (truth + y, predicted + p)
            });
        (truth > 0.0).then(|| predicted / truth)
    }
}
