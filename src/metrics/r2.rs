//! The share of the variance that the predictions explain; undefined for a constant label.

use super::{Direction, Metric, Scored};
use crate::data::TaskKind;
use crate::spec::Spec;

/// The entry `r2`.
#[derive(Debug)]
pub struct R2;

static SPEC: Spec = Spec {
    id: "r2",
    label: "R²",
    summary: "The share of the variance that the predictions explain; undefined for a constant label",
    formula: "1 − Σ(ŷ − y)² / Σ(y − ȳ)²",
    paper: None,
    params: &[],
};

impl Metric for R2 {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn applies_to(&self, kind: TaskKind) -> bool {
        kind == TaskKind::Regression
    }

    fn direction(&self) -> Direction {
        Direction::HigherIsBetter
    }

    fn score(&self, scored: &Scored<'_>) -> Option<f64> {
        if !scored.is_sound() {
            return None;
        }
        let count = scored.truth.len() as f64;
        let mean = scored.rows().map(|(y, _)| y).sum::<f64>() / count;
        let spread: f64 = scored.rows().map(|(y, _)| (y - mean).powi(2)).sum();
        let squares: f64 = scored.rows().map(|(y, p)| (p - y).powi(2)).sum();
        (spread > 0.0).then(|| 1.0 - squares / spread)
    }
}
