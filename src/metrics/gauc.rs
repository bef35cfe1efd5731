//! The AUC within each group, weighted by its rows; groups of one class are left out.

use rayon::slice::ParallelSliceMut as _;

use super::ranking::{area, is_same, key, pair, second};
use super::{Direction, Metric, Scored};
use crate::data::TaskKind;
use crate::spec::{Paper, Spec};

/// The entry `gauc`.
#[derive(Debug)]
pub struct Gauc;

static SPEC: Spec = Spec {
    id: "gauc",
    label: "GAUC",
    summary: "The AUC within each group, weighted by its rows; groups of one class are left out",
    formula: "GAUC = Σ_u n_u·AUC_u / Σ_u n_u",
    paper: Some(Paper {
        citation: "G. Zhou et al., Deep Interest Network for Click-Through Rate Prediction, KDD 2018",
        url: "https://arxiv.org/abs/1706.06978",
    }),
    params: &[],
};

impl Metric for Gauc {
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
        let rows = scored.groups?.iter().zip(0..);
        let mut order: Vec<u64> = rows.map(|(&group, row)| pair(group, row)).collect();
        order.par_sort_unstable();
        let (mut sum, mut weight) = (0.0, 0.0);
        let mut keys = Vec::new();
        for group in order.chunk_by(is_same) {
            keys.clear();
            keys.extend(group.iter().map(|&row| {
                let row = second(row);
                key(scored.predicted[row], scored.truth[row])
            }));
            keys.sort_unstable();
            if let Some(area) = area(&keys) {
                sum += area * group.len() as f64;
                weight += group.len() as f64;
            }
        }
        (weight > 0.0).then(|| sum / weight)
    }
}
