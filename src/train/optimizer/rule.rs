//! From a formula to steps of whole tensors.

use std::fmt::Debug;

use burn::tensor::{Bool, Tensor, TensorData};

use super::{Optimizer, StepSize, Stepped};
use crate::model::formula::Formula;
use crate::model::host::{self, is_host};
use crate::model::rows::changed;

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
            let rows = rows.map(|(rows, _)| rows);
            host::stepped(
                &formula,
                (numbers, moments),
                gradient,
                rows.as_ref(),
                frozen,
            );
            return;
        }
        let step = |numbers: &mut Tensor<2>, moments: &mut [Tensor<2>; M]| {
            let change = formula.change(numbers, gradient, moments);
            let change = still(change, frozen);
            numbers.inplace(|numbers| numbers - change);
        };
        match rows {
            None => step(numbers, moments),
            Some((rows, values)) => changed(numbers, moments, values, &rows.rows, step),
        }
    }
}

/// The change with zero for frozen rows.
fn still(change: Tensor<2>, frozen: Option<&[bool]>) -> Tensor<2> {
    let Some(frozen) = frozen.filter(|frozen| frozen.contains(&true)) else {
        return change;
    };
    let rows = TensorData::new(frozen.to_vec(), [frozen.len(), 1]);
    let mask = Tensor::<2, Bool>::from_data(rows, &change.device()).expand(change.dims());
    change.mask_fill(mask, 0.0)
}
