//! A formula written once, for a few numbers in the host's registers as for a kernel of a graphics card.

use std::ops::{Add, Div, Mul};

/// What a formula is written of.
pub trait Real:
    Clone
    + Add<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Add<f64, Output = Self>
    + Mul<f64, Output = Self>
{
    /// `√x`.
    #[must_use]
    fn sqrt(self) -> Self;
    /// `x²`.
    #[must_use]
    fn square(self) -> Self;
    /// `e^x`.
    #[must_use]
    fn exp(self) -> Self;
    /// `ln(1 + x)`.
    #[must_use]
    fn ln_1p(self) -> Self;
    /// `max(x, 0)`.
    #[must_use]
    fn relu(self) -> Self;
    /// 1 for 0, else 0.
    #[must_use]
    fn one_at_zero(self) -> Self;
}

/// How numbers follow their gradients, each by itself, with so many numbers remembered of each.
pub trait Formula<const MOMENTS: usize>: Sync {
    /// What is to be subtracted from a number; what is remembered of it is brought up to date.
    fn change<R: Real>(&self, number: &R, gradient: R, moments: &mut [R; MOMENTS]) -> R;
}

/// What is made of two numbers.
pub trait PairFormula: PartialEq + Sync {
    /// What is added up over the rows of a column, and what is kept of each.
    fn made<R: Real>(&self, left: &R, right: &R) -> [R; 2];
}
