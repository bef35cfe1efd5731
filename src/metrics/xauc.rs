//! The chance that of two rows with unequal labels the greater is predicted to be greater, ties counting half.

use rayon::slice::ParallelSliceMut as _;

use super::ranking::{is_same, pair, second, sortable};
use super::{Direction, Metric, Scored};
use crate::data::TaskKind;
use crate::spec::{Paper, Spec};

/// The entry `xauc`.
///
/// It is `(D + 1) / 2` of Somers' D of the prediction given the label, and AUC where the label is binary.
#[derive(Debug)]
pub struct Xauc;

static SPEC: Spec = Spec {
    id: "xauc",
    label: "XAUC",
    summary: "The chance that of two rows with unequal labels the greater is predicted to be greater, ties counting half",
    formula: "XAUC = P(ŷ_i > ŷ_j | y_i > y_j) + ½·P(ŷ_i = ŷ_j | y_i > y_j)",
    paper: Some(Paper {
        citation: "R. Zhan et al., Deconfounding Duration Bias in Watch-time Prediction for Video Recommendation, KDD 2022",
        url: "https://arxiv.org/abs/2206.06003",
    }),
    params: &[],
};

impl Metric for Xauc {
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
        let rows = scored.truth.iter().zip(ranks(scored.predicted));
        let mut rows: Vec<u64> = rows
            .map(|(&truth, rank)| pair(sortable(truth), rank))
            .collect();
        rows.par_sort_unstable();
        let mut below = Counts::new(rows.len());
        let (mut wins, mut pairs, mut seen) = (0.0, 0.0, 0.0);
        for equals in rows.chunk_by(is_same) {
            let ranks = equals.iter().map(|&row| second(row));
            for rank in ranks.clone() {
                let (lower, same) = (below.up_to(rank), below.up_to(rank + 1));
                wins += 0.5 * (lower + same) as f64;
            }
            pairs += seen * equals.len() as f64;
            seen += equals.len() as f64;
            for rank in ranks {
                below.add(rank);
            }
        }
        (pairs > 0.0).then(|| wins / pairs)
    }
}

/// The place of each prediction among the distinct ones.
fn ranks(predicted: &[f32]) -> Vec<u32> {
    let rows = predicted.iter().zip(0..);
    let mut order: Vec<u64> = rows
        .map(|(&value, row)| pair(sortable(value), row))
        .collect();
    order.par_sort_unstable();
    let mut ranks = vec![0; order.len()];
    for (rank, equals) in (0..).zip(order.chunk_by(is_same)) {
        for &row in equals {
            ranks[second(row)] = rank;
        }
    }
    ranks
}

/// How often each rank was counted, by Fenwick's tree.
struct Counts(Vec<u64>);

impl Counts {
    fn new(ranks: usize) -> Self {
        Self(vec![0; ranks + 1])
    }

    fn add(&mut self, rank: usize) {
        let mut place = rank + 1;
        while place < self.0.len() {
            self.0[place] += 1;
            place += place & place.wrapping_neg();
        }
    }

    /// Of the ranks before this one.
    fn up_to(&self, rank: usize) -> u64 {
        let (mut place, mut count) = (rank, 0);
        while place > 0 {
            count += self.0[place];
            place -= place & place.wrapping_neg();
        }
        count
    }
}
