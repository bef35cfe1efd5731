//! Gradients turned and stretched until none dominates or conflicts.

use nalgebra::DVector;

use super::Family;
use super::gram::{GramEntry, GramRule, Seen};
use super::needs::ON;
use crate::spec::{Paper, Spec};

static SPEC: Spec = Spec {
    id: "aligned_mtl",
    label: "Aligned-MTL",
    summary: "Makes the gradients orthogonal and equally long, then sums them",
    formula: "w = √λ_min·V·Λ^(−1/2)·Vᵀ·1, with G = V·Λ·Vᵀ",
    paper: Some(Paper {
        citation: "D. Senushkin et al., Independent Component Alignment for Multi-Task Learning, CVPR 2023",
        url: "https://arxiv.org/abs/2305.19000",
    }),
    params: &[ON],
};

/// The entry `aligned_mtl`.
///
/// Directions that hold no more than rounding are left out, of the weights and of `λ_min`.
pub static ALIGNED_MTL: GramEntry<Rule> = GramEntry {
    spec: &SPEC,
    family: Family::Directions,
    rule: |_, _| Rule,
};

/// Its rule.
#[derive(Clone, Debug)]
pub struct Rule;

impl GramRule for Rule {
    fn solve(&mut self, seen: &Seen<'_>) -> Option<DVector<f64>> {
        let eigen = seen.gram.clone().symmetric_eigen();
        let largest = eigen.eigenvalues.max();
        let tasks = seen.gram.nrows() as f64;
        let least = largest * tasks * f64::from(f32::EPSILON);
        let kept = eigen
            .eigenvalues
            .iter()
            .copied()
            .filter(|&value| value > least);
        let smallest = kept.reduce(f64::min)?;
        let stretch = eigen.eigenvalues.map(|value| {
            if value > least {
                (smallest / value).sqrt()
            } else {
                0.0
            }
        });
        let ones = DVector::from_element(seen.gram.nrows(), 1.0);
        let turned = eigen.eigenvectors.transpose() * ones;
        Some(&eigen.eigenvectors * turned.component_mul(&stretch))
    }
}
