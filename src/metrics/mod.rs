//! How good a task's predictions are: one metric a file, on plain slices, exact under ties.
//!
//! A metric that the rows do not define (AUC of one class, R² of a constant label, no rows at all) is `None`, never a made-up number.
//! Rows whose label is missing must be left out by the caller; a prediction that is not finite makes every metric undefined.

use crate::data::TaskKind;
use crate::spec::Spec;

/// Whether more is better.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Direction {
    /// Such as AUC.
    HigherIsBetter,
    /// Such as log loss.
    LowerIsBetter,
    /// Such as calibration, best at 1.
    ClosestToOne,
}

/// What a metric looks at; all slices have one entry per labelled row.
#[derive(Clone, Copy, Debug)]
pub struct Scored<'a> {
    /// The labels: 0 or 1 for binary, the label's own scale for regression.
    pub truth: &'a [f32],
    /// The predictions: probabilities for binary, the label's own scale for regression.
    pub predicted: &'a [f32],
    /// The group of each row, if a column is marked as group.
    pub groups: Option<&'a [u32]>,
}

/// One metric of the registry.
pub trait Metric: Sync {
    /// Its name, summary, formula and paper.
    fn spec(&self) -> &'static Spec;
    /// Which tasks it can judge.
    fn applies_to(&self, kind: TaskKind) -> bool;
    /// Whether more is better.
    fn direction(&self) -> Direction;
    /// The score, or `None` where it is undefined.
    fn score(&self, scored: &Scored<'_>) -> Option<f64>;
}
