//! Formulas of the numbers of two tensors, column by column, with what they add up to over the rows.
//!
//! As tensor operations each formula would be a dozen passes, and a card would be told each of them.

use burn::tensor::Tensor;

use super::formula::PairFormula;
use super::gpu;
use super::host::{self, is_host};

/// What formulas are applied to.
#[derive(Clone, Debug)]
pub struct Folded<'a> {
    /// `[plane, row, column]`.
    pub left: Tensor<3>,
    /// `[plane, row, column]`.
    pub right: Tensor<3>,
    /// `[plane, row, column]`: what everything that is made is multiplied by; `None`: 1.
    pub weights: Option<&'a Tensor<3>>,
    /// `[plane, 1, column]`: what everything that is kept is multiplied by; `None`: 1.
    pub scale: Option<&'a Tensor<3>>,
}

/// What is added up, and what is kept of each row.
///
/// # Shapes
/// - formulas: `[column]`
/// - output: `[plane, column]`, `[plane, row, column]`
pub fn folded<F: PairFormula>(formulas: &[F], of: Folded<'_>) -> (Tensor<2>, Tensor<3>) {
    if is_host(&of.left.device()) {
        host::folded(formulas, of)
    } else {
        gpu::folded(formulas, of)
    }
}
