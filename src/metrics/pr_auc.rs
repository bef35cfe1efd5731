//! Average precision over all positive rows, the steadier choice for rare labels.

use super::ranking::ties;
use super::{Direction, Metric, Scored};
use crate::data::TaskKind;
use crate::spec::{Paper, Spec};

/// The entry `pr_auc`.
#[derive(Debug)]
pub struct PrAuc;

static SPEC: Spec = Spec {
    id: "pr_auc",
    label: "PR-AUC",
    summary: "Average precision over all positive rows, the steadier choice for rare labels",
    formula: "AP = Σ_k (R_k − R_{k−1})·P_k",
    paper: Some(Paper {
        citation: "J. Davis, M. Goadrich, The Relationship between Precision-Recall and ROC Curves, \
                   ICML 2006",
        url: "https://doi.org/10.1145/1143844.1143874",
    }),
    params: &[],
};

impl Metric for PrAuc {
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
        if !scored.is_sound() {
            return None;
        }
        let all: f64 = ties(scored.ranked()).map(|(positives, _)| positives).sum();
        if all == 0.0 {
            return None;
        }
        let (mut sum, mut found, mut seen) = (0.0, 0.0, 0.0);
        for (positives, rows) in ties(scored.ranked()).rev() {
            seen += rows;
            found += positives;
            sum += positives / all * (found / seen);
        }
        Some(sum)
    }
}
