//! The chance that a positive row is ranked above a negative one, ties counting half.

use rayon::slice::ParallelSliceMut as _;

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
        if !scored.is_sound() {
            return None;
        }
        let rows = scored.truth.iter().zip(scored.predicted);
        let mut keys: Vec<u64> = rows.map(|(&truth, &score)| key(score, truth)).collect();
        area(&mut keys)
    }
}

/// A row as one number that sorts by score, with the label in the lowest bit.
pub(super) fn key(score: f32, truth: f32) -> u64 {
    // Zero and minus zero are one score.
    let bits = (score + 0.0).to_bits();
    let ordered = if bits >> 31 == 1 {
        !bits
    } else {
        bits | 0x8000_0000
    };
    u64::from(ordered) << 1 | u64::from(truth > 0.5)
}

/// The area from sorted runs of equal scores; `None` with one class only.
pub(super) fn area(keys: &mut [u64]) -> Option<f64> {
    keys.par_sort_unstable();
    let (mut wins, mut negatives_below) = (0.0, 0.0);
    for ties in keys.chunk_by(|a, b| a >> 1 == b >> 1) {
        let positives = ties.iter().filter(|&&key| key & 1 == 1).count() as f64;
        let negatives = ties.len() as f64 - positives;
        wins += positives * (negatives_below + 0.5 * negatives);
        negatives_below += negatives;
    }
    let positives = keys.len() as f64 - negatives_below;
    let pairs = positives * negatives_below;
    (pairs > 0.0).then(|| wins / pairs)
}
