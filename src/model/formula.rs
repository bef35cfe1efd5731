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
}

/// How numbers follow their gradients, each by itself, with so many numbers remembered of each.
pub trait Formula<const MOMENTS: usize>: Sync {
    /// What is to be subtracted from a number; what is remembered of it is brought up to date.
    fn change<R: Real>(&self, number: &R, gradient: R, moments: &mut [R; MOMENTS]) -> R;
}
