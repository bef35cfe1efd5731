//! From a formula to steps of whole tensors.

use std::fmt::Debug;

use burn::tensor::Tensor;

use super::{Optimizer, StepSize, Stepped};
use crate::model::formula::Formula;
use crate::model::gpu;
use crate::model::host::{self, is_host};

/// An update rule, given by the formula of each of its steps, which remembers so many numbers of each.
pub trait Rule<const MOMENTS: usize>: Debug + Send + Sync {
    /// The formula of a step of this size.
    fn at(&self, size: StepSize) -> impl Formula<MOMENTS>;
}

/// The optimizer of a rule.
#[derive(Clone, Copy, Debug)]
pub struct ByRule<R, const MOMENTS: usize>(pub R);

impl<R: Rule<M>, const M: usize> Optimizer for ByRule<R, M> {
    fn num_moments(&self) -> usize {
        M
    }

    fn step(&self, stepped: Stepped<'_>, size: StepSize) {
        let Stepped {
            numbers,
            moments,
            gradient,
            rows,
            frozen,
        } = stepped;
        let Ok(moments) = <&mut [Tensor<2>; M]>::try_from(moments) else {
            unreachable!("as many tensors are remembered as the optimizer asks for");
        };
        let formula = self.0.at(size);
        if is_host(&numbers.device()) {
            host::stepped(&formula, (numbers, moments), gradient, rows, frozen);
        } else {
            gpu::stepped(&formula, (numbers, moments), gradient, rows, frozen);
        }
    }
}
