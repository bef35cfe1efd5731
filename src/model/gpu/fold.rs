//! Formulas of the numbers of two tensors by one kernel.

use burn::backend::wgpu::{CubeTensor, Wgpu};
use burn::tensor::{Shape, Tensor};

use super::kernels;
use super::operation::told;
use super::rows::{empty, groups};
use super::written::{self, Written};
use crate::model::fold::Folded;
use crate::model::formula::PairFormula;

/// See [`crate::model::fold::folded`].
pub fn folded<F: PairFormula>(formulas: &[F], of: Folded<'_>) -> (Tensor<2>, Tensor<3>) {
    let mut distinct: Vec<&F> = Vec::new();
    let place = |formula| {
        let known = distinct.iter().position(|own| *own == formula);
        known.unwrap_or_else(|| {
            distinct.push(formula);
            distinct.len() - 1
        })
    };
    let of_column: Vec<usize> = formulas.iter().map(place).collect();
    let (written, constants) = written::pairs(&distinct);
    let [planes, rows, columns] = of.left.dims();
    let [is_weighted, is_scaled] = [of.weights.is_some(), of.scale.is_some()];
    let others = of.weights.into_iter().chain(of.scale).cloned();
    let floats = [of.left, of.right].into_iter().chain(others).collect();
    let shapes = vec![
        Shape::from([planes, columns]),
        Shape::from([planes, rows, columns]),
    ];
    let made = told("fold", floats, Vec::new(), shapes, move |floats, _| {
        let mut floats = floats.into_iter();
        let (Some(left), Some(right)) = (floats.next(), floats.next()) else {
            unreachable!("two tensors are folded");
        };
        let weights = if is_weighted { floats.next() } else { None };
        let scale = if is_scaled { floats.next() } else { None };
        let kernel = (&constants[..], &written, &of_column[..]);
        fold(
            [left, right],
            [weights, scale],
            [planes, rows, columns],
            kernel,
        )
    });
    let mut made = made.into_iter();
    let (Some(sums), Some(each)) = (made.next(), made.next()) else {
        unreachable!("two tensors are made");
    };
    (
        Tensor::from_primitive::<Wgpu>(sums),
        Tensor::from_primitive::<Wgpu>(each),
    )
}

fn fold(
    [left, right]: [CubeTensor; 2],
    [weights, scale]: [Option<CubeTensor>; 2],
    [planes, rows, columns]: [usize; 3],
    (constants, written, of_column): (&[f32], &Written, &[usize]),
) -> Vec<CubeTensor> {
    let sums = empty(&left, [planes, columns], left.dtype);
    let each = empty(&left, [planes, rows, columns], left.dtype);
    let (count, dim) = groups(&left, planes * columns);
    let arg = |tensor: CubeTensor| tensor.into_tensor_arg();
    kernels::formula::fold::launch(
        &left.client.clone(),
        count,
        dim,
        arg(left),
        arg(right),
        weights.map(arg).into(),
        scale.map(arg).into(),
        arg(sums.clone()),
        arg(each.clone()),
        constants.iter().copied().collect(),
        written.clone(),
        of_column.to_vec(),
    );
    vec![sums, each]
}
