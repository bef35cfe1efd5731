//! The AUC of a label among the rows where the label before it is yes, such as a purchase among clicks.

use rayon::slice::ParallelSliceMut as _;

use super::ranking::{area, key};
use super::{Direction, Metric, Scored};
use crate::data::TaskKind;
use crate::spec::{Paper, Spec};

/// The entry `conditional_auc`, for labels that come `after` another.
///
/// What is ranked is the probability of the label given the one before. A network that learned the label over all
/// rows, be it by a product of probabilities or alone, tells it by the quotient of its two probabilities; where the label is
/// missing in all rows without the one before, it was learned given that one, and its probability stands as it is. So
/// all structures are held to one question, on the same rows.
#[derive(Debug)]
pub struct ConditionalAuc;

static SPEC: Spec = Spec {
    id: "conditional_auc",
    label: "Conditional AUC",
    summary: "The AUC among rows whose label before is yes, by the probability given that one; for labels with `after`",
    formula: "AUC of p(y = 1)/p(x = 1) over the rows with x = 1",
    paper: Some(Paper {
        citation: "X. Ma et al., Entire Space Multi-Task Model: An Effective Approach for Estimating Post-Click Conversion Rate, SIGIR 2018",
        url: "https://arxiv.org/abs/1804.07931",
    }),
    params: &[],
};

impl Metric for ConditionalAuc {
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
        let before = scored.before?;
        if !scored.is_sound() {
            return None;
        }
        let is_conditional = before.truth.iter().all(|&truth| truth != 0.0);
        let rows = scored.truth.iter().zip(scored.predicted);
        let rows = rows.zip(before.truth.iter().zip(before.predicted));
        let given = rows.filter(|(_, (before, _))| **before == 1.0);
        let one = |((&truth, &predicted), (_, &before)): ((&f32, &f32), (&f32, &f32))| {
            let score = if is_conditional {
                predicted
            } else {
                predicted / before.max(f32::MIN_POSITIVE)
            };
            key(score, truth)
        };
        let mut keys: Vec<u64> = given.map(one).collect();
        keys.par_sort_unstable();
        area(&keys)
    }
}
