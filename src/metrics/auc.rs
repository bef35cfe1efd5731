//! The chance that a positive row is ranked above a negative one, ties counting half.

use super::ranking::area;
use super::{Direction, Metric, Scored};
use crate::data::TaskKind;
use crate::spec::{Paper, Spec};

/// The entry `auc`.
#[derive(Debug)]
pub struct Auc;

static SPEC: Spec = Spec {
    id: "auc",
    label: "AUC",
    summary: "The chance that a positive row is ranked above a negative one, ties counting half",
    formula: "AUC = P(s⁺ > s⁻) + ½·P(s⁺ = s⁻)",
    paper: Some(Paper {
        citation: "J. Hanley, B. McNeil, The Meaning and Use of the Area under a ROC Curve, \
                   Radiology 143, 1982",
        url: "https://doi.org/10.1148/radiology.143.1.7063747",
    }),
    params: &[],
};

impl Metric for Auc {
    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn applies_to(&self, kind: TaskKind) -> bool {
        kind == TaskKind::Binary
    }

    fn direction(&self) -> Direction {
        Direction::HigherIsBetter
    }

    fn score(&self, scored: &Scored<'_>) -> Option<f64> {
        scored.is_sound().then(|| area(scored.ranked())).flatten()
    }
}
